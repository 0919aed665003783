"""Another mail address, from the preference page: only after a word from there, and told here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import orjson
import pytest

from engine.core.model import DAY, MINUTE
from tests.engine.public import test_purposes
from tests.engine.public.test_preferences import FLOWS, Preferring

OLD, NEW = "ada@example.com", "grace@example.org"


@pytest.fixture
def shop(
    tmp_path: Path, database_url: str | None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Preferring]:
    monkeypatch.setattr(test_purposes, "FLOWS", FLOWS)
    shop = Preferring(tmp_path, database_url)
    yield shop
    shop.service.stop()


def _wish(shop: Preferring, address: str) -> httpx.Response:
    answer = shop("POST", shop.link, data={"what": "address", "email": address})
    shop.service.run_until_idle(shop.service.clock.now() + MINUTE)
    return answer


def _address(shop: Preferring) -> str:
    with shop.service.database.reader() as reader:
        rows = reader.rows("select properties from customer where merged_into is null")
    return str(next(about["email"] for (told,) in rows if "email" in (about := orjson.loads(told))))


def _link(text: str) -> str:
    (link,) = set(re.findall(r"http://\S+/address/[\w-]+", text))
    return str(link)


def test_only_the_new_mailbox_changes_it(shop: Preferring) -> None:
    """Asking changes nothing, opening the link changes nothing; the button does. From then on mails
    go to the new address, the consent with its proof too, and the old mailbox is told.
    """
    answer = _wish(shop, f" {NEW} ")
    assert (answer.status_code, NEW in answer.text) == (200, True)
    mail = shop.box.mails[-1]
    assert mail.to == NEW
    assert OLD not in mail.text, "a stranger's mailbox does not learn whose it was"
    link = _link(mail.text)
    for _ in range(3):
        assert shop("GET", link).status_code == 200
    assert _address(shop) == OLD
    assert "Die Adresse ist geändert" in shop("POST", link).text
    assert _address(shop) == NEW
    shop.service.run_until_idle(shop.service.clock.now() + MINUTE)
    told = shop.box.mails[-1]
    assert (told.to, NEW in told.text) == (OLD, False)
    assert shop.mails() == 1
    assert shop.box.mails[-1].to == NEW
    assert shop.consent() == {"email": True}
    with shop.service.database.reader() as reader:
        proofs = reader.rows(
            "select act, address, detail from consent_proof where source = 'double opt-in'"
        )
    (act, address, detail), *_ = proofs
    assert (act, address) == ("confirmed", NEW)
    assert re.fullmatch(r"[0-9a-f]{12}", orjson.loads(detail)["page"])
    count = len(shop.box.mails)
    shop("POST", link)
    shop.service.run_until_idle(shop.service.clock.now() + MINUTE)
    assert len(shop.box.mails) == count, "the second press says the same and does nothing"


def test_the_old_mailbox_takes_it_back(shop: Preferring) -> None:
    """Whoever has the old mailbox undoes what somebody else did; then the first link is no good."""
    _wish(shop, NEW)
    link = _link(shop.box.mails[-1].text)
    shop("POST", link)
    shop.service.run_until_idle(shop.service.clock.now() + MINUTE)
    shop("POST", _link(shop.box.mails[-1].text))
    assert _address(shop) == OLD
    shop.service.run_until_idle(shop.service.clock.now() + 31 * DAY)
    assert shop("POST", link).status_code == 410
    assert _address(shop) == OLD


def test_nobody_fills_strangers_mailboxes(shop: Preferring) -> None:
    """What is no address is said so; one address is asked once a day, one customer's new ones three
    times.
    """
    before = len(shop.box.mails)
    assert _wish(shop, "nobody").status_code == 400
    assert _wish(shop, OLD.upper()).status_code == 400, "it is the one that holds"
    assert _wish(shop, NEW).status_code == 200
    assert _wish(shop, NEW.replace("grace", "GRACE")).status_code == 429
    assert _wish(shop, "b@example.org").status_code == 200
    assert _wish(shop, "c@example.org").status_code == 200
    assert _wish(shop, "d@example.org").status_code == 429
    assert len(shop.box.mails) - before == 3


def test_without_consent_none_comes_of_it(shop: Preferring) -> None:
    """A new address is no consent."""
    shop.save()
    _wish(shop, NEW)
    shop("POST", _link(shop.box.mails[-1].text))
    assert _address(shop) == NEW
    assert shop.consent()["email"] is False
