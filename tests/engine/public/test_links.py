"""The links in messages, and what is shown on the site."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.delivery.onsite import fits
from engine.messages.links import BadLinkError, LinkMaker, MessageRef
from engine.messages.targets import same_site, with_parameters
from tests.engine.public.conftest import Caller, StubService

MAKER = LinkMaker("http://shop.test", b"k" * 32)
TARGET = "https://shop.example/boots?a=1&b=ü#top"


def _sent(api: Caller, service: StubService, *, tracked: bool) -> MessageRef:
    consent = {"email": True, "tracking": tracked}
    traits = {"email": "ada@example.com", "consent": consent}
    api.post("/v1/identify", {"userId": "ada", "traits": traits})
    ((customer,),) = service.rows("select customer from identity where value = 'ada'")
    return MessageRef(customer, 7, "cart", "first_touch", 0, "email", "cart_1")


@given(
    st.builds(
        MessageRef,
        st.integers(1, 2**62),
        st.integers(1, 2**62),
        *(st.text(max_size=20) for _ in range(2)),
        st.integers(0, 100),
        *(st.text(max_size=20) for _ in range(2)),
    ),
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=100),
)
def test_links_say_what_they_were_made_for(message: MessageRef, rest: str) -> None:
    """Reading a link gives back exactly what went into it."""
    target = f"https://shop.example/{rest}"
    click = MAKER.make_click(message, target).removeprefix("http://shop.test/c/")
    assert MAKER.read_click(click) == (message, target, False)
    pair = MAKER.make_click(message, target, pair=True).removeprefix("http://shop.test/c/")
    assert MAKER.read_click(pair) == (message, target, True)
    hidden = MAKER.make_hidden(message).removeprefix("http://shop.test/h/")
    assert MAKER.read_hidden(hidden) == message
    opening = MAKER.make_open(message).removeprefix("http://shop.test/o/")
    assert MAKER.read_open(opening) == message
    leaving = MAKER.make_unsubscribe(message.customer, "email", message)
    assert MAKER.read_unsubscribe(leaving.rsplit("/", 1)[1]).message == message


@given(st.integers(0, 500), st.integers(1, 255))
def test_a_changed_link_is_none(place: int, change: int) -> None:
    """Nobody can change a link, or use it for another purpose, without it becoming invalid."""
    import base64

    message = MessageRef(1, 2, "cart", "first_touch", 0, "email", "cart_1")
    token = MAKER.make_click(message, TARGET).rsplit("/", 1)[1]
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    raw[place % len(raw)] ^= change
    with pytest.raises(BadLinkError):
        MAKER.read_click(base64.urlsafe_b64encode(bytes(raw)).decode())
    for read in (MAKER.read_open, MAKER.read_unsubscribe):
        with pytest.raises(BadLinkError):
            read(token)
    with pytest.raises(BadLinkError):
        LinkMaker("http://shop.test", b"x" * 32).read_click(token)


def test_clicks(api: Caller, service: StubService) -> None:
    """A click leads to its target and is recorded with message, flow, step and run, once it is
    known to be a person's.
    """
    message = _sent(api, service, tracked=True)
    answer = api("GET", service.links.make_click(message, TARGET))
    assert (answer.status_code, answer.headers["location"]) == (
        302,
        "https://shop.example/boots?a=1&b=%C3%BC#top",
    )
    assert "click_email" not in {name for name, _ in service.events()}
    assert service.judge() == 1
    name, told = service.events()[-1]
    assert name == "click_email"
    assert told == {
        "message": "cart_1",
        "flow": "cart",
        "run": 7,
        "step": "first_touch",
        "url": TARGET,
    }
    assert service.judge() == 0


def test_openings(api: Caller, service: StubService) -> None:
    """The picture is served and the opening recorded; many requests in a minute are one."""
    message = _sent(api, service, tracked=True)
    for _ in range(3):
        answer = api("GET", service.links.make_open(message))
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
    assert service.judge() == 1
    assert [name for name, _ in service.events()].count("open_email") == 1


def test_no_counting_without_consent(api: Caller, service: StubService) -> None:
    """Who did not agree to be counted is not, and arrives all the same."""
    message = _sent(api, service, tracked=False)
    assert api("GET", service.links.make_open(message)).status_code == 200
    assert api("GET", service.links.make_click(message, TARGET)).status_code == 302
    assert service.judge() == 0
    assert {name for name, _ in service.events()} == {"subscribe"}


def test_looking_is_not_clicking(api: Caller, service: StubService) -> None:
    """A HEAD request of a scanner counts nothing."""
    message = _sent(api, service, tracked=True)
    assert api("HEAD", service.links.make_click(message, TARGET)).status_code == 302
    assert service.judge() == 0
    assert {name for name, _ in service.events()} == {"subscribe"}


@pytest.mark.parametrize("path", ["/c/", "/o/", "/h/", "/u/", "/confirm/"])
@pytest.mark.parametrize("token", ["x", "AAAA", "%00", "é", "a" * 5_000, "..%2f"])
def test_bad_links(api: Caller, service: StubService, path: str, token: str) -> None:
    """A garbled link gets a page that says so, never a trace."""
    answer = api("GET", path + token)
    assert answer.status_code == 404
    assert "Traceback" not in answer.text


def test_a_full_disk_does_not_hold_up_a_click(api: Caller, service: StubService) -> None:
    """A click arrives also when it cannot be counted; unsubscribing says that it failed."""
    message = _sent(api, service, tracked=True)
    service.database.writer.stop()
    assert api("GET", service.links.make_click(message, TARGET)).status_code == 302
    link = service.links.make_unsubscribe(message.customer, "email", message)
    assert api("POST", link).status_code == 503


def test_leaving_a_topic(api: Caller, service: StubService) -> None:
    """From a message about a topic one can leave the topic, or the whole channel."""
    message = _sent(api, service, tracked=True)
    link = service.links.make_unsubscribe(message.customer, "news", message)
    page = api("GET", link).text
    assert "News from the mountains" in page
    assert 'value="all"' in page
    api("POST", link, data={"what": "this"})
    assert service.consent("ada") == {"email": True, "news": False, "tracking": True}
    api("POST", link, data={"what": "all"})
    assert service.consent("ada") == {"email": False, "news": False, "tracking": True}
    left = [told for name, told in service.events() if name == "unsubscribe"]
    assert [each.get("topic", each.get("channel")) for each in left] == ["news", "email"]
    assert left[0]["message"] == "cart_1"


@pytest.mark.parametrize(
    ("place", "path", "expected"),
    [
        (None, "/anything", True),
        ("/c/*", "/c/boots", True),
        ("/c/*", "/p/boots", False),
        ("/", "/", True),
        ("/cart", "/cart/", True),
        ("/cart", "/cart/2", False),
        ("*/sale/*", "/de/sale/boots", True),
        ("/a*a", "/a", False),
        ("*", "/", True),
    ],
)
def test_pages(place: str | None, path: str, expected: bool) -> None:
    """`on "/c/*"` names pages by their path."""
    assert fits(place, path) is expected


def test_health(api: Caller, service: StubService) -> None:
    """The service says that it lives; figures are for who knows the token."""
    assert api("GET", "/healthz").json() == {"status": "ok"}
    assert api("GET", "/readyz").status_code == 200
    assert api("GET", "/metrics").status_code == 401
    from pydantic import SecretStr

    service.settings.metrics_token = SecretStr("t0ken")
    answer = api("GET", "/metrics", headers={"authorization": "Bearer t0ken"})
    assert "headrace_events_pending 0.0" in answer.text
    answered = 'headrace_http_requests_total{status="%d",what="pages"} 1.0'
    assert answered % 401 in answer.text
    api.post("/v1/track", {"userId": "a", "event": "b"}, key="nobody")
    told = api("GET", "/metrics", headers={"authorization": "Bearer t0ken"}).text
    assert 'headrace_http_requests_total{status="401",what="tracking"} 1.0' in told


def test_nothing_there(api: Caller) -> None:
    """An unknown path is a 404 in JSON."""
    answer = api("GET", "/v1/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_settings_of_analytics_next(api: Caller) -> None:
    """The browser client learns from us where to send its events."""
    told = api("GET", "/v1/projects/demo-browser/settings").json()
    assert told["integrations"]["Segment.io"]["apiHost"] == "shop.test/v1"
    assert api("GET", "/v1/projects/wrong/settings").status_code == 404


def test_what_is_put_behind_a_target() -> None:
    """What an address says already stays, in its own spelling; only the shop's pages get more."""
    more = {"utm_source": "mail", "utm_medium": "email"}
    url = "https://shop.example/a?utm_source=own&q=a%20b&empty=#top"
    told = "https://shop.example/a?utm_source=own&q=a%20b&empty=&utm_medium=email#top"
    assert with_parameters(url, more) == told
    assert with_parameters(told, more) == told
    assert same_site("https://SHOP.example/a", "https://shop.example")
    for other in ("https://shop.example.evil/", "https://shop.example:8/", "mailto:a@b", "//x["):
        assert not same_site(other, "https://shop.example")
