"""Who is who, and who agreed to what."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.clock import SettableClock
from engine.core.model import DAY
from engine.customers import identity
from engine.intake import engagement as leaving
from engine.intake.incoming import Incoming
from engine.intake.ingest import take
from engine.messages.links import Confirmation
from tests.engine.public.conftest import NOW, TYPES, Caller, StubService


@pytest.fixture
def url(database_url: str | None) -> str | None:
    """Both databases: who is who is decided by what they find."""
    return database_url


def _identify(api: Caller, key: str = "demo", **told: Any) -> dict[str, Any]:
    answer = api.post("/v1/identify", told, key)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _visit(api: Caller, visitor: str, event: str = "view_item") -> None:
    told = {"anonymousId": visitor, "event": event}
    assert api.post("/v1/track", told, "demo-browser").status_code == 200


def _rows_of(service: StubService, user: str) -> set[int]:
    return {row[0] for row in service.rows("select customer from identity where value = ?", user)}


def test_a_visitor_becomes_known(api: Caller, service: StubService) -> None:
    """What a visitor did before signing in is theirs afterwards."""
    _visit(api, "v1")
    ada = service.signed("ada")
    _identify(api, "demo-browser", anonymousId="v1", **ada, traits={"tier": "gold"})
    assert _rows_of(service, "v1") == _rows_of(service, "ada")
    assert service.rows("select count(*) from customer") == [(1,)]
    assert service.customer("ada")["tier"] == "gold"


def test_a_second_device_is_merged(api: Caller, service: StubService) -> None:
    """Signing in on another device joins its events to the known customer, who survives."""
    _identify(api, userId="ada", traits={"tier": "gold", "city": "Berlin"})
    _visit(api, "phone")
    api.post("/v1/identify", {"anonymousId": "phone", "traits": {"tier": "none", "style": "s"}})
    (survivor,) = _rows_of(service, "ada")
    _identify(api, userId="ada", anonymousId="phone")
    assert _rows_of(service, "phone") == {survivor}
    assert {row[0] for row in service.rows("select customer from event")} == {survivor}
    assert {row[0] for row in service.rows("select customer from pending")} == {survivor}
    ada = service.customer("ada")
    assert (ada["tier"], ada["city"], ada["style"]) == ("gold", "Berlin", "s")
    merged = service.rows("select count(*) from customer where merged_into = ?", survivor)
    assert merged == [(1,)]


def test_two_people_at_one_browser_stay_two(api: Caller, service: StubService) -> None:
    """A second sign-in at the same browser does not make one person of two."""
    _identify(api, userId="ada", anonymousId="v1", traits={"tier": "gold"})
    _identify(api, userId="bob", anonymousId="v1", traits={"tier": "silver"})
    assert _rows_of(service, "ada") != _rows_of(service, "bob")
    assert service.customer("ada")["tier"] == "gold"
    _visit(api, "v1")
    assert _rows_of(service, "v1") == _rows_of(service, "bob")


def test_runs_merge(api: Caller, service: StubService) -> None:
    """Of two runs of the same flow and key the earlier goes on, and the other ends `merged`."""
    _identify(api, userId="ada")
    _visit(api, "v1")
    (ada,), (visitor,) = _rows_of(service, "ada"), _rows_of(service, "v1")

    def runs(transaction: Any) -> None:
        for number, customer, flow, at in (
            (1, ada, 1, 20),
            (2, visitor, 1, 10),
            (3, visitor, 2, 5),
        ):
            transaction.execute(
                "insert into run (id, customer, flow, version, key, state, node, entered_at,"
                " arrived_at, wake_at, unclaimed) values (?, ?, ?, 1, '', 0, 3, ?, ?, ?, true)",
                (number, customer, flow, at, at, NOW + DAY),
            )
            transaction.execute(
                "insert into intent (run, step, visit, recipient, customer, flow, version,"
                " channel, message, made_at, due_at, priority, counts, state, attempts, reason,"
                " provider_id) values (?, 's', 0, 0, ?, ?, 1, 'email', 'm', 1, 1, 10, true,"
                " 'ready', 0, '', '')",
                (number, customer, flow),
            )

    service.database.writer.run(runs)
    _identify(api, userId="ada", anonymousId="v1")
    told = service.rows("select id, customer, end_kind, wake_at is null from run order by id")
    assert told == [(1, ada, "merged", 1), (2, ada, None, 0), (3, ada, None, 0)]
    assert service.rows("select run, state, customer from intent order by run") == [
        (1, "skipped", ada),
        (2, "ready", ada),
        (3, "ready", ada),
    ]
    assert service.rows("select run, outcome, detail from step_history") == [(1, "ended", "merged")]


def test_alias(api: Caller, service: StubService) -> None:
    """`alias` joins a visitor to a user; a page may not join two users."""
    _visit(api, "v1")
    _identify(api, userId="ada")
    _identify(api, userId="bob")
    told = {"previousId": "bob", "userId": "ada"}
    assert api.post("/v1/alias", told, "demo-browser").status_code == 403
    assert _rows_of(service, "ada") != _rows_of(service, "bob")
    assert api.post("/v1/alias", {"previousId": "v1", "userId": "ada"}).status_code == 200
    assert _rows_of(service, "v1") == _rows_of(service, "ada")
    assert api.post("/v1/alias", told).status_code == 200
    assert _rows_of(service, "bob") == _rows_of(service, "ada")


def test_a_page_cannot_write_orders(api: Caller, service: StubService) -> None:
    """Orders and what messages did come from servers only."""
    for event in ("Order Completed", "purchase", "refund", "open_email", "Email Link Clicked"):
        told = {"anonymousId": "v1", "event": event}
        assert api.post("/v1/track", told, "demo-browser").status_code == 403
    assert service.events() == []


def test_a_page_cannot_write_anothers_traits(api: Caller, service: StubService) -> None:
    """A page that claims to be somebody else is not joined to them and changes nothing."""
    _identify(api, userId="ada", traits={"email": "ada@example.com", "consent": {"email": True}})
    evil = {"email": "evil@example.com", "consent": {"email": False}}
    told = _identify(api, "demo-browser", userId="ada", anonymousId="evil", traits=evil)
    assert told["ignored"]
    assert service.customer("ada")["email"] == "ada@example.com"
    assert service.consent("ada") == {"email": True}
    told = _identify(api, "demo-browser", userId="ada", anonymousId="evil", traits=evil)
    assert service.customer("ada")["email"] == "ada@example.com"
    assert _rows_of(service, "evil") != _rows_of(service, "ada")


def test_a_new_address_loses_the_old_consent(api: Caller, service: StubService) -> None:
    """When a page changes the address, the consent that was given for the old one is gone."""
    traits = {"email": "ada@example.com", "consent": {"email": True}}
    _identify(api, userId="ada", anonymousId="v1", traits=traits)
    new = {"email": "other@example.com"}
    _identify(api, "demo-browser", anonymousId="v1", **service.signed("ada"), traits=new)
    assert service.customer("ada")["email"] == "other@example.com"
    assert service.consent("ada") == {"email": False}


def test_a_server_asserts_consent(api: Caller, service: StubService) -> None:
    """Consent from a shop's server holds at once, with its proof, and is an event."""
    traits = {"email": "ada@example.com", "consent": {"email": True, "sms": False, "push": True}}
    _identify(api, userId="ada", traits=traits)
    assert service.consent("ada") == {"email": True, "sms": False, "push": True}
    assert [(name, told["channel"]) for name, told in service.events()] == [
        ("subscribe", "email"),
        ("subscribe", "push"),
    ]
    proof = service.rows("select what, act, source, address, at from consent_proof")
    assert ("email", "granted", "key shop", "ada@example.com", NOW) in proof
    _identify(api, userId="ada", traits=traits)
    assert len(service.events()) == 2, "saying it again is no new subscription"


def test_tracked_subscriptions_grant_nothing(api: Caller, service: StubService) -> None:
    """An event called `subscribe` is an event, and no consent."""
    for key in ("demo", "demo-browser"):
        told = {"anonymousId": "v", "event": "subscribe", "properties": {"channel": "email"}}
        api.post("/v1/track", told, key)
    assert service.rows("select count(*) from consent") == [(0,)]


def _ask(api: Caller, service: StubService) -> Confirmation:
    traits = {"email": "ada@example.com", "consent": {"email": True}}
    _identify(api, "demo-browser", anonymousId="v1", traits=traits)
    (customer,) = _rows_of(service, "v1")
    return Confirmation(customer, "email", "ada@example.com", NOW)


def test_double_opt_in(api: Caller, service: StubService) -> None:
    """From a page, consent begins with the click in the confirmation mail, with full proof."""
    told = _ask(api, service)
    assert service.consent("v1") == {}
    link = service.links.make_confirmation(told)
    page = api("GET", link)
    assert page.status_code == 200
    assert "ada@example.com" in page.text
    assert service.consent("v1") == {}, "a link scanner's GET confirms nothing"
    service.clock.turn(NOW + 60_000)
    assert api("POST", link).status_code == 200
    assert service.consent("v1") == {"email": True}
    assert [name for name, _ in service.events()] == ["confirm_subscription", "subscribe"]
    proof = service.rows("select act, address, at, detail from consent_proof order by id")
    assert [row[0] for row in proof] == ["asked", "confirmed"]
    detail = orjson.loads(proof[1][3])
    assert (proof[1][1], proof[1][2]) == ("ada@example.com", NOW + 60_000)
    assert detail["asked_at"] == NOW
    assert detail["text"]
    before = service.events()
    assert api("POST", link).status_code == 200
    assert service.events() == before, "confirming twice is confirming once"


def test_late_and_changed_confirmations(api: Caller, service: StubService) -> None:
    """A confirmation holds for the address that was asked, for thirty days."""
    told = _ask(api, service)
    other = told._replace(address="other@example.com")
    assert api("POST", service.links.make_confirmation(other)).status_code == 410
    service.clock.turn(NOW + 31 * DAY)
    assert api("POST", service.links.make_confirmation(told)).status_code == 410
    assert service.consent("v1") == {}


def test_nobody_fills_a_strangers_mailbox(api: Caller, service: StubService) -> None:
    """The same address is asked once a day, whoever types it in."""
    traits = {"email": "victim@example.com", "consent": {"email": True}}
    for visitor in ("a", "b", "c"):
        _identify(api, "demo-browser", anonymousId=visitor, traits=traits)
    asked = "select count(*) from consent_proof where act = 'asked'"
    assert service.rows(asked) == [(1,)]
    service.clock.turn(NOW + DAY + 1)
    _identify(api, "demo-browser", anonymousId="d", traits=traits)
    assert service.rows(asked) == [(2,)]


_IDS = st.sampled_from(["u1", "u2", "v1", "v2", "v3"])
_CALLS = st.lists(
    st.one_of(
        st.builds(
            lambda user, visitor, event: Incoming(
                "track", "", user=user, anonymous=visitor, event=event
            ),
            st.sampled_from(["", "u1", "u2"]),
            st.sampled_from(["v1", "v2", "v3"]),
            st.sampled_from(["view_item", "search"]),
        ),
        st.builds(
            lambda user, visitor, tier: Incoming(
                "identify", "", user=user, anonymous=visitor, traits={"tier": tier}
            ),
            st.sampled_from(["u1", "u2"]),
            st.sampled_from(["", "v1", "v2", "v3"]),
            st.sampled_from(["gold", "silver"]),
        ),
        st.builds(
            lambda user, previous: Incoming("alias", "", user=user, previous=previous),
            st.sampled_from(["u1", "u2"]),
            _IDS,
        ),
    ),
    max_size=12,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(calls=_CALLS, cuts=st.lists(st.integers(0, 12), max_size=3))
def test_laws_of_identity(service: StubService, calls: list[Incoming], cuts: list[int]) -> None:
    """However calls come, nothing is lost: each event has one living owner, each id one row.

    Cutting the calls into other batches gives the same people with the same events.
    """

    def play(transaction: Any, pieces: list[list[Incoming]]) -> list[Any]:
        for table in ("customer", "identity", "event", "pending"):
            transaction.execute(f"delete from {table}")
        transaction._numbers.clear()
        for piece in pieces:
            taken = take(transaction, piece, TYPES, NOW)
            assert all(not each.error for each in taken)
        dead = transaction.rows("select id from customer where merged_into is not null")
        lost = {row[0] for row in dead}
        owners = {row[0] for row in transaction.rows("select customer from event")}
        assert not owners & lost
        assert {row[0] for row in transaction.rows("select customer from identity")} <= {
            identity.living(transaction, row[0])
            for row in transaction.rows("select customer from identity")
        }
        assert transaction.rows("select id, customer from event order by id") == transaction.rows(
            "select id, customer from pending order by id"
        )
        named = dict(transaction.rows("select value, customer from identity"))
        groups = sorted(
            sorted(value for value, owner in named.items() if owner == one)
            for one in set(named.values())
        )
        stored = transaction.rows("select message_id, customer, name from event order by id")
        mates = [
            (message, sorted(v for v, owner in named.items() if owner == customer), name)
            for message, customer, name in stored
        ]
        return [groups, mates, len(stored)]

    for number, each in enumerate(calls):
        each.message_id = f"m{number}"
    edges = sorted({0, len(calls), *(cut for cut in cuts if cut < len(calls))})
    pieces = [calls[a:b] for a, b in pairwise(edges)]
    whole = service.database.writer.run(lambda tx: play(tx, [calls]))
    split = service.database.writer.run(lambda tx: play(tx, pieces))
    assert whole == split
    assert whole[2] == len(calls)
    twice = service.database.writer.run(lambda tx: play(tx, [calls, calls]))
    assert twice[2] == len(calls), "the same messageIds again store nothing"


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    told=st.dictionaries(
        st.text(max_size=8).filter(lambda name: name not in {"item", "items", "value"}),
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers(-(2**63), 2**63 - 1)
            | st.floats(allow_nan=False, allow_infinity=False)
            | st.text(max_size=20),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.text(max_size=5), inner, max_size=3)
            ),
            max_leaves=8,
        ),
        max_size=5,
    )
)
def test_payloads_come_back(service: StubService, told: dict[str, Any]) -> None:
    """What a custom event says is stored as it was said, or refused; never bent."""
    api = Caller(service)
    prefixed = {f"own_{name}": value for name, value in told.items()}
    answer = api.post("/v1/track", {"userId": "ada", "event": "own", "properties": prefixed})
    if answer.status_code == 400:
        assert "\\u0000" in orjson.dumps(prefixed).decode()
        return
    assert answer.status_code == 200
    stored = orjson.loads(
        service.rows("select properties from event order by id desc limit 1")[0][0]
    )
    assert stored == {name: value for name, value in prefixed.items() if value is not None}


@pytest.mark.parametrize("shared", [False, True])
def test_unsubscribing(api: Caller, service: StubService, shared: bool) -> None:
    """Unsubscribing works at once, for every account with the address."""
    traits = {"email": "ada@example.com", "consent": {"email": True, "sms": True}}
    _identify(api, userId="ada", traits=traits)
    other = "ADA@example.com" if shared else "bob@example.com"
    _identify(api, userId="bob", traits={"email": other, "consent": {"email": True}})
    (ada,) = _rows_of(service, "ada")
    link = service.links.make_unsubscribe(ada, "email")
    service.clock.turn(NOW + 400 * DAY)
    assert api("GET", link).status_code == 200
    assert service.consent("ada")["email"], "a link scanner's GET unsubscribes nobody"
    one_click = api("POST", link, data={"List-Unsubscribe": "One-Click"})
    assert one_click.status_code == 200
    assert service.consent("ada") == {"email": False, "sms": True}
    assert service.consent("bob") == {"email": not shared}
    assert [name for name, _ in service.events()].count("unsubscribe") == 1 + shared


def test_leaving_survives_a_merge(api: Caller, service: StubService) -> None:
    """A link in an old message still works for the row that its receiver became part of."""
    traits = {"email": "ada@example.com"}
    _identify(api, anonymousId="v1", traits=traits)
    (visitor,) = _rows_of(service, "v1")
    link = service.links.make_unsubscribe(visitor, "email")
    _identify(api, userId="ada", traits={**traits, "consent": {"email": True}})
    _identify(api, userId="ada", anonymousId="v1")
    assert api("POST", link).status_code == 200
    assert service.consent("ada") == {"email": False}


def test_confirmation_of_nobody(service: StubService) -> None:
    """A confirmation for a row that is gone confirms nothing."""
    assert isinstance(service.clock, SettableClock)
    told = Confirmation(4711, "email", "a@example.com", NOW)
    done = service.database.writer.run(lambda tx: leaving.confirm(tx, TYPES, NOW, told))
    assert done is False
