"""In which language people are written to, and who has none."""

from __future__ import annotations

import json
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from engine.messages.coverage import gaps, spoken
from engine.store import customers
from engine.store.database import Database
from tests.engine.messages.test_rendering import context, folder


def test_a_send_says_its_subject_in_the_stores_language(tmp_path: Path) -> None:
    """A file in another language keeps its own, unless the flow's asks for the language itself."""
    messages = folder(
        tmp_path,
        a__email__txt="---\nsubject: eins\n---\nx",
        a__en__email__txt="---\nsubject: one\n---\nx",
        a__fr__email__txt="---\n---\nx",
        a__de__sms__txt="x",
    )

    def subject(language: str, told: str) -> str:
        reader = context(customer={"first_name": "Ada", "language": language})
        return messages.render("a", "email", reader, subject=told).subject

    assert subject("de", "zwei") == "zwei"
    assert subject("en", "zwei") == "one"
    assert subject("en-GB", "{% if language == 'en' %}two{% endif %}") == "two"
    assert subject("fr", "zwei") == "zwei"


def test_staff_read_the_language_of_the_store(tmp_path: Path) -> None:
    """A mail to staff follows the store's language, not that of the customer it is about."""
    messages = folder(tmp_path, a__staff__txt="Hallo", a__en__staff__txt="Hello")
    reader = context(customer={"language": "en"})
    assert messages.render("a", "staff", reader).text == "Hallo\n"


def test_what_a_language_lacks_is_told_by_message(tmp_path: Path) -> None:
    """The plain file is in the store's language; wider languages serve narrower readers; staff
    read the store's; whoever told no language reads it too.
    """
    messages = folder(
        tmp_path,
        a__email__txt="x",
        a__en__email__txt="x",
        b__sms__txt="x",
        c__sr__email__txt="x",
        d__staff__txt="x",
    )
    assert spoken(messages, "de") == {"de", "en", "sr"}
    found = gaps(messages, "de", {"": 7, "de-at": 2, "en-gb": 3, "sr": 1})
    assert [tuple(one) for one in found] == [
        ("a", "email", "sr", 1),
        ("b", "sms", "en-gb", 3),
        ("b", "sms", "sr", 1),
        ("c", "email", "", 7),
        ("c", "email", "de-at", 2),
        ("c", "email", "en-gb", 3),
    ]


SHOP = """\
store "Shop":
  timezone "Europe/Berlin"
  currency EUR
  language "de"
  sender email "Shop <shop@shop.example>"

flow hello:
  enter when sign_up
  send email hello
"""


def _check(run: CliRunner, *arguments: str) -> str:
    import typer

    from engine.cli.check import register

    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    answer = run.invoke(app, ["check", *arguments])
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def test_check_counts_who_is_written_to_in_another_language(
    tmp_path: Path, database_url: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`check --languages` counts the customers of the data folder; else it compares files."""
    flows, data = tmp_path / "flows", tmp_path / "data"
    (flows / "messages").mkdir(parents=True)
    (flows / "shop.flow").write_text(SHOP, "utf-8")
    for name in ("hello.email.txt", "hello.en.email.txt"):
        (flows / "messages" / name).write_text("---\nsubject: x\n---\nx", "utf-8")
    run = CliRunner()
    told = _check(run, str(flows), "--languages", "--data", str(data))
    assert "without a data folder" in told
    assert "Every message is written in each of them." in told
    if database_url is not None:
        monkeypatch.setenv("HEADRACE_DATABASE_URL", database_url)
    database = Database(data, database_url)
    writer = database.open_to_write()
    people = ["de", "en", "sr", "sr_RS", None]

    def add(tx) -> None:  # type: ignore[no-untyped-def]
        for number, language in enumerate(people, 1):
            told = {} if language is None else {"language": language}
            tx.execute(
                "insert into customer (id, created_at, properties) values (?, ?, ?)",
                (number, 0, orjson.dumps(told)),
            )

    writer.run(add)
    with database.reader() as reader:
        assert customers.languages(reader) == {"": 1, "de": 1, "en": 1, "sr": 1, "sr-rs": 1}
    database.close()
    told = _check(run, str(flows), "--languages", "--data", str(data))
    assert (
        "Customers by language: not told 1, de 1, en 1, sr 1, sr-rs 1 (the store's is de)." in told
    )
    assert "hello (email) lacks sr for 1, sr-rs for 1" in told
    document = json.loads(
        _check(run, str(flows), "--languages", "--data", str(data), "--format", "json")
    )
    assert document["languages"]["missing"][0] == {
        "message": "hello", "channel": "email", "language": "sr", "customers": 1,
    }  # fmt: skip
