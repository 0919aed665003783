"""Every other access to the store does the same on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from editor import users
from engine.clock import SettableClock
from engine.core.facts import CONTACT
from engine.core.model import DAY
from engine.customers import consent, identity, merging
from engine.intake import keys
from engine.publishing import publish as publishing
from engine.publishing.live import Live
from engine.store import events, products
from engine.store.customers import find_customer
from engine.store.database import Database
from engine.store.suppression import Suppressions
from engine.store.writer import Transaction, Writer

NOW = 1_767_603_600_000


def customer(transaction: Transaction, number: int, **properties: Any) -> int:
    transaction.execute(
        "insert into customer (id, created_at, properties) values (?, ?, ?)",
        (number, NOW, orjson.dumps(properties)),
    )
    return number


def test_an_event_counts_once(writer: Writer) -> None:
    """The same message id is stored once, alone or among others, and waits for its lane once."""

    def work(transaction: Transaction) -> Any:
        new = [
            events.NewEvent(name, 1, "ordered", NOW, {"note": "ä😀"})
            for name in ("a", "b", "a", "c" * 500)
        ]
        first = events.append(transaction, new, NOW)
        again = events.append(transaction, new[1:2], NOW)
        waiting = transaction.rows("select id, customer from pending order by id")
        return first, again, waiting

    first, again, waiting = writer.run(work)
    assert [one is None for one in first] == [False, False, True, False]
    assert again == [None]
    assert waiting == [(number, 1) for number in first if number is not None]
    assert sorted(number for number, _ in waiting) == [number for number, _ in waiting]


def test_old_events_enter_nothing(writer: Writer) -> None:
    """An event from the past counts and enters nothing; one from the future happened now."""
    new = [
        events.NewEvent("old", 1, "e", NOW - 2 * DAY, {}),
        events.NewEvent("late", 1, "e", NOW + DAY, {}),
    ]
    writer.run(lambda tx: events.append(tx, new, NOW))
    rows = writer.run(lambda tx: tx.rows("select enters, occurred_at from event order by id"))
    assert rows == [(False, NOW - 2 * DAY), (True, NOW)]


def test_people_are_found_by_what_they_are_called(writer: Writer) -> None:
    """By user id, address, visitor's id and number; merged people as whom they became."""

    def work(transaction: Transaction) -> Any:
        for number in (1, 2, 3):
            customer(transaction, number)
        for kind, value, number in (("user", "Ünal", 1), ("anonymous", "v\\1", 2)):
            transaction.execute(
                "insert into identity (kind, value, customer, at) values (?, ?, ?, ?)",
                (kind, value, number, NOW),
            )
        identity.keep_address(transaction, 1, "email", "Ada@Example.com", NOW)
        identity.keep_address(transaction, 3, "email", "ada@example.com", NOW)
        shared = identity.sharing(transaction, "email", "ADA@example.com")
        before = [
            find_customer(transaction, who)
            for who in ("Ünal", "ADA@example.com", "v\\1", 3, "nobody", "\0", "9" * 30)
        ]
        merging.merge(transaction, 1, 2, NOW)
        return shared, before, find_customer(transaction, "v\\1"), find_customer(transaction, 2)

    assert writer.run(work) == ({1, 3}, [1, 1, 2, 3, None, None, None], 1, 1)


def test_consent_keeps_its_proof(writer: Writer) -> None:
    """What holds is what was said last; each word of it stays as proof, in its order."""

    def work(transaction: Transaction) -> Any:
        one = customer(transaction, 1)
        never = consent.allowed(transaction, one, "email")
        changed = []
        for n, agreed in enumerate((True, True, False)):
            consents = consent.Consents(transaction, NOW + n)
            changed.append(consents.change(one, "email", agreed=agreed, source="fön"))
            assert consents.allowed(one, "email") is agreed
            consents.flush()
        proofs = transaction.rows("select act, at, source from consent_proof order by id")
        return never, changed, consent.allowed(transaction, one, "email"), proofs

    never, changed, now, proofs = writer.run(work)
    assert never is None
    assert (changed[0], changed[1], changed[2]) == (True, False, True)
    assert now is False
    assert [act for act, _, _ in proofs][-1] == "withdrawn"


def test_asking_twice_mails_once(writer: Writer) -> None:
    """Nobody's mailbox is filled by asking for the same consent again."""

    def work(transaction: Transaction) -> list[bool]:
        one = customer(transaction, 1)
        return [
            consent.ask(
                transaction, one, "email", address="a@b.example", at=NOW + at, source="page"
            )
            for at in (0, 1, 2 * DAY)
        ]

    assert writer.run(work) == [True, False, True]


def test_products_and_their_history(writer: Writer) -> None:
    """A product is what was said of it last; each change of price or stock stays."""

    def work(transaction: Transaction) -> Any:
        products.put(transaction, "zelt-ä", {"name": "Zelt 😀", "price": 2**40, "stock": 3}, NOW)
        before, after = products.put(transaction, "zelt-ä", {"stock": 0, "name": None}, NOW + 1)
        catalogue = products.Catalogue().read(transaction)
        return (
            before,
            after,
            dict(catalogue),
            transaction.rows("select price, stock from product_history order by id"),
        )

    before, after, catalogue, history = writer.run(work)
    assert (before["stock"], after["stock"], after.get("name")) == (3, 0, None)
    assert catalogue["zelt-ä"]["price"] == 2**40
    assert history == [(2**40, 3), (2**40, 0)]


def test_suppressed_addresses(writer: Writer, database: Database) -> None:
    """An address that gets nothing any more is known to everybody at once, and stays so."""
    contact = CONTACT["email"]
    one, other = Suppressions(b"secret"), Suppressions(b"secret")
    assert writer.run(other.read) is False
    for address in ("Ada@b.example", "ada@B.example", "bob@b.example"):
        writer.run(lambda tx, a=address: one.add(tx, "email", a, "bounced", NOW))
        assert writer.run(other.read) is True
        assert other.of({contact: address.upper()}) == {"email": "bounced"}
    with database.reader() as reader:
        assert reader.row("select count(*) from suppression") == (2,)


def test_keys(writer: Writer, database: Database) -> None:
    """A key is valid from its making to its revocation, and only its hash is kept."""
    text = writer.run(lambda tx: keys.create(tx, "shop", "server", NOW))
    newer = writer.run(lambda tx: keys.rotate(tx, "shop", NOW))
    assert newer is not None
    with database.reader() as reader:
        found = keys.find(reader, text)
        assert found is not None
        assert found.name == "shop"
        assert keys.find(reader, text + "x") is None
        assert text not in str(reader.rows("select * from api_key"))
    assert writer.run(lambda tx: keys.revoke(tx, "shop", NOW)) == 2
    with database.reader() as reader:
        assert keys.find(reader, text) is None


def test_users(writer: Writer, database: Database) -> None:
    """Who was added may sign in with their word, and nobody twice."""
    writer.run(lambda tx: users.add_user(tx, "Ada@b.example", "long enough ä", "admin", NOW))
    with pytest.raises(users.UserRefusedError):
        writer.run(lambda tx: users.add_user(tx, "ada@b.example", "long enough ä", "viewer", NOW))
    with database.reader() as reader:
        user = users.check_password(reader, " ADA@b.example", "long enough ä")
        assert user is not None
        assert user.role == "admin"
        assert users.check_password(reader, "ada@b.example", "wrong") is None
        assert users.check_password(reader, "ada\0@b.example\0x", "wrong") is None


def test_a_line_fires_once_a_day(writer: Writer) -> None:
    """A customer's firing of a line on a date is refused the second time, and told apart."""
    sql = (
        "insert into firing (flow, line, customer, local_date) values (1, ?, ?, '2026-01-05')"
        " on conflict do nothing"
    )
    told = [("every day", 1), ("every day", 2), ("every day", 1), ("every Day", 1)]
    assert [writer.run(lambda tx, t=t: tx.execute(sql, t)) for t in told] == [1, 1, 0, 1]


def test_publications(writer: Writer, database: Database, tmp_path: Path) -> None:
    """A published project comes back from the database alone, byte for byte."""
    flows = tmp_path / "flows"
    (flows / "messages").mkdir(parents=True)
    (flows / "shop.flow").write_text(
        'store "Läden":\n  timezone "UTC"\n  currency EUR\n  sender email "S <s@s.example>"\n\n'
        "flow f:\n  enter when purchase\n  send email one\n",
        encoding="utf-8",
    )
    odd = b'---\nsubject: \xf0\x9f\x98\x80\n---\n"\\\n'
    (flows / "messages" / "one.email.txt").write_bytes(odd)
    live = Live(SettableClock(NOW), Suppressions(b"k"))

    def work(transaction: Transaction) -> Any:
        done = publishing.publish(transaction, None, publishing.prepare(flows, tmp_path / "a"), NOW)
        publishing.go_live(transaction, live, tmp_path / "b")
        return done.versions

    assert writer.run(work) == {"f": 1}
    (laid_out,) = (tmp_path / "b").iterdir()
    for path in flows.rglob("*"):
        if path.is_file():
            assert (laid_out / path.relative_to(flows)).read_bytes() == path.read_bytes()
    with database.reader() as reader:
        assert reader.rows("select flow, number, live from flow_version") == [("f", 1, True)]
