"""A phone number is confirmed by the code sent to it: few, short-lived, and not guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from engine.core.model import MINUTE
from tests.engine.public import test_purposes
from tests.engine.public.test_preferences import FLOWS, Preferring

PHONE = "+4915112345678"
WHO = {"writeKey": "page", "anonymousId": "visitor"}


@pytest.fixture
def shop(
    tmp_path: Path, database_url: str | None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Preferring]:
    monkeypatch.setattr(test_purposes, "FLOWS", FLOWS)
    shop = Preferring(tmp_path, database_url)
    yield shop
    shop.service.stop()


def _form(shop: Preferring, **who: Any) -> dict[str, Any]:
    """A form in a page asks for text messages."""
    told = {**WHO, **who, "traits": {"phone": "0151 12345678", "consent": {"sms": True}}}
    answer = shop("POST", "/v1/identify", content=orjson.dumps(told))
    assert answer.status_code == 200
    shop.service.run_until_idle(shop.service.clock.now() + MINUTE + 1)
    return dict(answer.json())


def _code(shop: Preferring) -> str:
    text = shop.texts.mails[-1]
    assert text.to == PHONE
    (code,) = re.findall(r"\b\d{6}\b", text.text)
    return str(code)


def _enter(shop: Preferring, code: str, **who: Any) -> httpx.Response:
    return shop("POST", "/v1/code", content=orjson.dumps({**WHO, **who, "code": code}))


def _wrong(code: str) -> str:
    return str((int(code) + 1) % 1_000_000).zfill(6)


def _sms(shop: Preferring) -> bool:
    return shop.consent().get("sms", False)


def test_a_form_and_its_code(shop: Preferring) -> None:
    """The number gets a code, the code makes the consent, with its proof."""
    assert "ignored" not in _form(shop)
    assert not _sms(shop)
    code = _code(shop)
    assert _enter(shop, _wrong(code)).json()["code"] == "wrong"
    assert _enter(shop, f" {code[:3]} {code[3:]} ").json() == {"success": True}
    assert _sms(shop)
    with shop.service.database.reader() as reader:
        ((source, address, detail),) = reader.rows(
            "select source, address, detail from consent_proof where what = 'sms'"
            " and act = 'confirmed'"
        )
    assert (source, address) == ("double opt-in", PHONE)
    assert re.fullmatch(r"[0-9a-f]{12}", orjson.loads(detail)["text"])
    assert "it holds already" in _form(shop)["ignored"][0]


def test_it_is_not_guessed(shop: Preferring) -> None:
    """After five wrong ones the right one is none; after ten in a day there is no new one."""
    _form(shop)
    code = _code(shop)
    for _ in range(5):
        assert _enter(shop, _wrong(code)).json()["success"] is False
    assert _enter(shop, code).json()["code"] == "late"
    _form(shop)
    code = _code(shop)
    for _ in range(5):
        _enter(shop, _wrong(code))
    assert "too many" in _form(shop)["ignored"][0]
    assert not _sms(shop)


def test_it_is_short_lived_and_rare(shop: Preferring) -> None:
    """A code is good for ten minutes; a number gets three a day, whoever asks for it."""
    _form(shop)
    code = _code(shop)
    shop.service.run_until_idle(shop.service.clock.now() + 10 * MINUTE)
    assert _enter(shop, code).json()["code"] == "late"
    _form(shop, anonymousId="another")
    _form(shop, anonymousId="a third")
    assert "too many" in _form(shop, anonymousId="a fourth")["ignored"][0]
    assert len(shop.texts.mails) == 3


def test_another_visitor_cannot_enter_it(shop: Preferring) -> None:
    """Neither a visitor without a request nor somebody who knows a customer's visitor."""
    _form(shop)
    code = _code(shop)
    assert _enter(shop, code, anonymousId="another").json()["code"] == "late"
    shop.tell("/v1/identify", anonymousId="of-ada")
    assert _enter(shop, code, anonymousId="of-ada").status_code == 403
    assert _enter(shop, code, writeKey="nobody").status_code == 401
    assert not _sms(shop)


def test_on_the_preference_page(shop: Preferring) -> None:
    """A number, its code, and from then on a box for it; the number is theirs only then."""
    answer = shop("POST", shop.link, data={"what": "phone", "tel": "0151 12345678"})
    assert "Code eingeben" in answer.text
    assert PHONE not in answer.text
    shop.service.run_until_idle(shop.service.clock.now() + MINUTE + 1)
    with shop.service.database.reader() as reader:
        assert not reader.rows("select 1 from identity where value = ?", (PHONE,))
    code = _code(shop)
    wrong = shop("POST", shop.link, data={"what": "code", "code": _wrong(code)})
    assert (wrong.status_code, "stimmt nicht" in wrong.text) == (422, True)
    assert PHONE in shop("POST", shop.link, data={"what": "code", "code": code}).text
    assert shop.consent() == {"email": True, "sms": True}
    assert 'value="sms" checked' in shop("GET", shop.link).text
    assert shop("POST", shop.link, data={"what": "phone", "tel": "12"}).status_code == 400


def test_without_a_provider_none_is_promised(shop: Preferring) -> None:
    """The form is told so, the page does not offer it, and nothing goes out later."""
    shop.service.live.providers = frozenset({"email"})
    assert "no provider" in _form(shop)["ignored"][0]
    assert "Handynummer" not in shop("GET", shop.link).text
    assert shop("POST", shop.link, data={"what": "phone", "tel": PHONE}).status_code == 404
    assert shop.texts.mails == []
