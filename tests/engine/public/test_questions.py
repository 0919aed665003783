"""Nobody's mailbox is filled with questions, however many strangers type its address."""

from __future__ import annotations

import pytest

from engine.public.rates import Questions
from tests.engine.public.conftest import Caller, StubService

PAGE = "demo-browser"


def _ask(api: Caller, visitor: str, address: str) -> dict[str, object]:
    traits = {"email": address, "consent": {"email": True}}
    told = {"anonymousId": visitor, "traits": traits}
    answer = api.post("/v1/identify", told, PAGE)
    assert answer.status_code == 200
    return dict(answer.json())


def _asked(service: StubService) -> int:
    return int(service.rows("select count(*) from consent_proof where act = 'asked'")[0][0])


@pytest.mark.parametrize(
    "spellings",
    [
        [f"{'aA'[n & 1]}{'dD'[n >> 1 & 1]}{'aA'[n >> 2 & 1]}@example.com" for n in range(8)],
        ["ada@bücher.example", "ADA@Bücher.example", "ada@xn--bcher-kva.example"],
        ["ada@example.com", " ada@example.com ", "Ada@EXAMPLE.com"],
    ],
)
def test_one_mailbox_is_asked_once(api: Caller, service: StubService, spellings: list[str]) -> None:
    """Spellings of one address are one address: it gets one question, whoever types them."""
    for number, spelling in enumerate(spellings):
        _ask(api, f"v{number}", spelling)
    assert _asked(service) == 1


def test_changing_the_address_back_and_forth(api: Caller, service: StubService) -> None:
    """Visitors that let go of an address again do not make it a new one."""
    for number in range(5):
        _ask(api, f"v{number}", "ada@example.com")
        _ask(api, f"v{number}", f"other{number}@example.com")
    assert _asked(service) == 6


def test_many_addresses_from_one_place(api: Caller, service: StubService) -> None:
    """One network address starts so many questions and no more; what else it tells is kept."""
    answers = [_ask(api, f"v{number}", f"p{number}@example.com") for number in range(100)]
    assert _asked(service) == 30
    assert "ignored" in answers[-1]
    assert service.customer("v99")["email"] == "p99@example.com"


def test_a_batch_is_counted_by_its_items(api: Caller, service: StubService) -> None:
    """Questions in one batch count like those in calls of their own."""
    batch = [
        {
            "type": "identify",
            "anonymousId": f"v{number}",
            "traits": {"email": f"p{number}@example.com", "consent": {"email": True}},
        }
        for number in range(50)
    ]
    assert api.post("/v1/batch", {"batch": batch}, PAGE).status_code == 200
    assert _asked(service) == 30


def test_after_a_while_others_may_be_asked() -> None:
    """An hour later as many may be asked again; a key has a limit beside it, 0 is none."""
    now = [0.0]
    few = Questions(2, 3, lambda: now[0])
    assert [few.may_ask(1, "a") for _ in range(3)] == [True, True, False]
    assert [few.may_ask(1, "b") for _ in range(2)] == [True, False]
    now[0] = 3600.0
    assert few.may_ask(1, "a")
    free = Questions(0, 0)
    assert all(free.may_ask(1, "a") for _ in range(100))


@pytest.mark.parametrize(
    "address",
    [
        *("a@b\u202e.c", "a\u200b@example.com", "a@exam\u00adple.com", "\u2066a@example.com"),
        *("a@example.com\u2069", "a\ufeff@example.com", "a@ex\u2060ample.com", "a\u0085@b.c"),
        *("=?utf-8?q?a?=@example.com", "a@example\u00a0.com", "a\ue000@example.com"),
    ],
)
@pytest.mark.parametrize("key", ["demo", PAGE])
def test_what_nobody_sees_is_no_address(
    api: Caller, service: StubService, address: str, key: str
) -> None:
    """Invisible letters and those that turn the text around are part of no address."""
    api.post("/v1/identify", {"anonymousId": "v", "traits": {"email": address}}, key)
    assert "email" not in service.customer("v")
