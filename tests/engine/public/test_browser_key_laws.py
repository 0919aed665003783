"""Whatever a page tells under a browser key, nothing of a known customer changes or is read."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.public.browser_keys import (
    EVIL,
    GUESSES,
    PAGE,
    events_of,
    known,
    of_ada,
)
from tests.engine.public.conftest import Caller, StubService

_WORDS = st.sampled_from([EVIL, "www.evil.example", "evil", "<b>evil</b>", "{{ evil }}"])
_WHO = st.sampled_from(GUESSES)
_EVENT = st.sampled_from(
    [
        *("view_item", "Product Added", "search", "begin_checkout", "Cart Viewed", "notify_me"),
        *("purchase", "shipped", "unsubscribe", "quiz_finished", "page", "click_email", "sign_up"),
        *("form_submitted", "payment_failed", "delivered", "refund", "Email Marked as Spam"),
    ]
)
_TEXTS = (
    *("product_id", "item", "name", "url", "cart_url", "checkout_url", "search_term", "title"),
    *("image_url", "coupon", "reason", "category", "brand", "form", "email"),
)
_PROPERTIES = st.fixed_dictionaries(
    {},
    optional={
        "items": st.lists(
            st.fixed_dictionaries(
                {"id": st.sampled_from(["boots", EVIL, "evil words"])},
                optional={"name": _WORDS, "url": _WORDS, "image_url": _WORDS, "price": _WORDS},
            ),
            max_size=2,
        ),
        **dict.fromkeys(_TEXTS, _WORDS),
        "nested": st.fixed_dictionaries({"name": _WORDS}),
    },
)
_TRAITS = st.fixed_dictionaries(
    {},
    optional={
        "email": st.sampled_from(["evil@example.com", "ada@example.com", ""]),
        "firstName": _WORDS,
        "phone": st.just("+4915112345678"),
        "consent": st.dictionaries(st.sampled_from(["email", "sms", "news"]), st.just(False)),
        "tags": st.just(["evil"]),
        "timezone": st.just("America/New_York"),
        "language": st.just("fr"),
    },
)
_CALL = st.one_of(
    st.builds(
        lambda who, event, told: {**who, "type": "track", "event": event, "properties": told},
        *(_WHO, _EVENT, _PROPERTIES),
    ),
    st.builds(lambda who, told: {**who, "type": "identify", "traits": told}, _WHO, _TRAITS),
    st.builds(
        lambda who, told: {**who, "type": "page", "name": "evil", "properties": told},
        *(_WHO, _PROPERTIES),
    ),
    st.builds(
        lambda who, told: {**who, "type": "group", "groupId": "evil", "traits": told}, _WHO, _TRAITS
    ),
    st.builds(
        lambda user, previous: {"type": "alias", "userId": user, "previousId": previous},
        st.sampled_from(["ada", "evil"]),
        st.sampled_from(["ada", "evil", "adas-phone"]),
    ),
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(calls=st.lists(_CALL, max_size=8), paths=st.booleans())
def test_nothing_of_hers_changes(
    service: StubService, api: Caller, calls: list[dict[str, Any]], paths: bool
) -> None:
    """Whatever pages tell in whatever order, a known customer stays as she is, and no word of
    theirs stands among what her messages are made from.
    """
    if not service.customer("ada"):
        known(api)
    before = of_ada(service)
    if paths:
        for call in calls:
            api.post(f"/v1/{call['type']}", call, PAGE)
    elif calls:
        api.post("/v1/batch", {"batch": calls}, PAGE)
    assert of_ada(service) == before
    for name, told in events_of(service, "ada"):
        assert b"evil" not in told.lower(), (name, told)
