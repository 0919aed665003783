"""Consent and contact data apply by when they were given, whatever the order of arrival."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from engine.core.calendar import iso
from engine.core.model import DAY, HOUR
from tests.engine.public.conftest import NOW, Caller, StubService


@pytest.fixture
def url(database_url: str | None) -> str | None:
    """Both databases: the order is decided by what they find."""
    return database_url


def _say(api: Caller, *, at: int | None = None, path: str = "identify", **traits: Any) -> None:
    told: dict[str, Any] = {"userId": "ada", "traits": traits}
    if at is not None:
        told["timestamp"] = iso(at)
    if path == "import":
        told = {"batch": [{**told, "type": "identify"}]}
    answer = api.post(f"/v1/{path}", told, "demo")
    assert answer.status_code == 200, answer.text


def _leave(api: Caller, service: StubService) -> None:
    ((ada,),) = service.rows("select customer from identity where kind = 'user' and value = 'ada'")
    assert api("POST", service.links.make_unsubscribe(ada, "email")).status_code == 200


@pytest.mark.parametrize("path", ["identify", "import"])
@pytest.mark.parametrize("timed", [True, False])
def test_an_old_consent_does_not_undo_leaving(
    api: Caller, service: StubService, path: str, timed: bool
) -> None:
    """Who left by the link stays away when the consent of before is told once more."""
    at = NOW - 3 * DAY if timed else None
    _say(api, at=at, email="ada@example.com", consent={"email": True})
    service.clock.turn(NOW + DAY)
    _leave(api, service)
    service.clock.turn(NOW + 2 * DAY)
    _say(api, at=at, path=path, email="ada@example.com", consent={"email": True})
    assert service.consent("ada") == {"email": False}


def test_a_newer_consent_undoes_leaving(api: Caller, service: StubService) -> None:
    """Who agrees again after leaving is subscribed again, also when it is told later."""
    _say(api, email="ada@example.com", consent={"email": True})
    _leave(api, service)
    service.clock.turn(NOW + DAY)
    _say(api, at=NOW + HOUR, consent={"email": True})
    assert service.consent("ada") == {"email": True}
    assert service.rows("select at from consent") == [(NOW + HOUR,)]


def test_consent_has_a_time_of_its_own(api: Caller, service: StubService) -> None:
    """`consent_at` beside a consent says when it was given, whenever the call was made."""
    _say(api, email="ada@example.com", consent={"email": True})
    service.clock.turn(NOW + DAY)
    _leave(api, service)
    service.clock.turn(NOW + 2 * DAY)
    _say(api, at=NOW + 2 * DAY, consent={"email": True}, consent_at=iso(NOW - DAY))
    assert service.consent("ada") == {"email": False}
    _say(api, consent={"email": True}, consent_at=iso(NOW + DAY + HOUR))
    assert service.consent("ada") == {"email": True}
    assert "consent_at" not in service.customer("ada")


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_tellings_does_not_matter(
    api: Caller, service: StubService, order: tuple[int, ...]
) -> None:
    """Two words of one moment and an older one end as a withdrawal, however they come."""
    told = [(NOW - 2 * DAY, True), (NOW - DAY, True), (NOW - DAY, False)]
    for index in order:
        at, agreed = told[index]
        _say(api, at=at, consent={"email": agreed})
    assert service.consent("ada") == {"email": False}


def test_a_nightly_sync_repeats_nothing(api: Caller, service: StubService) -> None:
    """A sync without times tells what it told before: neither a grant nor a no comes back."""
    _say(api, email="ada@example.com", consent={"email": False})
    _say(api, at=NOW, consent={"email": False})
    service.clock.turn(NOW + DAY)
    _say(api, at=NOW + DAY, consent={"email": True})
    for night in range(2, 4):
        service.clock.turn(NOW + night * DAY)
        _say(api, consent={"email": False})
        assert service.consent("ada") == {"email": True}
    _say(api, consent={"email": True})
    _say(api, consent={"email": False})
    assert service.consent("ada") == {"email": False}, "now the shop says something new"


def test_an_import_without_a_time_withdraws_nothing(api: Caller, service: StubService) -> None:
    """An undated no in an import does not take back today's consent, a dated newer one does."""
    _say(api, email="ada@example.com", consent={"email": True})
    service.clock.turn(NOW + DAY)
    _say(api, path="import", consent={"email": False})
    assert service.consent("ada") == {"email": True}
    _say(api, path="import", at=NOW + HOUR, consent={"email": False})
    assert service.consent("ada") == {"email": False}


def test_a_withdrawal_before_an_untimed_grant_holds(api: Caller, service: StubService) -> None:
    """A grant that nobody dates does not outlive a withdrawal that is told after it."""
    _say(api, email="ada@example.com", consent={"email": True})
    service.clock.turn(NOW + DAY)
    _say(api, at=NOW - HOUR, consent={"email": False})
    assert service.consent("ada") == {"email": False}


@pytest.mark.parametrize("newest", ["new@example.com", None])
def test_an_older_address_does_not_replace_a_newer_one(
    api: Caller, service: StubService, newest: str | None
) -> None:
    """An address that was told for an earlier moment stays behind, emptied ones count as told."""
    _say(api, at=NOW - 3 * DAY, email="first@example.com")
    _say(api, at=NOW - DAY, email=newest)
    _say(api, at=NOW - 2 * DAY, email="old@example.com", city="Bonn")
    ada = service.customer("ada")
    assert (ada.get("email"), ada["city"]) == (newest, "Bonn")
    _say(api, at=NOW, email="newest@example.com")
    assert service.customer("ada")["email"] == "newest@example.com"


def test_the_same_address_again_makes_it_newer(api: Caller, service: StubService) -> None:
    """Who confirms an address later keeps it against one told for the time between."""
    _say(api, at=NOW - 3 * DAY, phone="+4915112345678")
    _say(api, at=NOW - DAY, phone="+4915112345678")
    _say(api, at=NOW - 2 * DAY, phone="+4915100000000")
    assert service.customer("ada")["phone"] == "+4915112345678"


def test_a_nightly_sync_brings_no_old_address_back(api: Caller, service: StubService) -> None:
    """A sync without times that repeats the old address does not replace the person's new one."""
    _say(api, email="old@example.com")
    service.clock.turn(NOW + DAY)
    _say(api, at=NOW + DAY, email="new@example.com")
    for night in range(2, 4):
        service.clock.turn(NOW + night * DAY)
        _say(api, email="old@example.com")
    assert service.customer("ada")["email"] == "new@example.com"
    _say(api, email="newer@example.com")
    assert service.customer("ada")["email"] == "newer@example.com"
    _say(api, at=NOW + DAY + HOUR, email="late@example.com")
    assert service.customer("ada")["email"] == "newer@example.com"


def test_a_consent_for_an_older_address_is_not_taken(api: Caller, service: StubService) -> None:
    """A consent belongs to the address beside it, and that one is theirs no longer."""
    _say(api, at=NOW - DAY, email="new@example.com")
    _say(api, at=NOW - 2 * DAY, email="old@example.com", consent={"email": True})
    assert service.consent("ada") == {}


def test_leaving_holds_for_whoever_has_the_address(api: Caller, service: StubService) -> None:
    """A second account with the address is not subscribed by a consent of before the leave."""
    _say(api, at=NOW - DAY, email="ada@example.com", consent={"email": True})
    service.clock.turn(NOW + HOUR)
    _leave(api, service)
    service.clock.turn(NOW + DAY)
    for at in (None, NOW - DAY):
        told: dict[str, Any] = {"userId": "second"}
        told["traits"] = {"email": "ADA@example.com", "consent": {"email": True}}
        assert api.post("/v1/identify", told if at is None else {**told, "timestamp": iso(at)},
                        "demo").status_code == 200  # fmt: skip
        assert service.consent("second") == {}
    told["timestamp"] = iso(NOW + 2 * HOUR)
    assert api.post("/v1/identify", told, "demo").status_code == 200
    assert service.consent("second") == {"email": True}, "they agreed again since"
