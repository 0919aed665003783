"""What is left of somebody who asked to be forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlmodel import SQLModel

from engine.core.model import DAY, HOUR
from engine.core.values import Types
from engine.customers.erasure import erase_by_name
from engine.intake.incoming import Incoming
from engine.intake.ingest import take
from engine.store.customers import find_customer
from engine.store.database import Database
from engine.store.suppression import Suppressions
from tests.harness.workshop import Workshop

AT = 1_767_600_000_000
MARK = "Xq7marker"
FLOW = """
flow greeting "Greeting":
  enter when ordered per note
  goal purchase within 30 days

  track seen_again (note: entry.note)
  send email one
  wait 2 days
  send email two
  wait up to 3 days for purchase where order_id is entry.note:
    send email three
  else:
    exit

event seen_again:
  note text
"""

EVERYBODY = """
segment quiet_ones:
  did not purchase in last 30 days

flow digest "Digest":
  enter every monday at 10:00 for segment quiet_ones
  send email three

flow quiet "Quiet":
  enter when customer joins segment quiet_ones
  send email three
"""


def _everything(shop: Workshop) -> str:
    """Every value of every table, as one text."""
    found: list[Any] = []
    for table in SQLModel.metadata.tables:
        found += shop.rows(f"select * from {table}")
    return repr(found)


def _marked(shop: Workshop) -> None:
    """A life in which every word that the person says carries the mark."""
    traits = {
        "email": f"{MARK}@people.example",
        "first_name": MARK,
        "phone": "+4915112345678",
        "tags": [MARK],
    }
    calls = [
        Incoming(
            "identify",
            f"id-{MARK}",
            user=f"user-{MARK}",
            anonymous=f"visitor-{MARK}",
            traits=traits,
            consent={"email": True, "tracking": True},
            source="key shop",
        ),
        *(
            Incoming(
                "track",
                f"{name}-{MARK}",
                user=f"user-{MARK}",
                event=name,
                properties={"note": MARK, "item": MARK, "value": 40, "order_id": MARK},
            )
            for name in ("add_to_cart", "ordered")
        ),
    ]
    types = shop.service.deployment.types
    now = shop.clock.now()
    taken = shop.service.writer.run(lambda tx: take(tx, calls, types, now))
    assert not any(one.error for one in taken)


def _erase(shop: Workshop) -> int | None:
    live, now = shop.service.live, shop.clock.now()
    return shop.service.writer.run(
        lambda tx: erase_by_name(tx, f"user-{MARK}", live.suppressions, now, "test")
    )


def test_no_word_of_an_erased_person_is_left(workshop: Any) -> None:
    """Whatever somebody told the shop, no table holds it after they were erased."""
    shop = workshop(FLOW)
    _marked(shop)
    shop.forward(2 * DAY + HOUR)
    assert shop.notebook.messages == ["one", "two"]
    assert MARK in _everything(shop)
    assert _erase(shop) is not None
    everything = _everything(shop)
    assert MARK not in everything
    assert MARK.casefold() not in everything
    assert "+4915112345678" not in everything


def test_an_erased_person_gets_nothing_any_more(workshop: Any) -> None:
    """Runs end at once, and the address stays suppressed when an import brings it back."""
    shop = workshop(FLOW)
    _marked(shop)
    shop.forward(HOUR)
    _erase(shop)
    shop.forward(10 * DAY)
    assert shop.notebook.messages == ["one"]
    _marked(shop)
    shop.forward(HOUR)
    assert shop.notebook.messages == ["one"]
    reasons = {row[0] for row in shop.rows("select reason from intent where state = 'skipped'")}
    details = {row[0] for row in shop.rows("select detail from step_history")}
    assert "email is suppressed: erased" in reasons | details


def test_reports_still_count_what_happened(workshop: Any) -> None:
    """A report of the flow tells the same numbers before and after."""
    shop = workshop(FLOW)
    _marked(shop)
    shop.forward(HOUR)
    counted = "select count(*), sum(case when state = 'sent' then 1 else 0 end) from intent"
    before = shop.rows(counted), shop.rows("select count(*) from run")
    _erase(shop)
    assert (shop.rows(counted), shop.rows("select count(*) from run")) == before


def test_an_erased_person_is_nobody(workshop: Any) -> None:
    """Segments and schedules that mean everybody leave them out, and nobody finds them."""
    shop = workshop(FLOW + EVERYBODY)
    _marked(shop)
    shop.forward(HOUR)
    ((number,),) = shop.rows("select id from customer")
    assert _erase(shop) == number
    runs = shop.rows("select count(*) from run")
    shop.forward(8 * DAY)
    assert shop.rows("select count(*) from run") == runs
    assert shop.rows("select * from membership") == []
    with shop.service.database.reader() as reader:
        assert find_customer(reader, number) is None
    assert shop.rows("select reason from skipped_entry") == []


def test_a_stranger_cannot_be_erased(workshop: Any) -> None:
    """Nobody by that name: nothing happens, and the caller is told so."""
    assert _erase(workshop(FLOW)) is None


def test_no_reason_of_a_mail_server_names_the_person(workshop: Any) -> None:
    """What a mail server said of a message, the address included, is gone after an erasure."""
    shop = workshop(FLOW)
    _marked(shop)
    shop.forward(HOUR)
    said = f"550 5.1.1 <{MARK}@people.example> user unknown"
    shop.service.writer.run(
        lambda tx: tx.execute("update intent set reason = ?, state = 'failed'", (said,))
    )
    _erase(shop)
    assert MARK not in _everything(shop)


def test_no_file_of_the_folder_holds_an_erased_person(tmp_path: Path) -> None:
    """Neither the database's file nor the log beside it holds a word of who was erased."""
    database = Database(tmp_path)
    writer = database.open_to_write()
    suppressions = Suppressions(b"k" * 32)

    def told(number: int) -> Incoming:
        traits = {"email": f"{MARK}@people.example", "note": f"{MARK} {number} " * 200}
        return Incoming("identify", f"m{number}", user=f"user-{MARK}", traits=traits)

    for number in range(20):
        writer.run(lambda tx, n=number: take(tx, [told(n)], Types(), AT + n))
    files = [tmp_path / name for name in ("headrace.db", "headrace.db-wal")]
    assert any(MARK.encode() in each.read_bytes() for each in files)
    writer.run(lambda tx: erase_by_name(tx, f"user-{MARK}", suppressions, AT + 100, "test"))
    for each in files:
        assert MARK.encode() not in each.read_bytes()
        assert MARK.casefold().encode() not in each.read_bytes()
    database.close()
