"""What people and programs put around an address and a consent, and what nobody can read."""

from __future__ import annotations

from typing import Any

import pytest

from engine.core.calendar import iso
from engine.core.model import DAY
from tests.engine.public.conftest import NOW, Caller, StubService


def _say(api: Caller, at: int = NOW, **traits: Any) -> list[str]:
    """What the answer says was left out of an identify that must be taken."""
    told = {"userId": "ada", "timestamp": iso(at), "traits": {"tier": "gold", **traits}}
    answer = api.post("/v1/identify", told)
    assert answer.status_code == 200, answer.text
    ignored: list[str] = answer.json().get("ignored", [])
    return ignored


@pytest.mark.parametrize(
    "told",
    [
        *("mailto:a@x.de", "MAILTO:a@x.de?subject=Hi%20you", " a@x.de\n", "a@x.de\r\n"),
        *("\u00a0a@x.de\u00a0", "\ufeffa@x.de\u200b", "a@x.de;", "'a@x.de'", "\ta@X.DE\t"),
        *('"A" <a@x.de>', "A <a@x.de>", "<a@x.de>", '"A <a@x.de>"', "Dr. A, B. <mailto:a@x.de>"),
    ],
)
def test_one_plain_address_is_found(api: Caller, service: StubService, told: str) -> None:
    """Whatever stands around one plain address, it is that address, and the consent is for it."""
    assert _say(api, email=told, consent={"email": True}) == []
    ada = service.customer("ada")
    assert (ada["email"], ada["tier"]) == ("a@x.de", "gold")
    assert service.consent("ada") == {"email": True}


@pytest.mark.parametrize(
    "told", ["ada", 7, True, ["a@x.de"], "a b@x.de", "a@", "@x.de", "a,b@x.de", "x" * 2_000]
)
def test_what_is_no_address_loses_nothing_else(
    api: Caller, service: StubService, told: object
) -> None:
    """The rest of the call is kept, the address of before too, and no consent given to it."""
    _say(api, at=NOW - DAY, email="old@x.de")
    ignored = _say(api, email=told, consent={"email": True, "news": True, "sms": False})
    assert [each.partition(":")[0] for each in ignored] == ["traits.email", "traits.consent.email"]
    ada = service.customer("ada")
    assert (ada["email"], ada["tier"]) == ("old@x.de", "gold")
    assert service.consent("ada") == {"news": True, "sms": False}


@pytest.mark.parametrize(
    ("told", "holds"),
    [
        ({"email": "yes"}, {"email": True}),
        ({"email": "Subscribed", "sms": "no"}, {"email": True, "sms": False}),
        ({"email": 1, "sms": "0"}, {"email": True, "sms": False}),
        ("yes", {"email": True}),
        ({"email": None, "news": "never subscribed", "sms": ""}, {}),
        (None, {}),
    ],
)
def test_consent_in_words(
    api: Caller, service: StubService, told: object, holds: dict[str, bool]
) -> None:
    """Yes and no are read as an import reads them; who was never asked said nothing."""
    assert _say(api, email="a@x.de", consent=told) == []
    assert service.customer("ada")["tier"] == "gold"
    assert service.consent("ada") == holds


@pytest.mark.parametrize("told", ["perhaps", ["email"], {"email": {}}, {"email": "maybe"}, 7])
def test_consent_that_nobody_can_read(api: Caller, service: StubService, told: object) -> None:
    """It is left out and named, and the rest is kept."""
    (ignored,) = _say(api, email="a@x.de", consent=told)
    assert ignored.startswith("traits.consent.email: ")
    assert service.customer("ada")["email"] == "a@x.de"
    assert service.consent("ada") == {}


@pytest.mark.parametrize("when", ["yesterday", "2026-01-05", 7, "1970-01-01T00:00:00Z", {}])
def test_a_consent_of_an_unknown_time(api: Caller, service: StubService, when: object) -> None:
    """It grants what was never said, and undoes no withdrawal."""
    (ignored,) = _say(api, email="a@x.de", consent={"email": True}, consent_at=when)
    assert ignored.startswith("traits.consent_at: ")
    assert service.consent("ada") == {"email": True}
    _say(api, consent={"email": False})
    service.clock.turn(NOW + DAY)
    assert len(_say(api, NOW + DAY, consent={"email": True}, consent_at=when)) == 1
    assert service.consent("ada") == {"email": False}


def test_a_batch_keeps_them_too(api: Caller, service: StubService) -> None:
    """What cannot be read of one call of a batch is named, and none of them is lost."""
    calls = [
        {"type": "identify", "userId": f"u{number}", "traits": {"email": told, "tier": "gold"}}
        for number, told in enumerate(["mailto:a@x.de", "nobody", "b@x.de"])
    ]
    answer = api.post("/v1/batch", {"batch": calls}).json()
    assert (answer["accepted"], "traits.email" in str(answer)) == (3, True)
    assert [service.customer(f"u{number}")["tier"] for number in range(3)] == ["gold"] * 3
