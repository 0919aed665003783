"""Addresses that another system had to stop writing to."""

from __future__ import annotations

from typing import Any

import pytest

from engine.imports.suppressions import PASSED_OVER
from engine.store.secrets import secret_of
from engine.store.suppression import Suppressions
from tests.engine.imports.counter import Counter


def listed(counter: Counter, *addresses: str) -> dict[str, str]:
    """Of these those that are suppressed, and why."""

    def work(tx: Any) -> dict[str, str]:
        found = Suppressions(bytes.fromhex(secret_of(tx)))
        found.read(tx)
        return {
            one: reason
            for one in addresses
            for reason in found.of({"email": one, "phone": one}).values()
        }

    return counter.writer.run(work)


EXPORTS = {
    "headrace": (
        "address,reason,time\nada@s.example,bounced,2025-01-02\n+4915112345678,STOP,\n",
        {"ada@s.example": "bounced"},
    ),
    "postmark": (
        (
            "EmailAddress,SuppressionReason,Origin,CreatedAt\n"
            "ada@s.example,HardBounce,Recipient,2025-01-02T10:00:00-05:00\n"
            "bob@s.example,SpamComplaint,Recipient,2025-01-02T10:00:00-05:00\n"
            "eve@s.example,ManualSuppression,Recipient,2025-01-02T10:00:00-05:00\n"
        ),
        {"ada@s.example": "bounced", "bob@s.example": "complained"},
    ),
    "sendgrid bounces": (
        (
            "status,reason,email,created\n"
            "5.1.1,550 5.1.1 no such user,ada@s.example,1735776000\n"
            "5.7.1,550 5.7.1 IP blocked,bob@s.example,1735776000\n"
        ),
        {"ada@s.example": "bounced"},
    ),
    "sendgrid spam reports": (
        "email,ip,created\nada@s.example,192.0.2.1,1735776000\n",
        {"ada@s.example": "complained"},
    ),
    "mailchimp cleaned": (
        (
            "Email Address,First Name,CLEAN_TIME,CLEAN_CAMPAIGN_TITLE\n"
            "ada@s.example,Ada,2025-01-02 10:00:00,Spring\n"
        ),
        {"ada@s.example": "bounced"},
    ),
    "mailchimp unsubscribed": (
        "Email Address,UNSUB_TIME,UNSUB_REASON\nada@s.example,2025-01-02 10:00:00,NORMAL\n",
        {},
    ),
    "klaviyo": (
        (
            "Email,Suppression Reason,Timestamp\n"
            "ada@s.example,HARD_BOUNCE,2025-01-02T10:00:00Z\n"
            "bob@s.example,USER_SUPPRESSED,2025-01-02T10:00:00Z\n"
            "eve@s.example,they sued us,2025-01-02T10:00:00Z\n"
        ),
        {"ada@s.example": "bounced", "eve@s.example": "they sued us"},
    ),
}


@pytest.mark.parametrize("whose", EXPORTS)
def test_the_usual_exports(counter: Counter, whose: str) -> None:
    """Dead addresses and complaints of the usual exports are suppressed; blocks and leaves not."""
    content, expected = EXPORTS[whose]
    assert counter.take("suppressions", content)["skipped"] == []
    assert listed(counter, "ada@s.example", "bob@s.example", "eve@s.example") == expected


def test_who_left_elsewhere_has_left_here(either: Counter) -> None:
    """Who left is off the list, known before or after, unless they agreed again since."""
    people = (
        "email,consent_email,consent_email_at\n{}@s.example,yes,2025-01-01\n"
        "again{}@s.example,yes,2025-03-01\n"
    )
    either.take("customers", people.format("ada", "ada"))
    stops = "email,reason,time\n" + "".join(
        f"{name}@s.example,Unsubscribed,2025-02-01\n"
        for name in ("ADA", "againada", "bob", "againbob")
    )
    report = either.take("suppressions", stops, "stops.csv")
    assert (report["written"], report["skipped"]) == (4, [])
    either.take("customers", people.format("bob", "bob"), "more.csv")
    agreed = either.rows(
        "select c.properties from customer c join consent k on k.customer = c.id and k.allowed"
        " where k.what = 'email' order by c.id"
    )
    assert ["again" in str(row[0]) for row in agreed] == [True, True]
    ((source,),) = either.rows("select source from consent_proof where act = 'withdrawn'")
    assert source == "import of stops.csv"
    assert either.rows(
        "select count(*) from pending p join event e on e.id = p.id where e.enters"
    ) == [(0,)]


def test_bad_rows_are_named(counter: Counter) -> None:
    """What is no address, channel or time is rejected with its line; the others are taken."""
    content = (
        "email,reason,time,channel\nada@,bounce,,\nbob@s.example,bounce,yesterday,\n"
        "eve@s.example,bounce,,fax\n,bounce,,\nfay@s.example,soft bounce,,\nzoe@s.example,,,\n"
    )
    report = counter.take("suppressions", content)
    assert [each["line"] for each in report["skipped"]] == [2, 3, 4, 5]
    assert report["warnings"] == {PASSED_OVER: 1}
    assert listed(counter, "zoe@s.example", "fay@s.example") == {"zoe@s.example": "import"}
    assert counter.take("suppressions", content)["written"] == 0, "it was imported before"
