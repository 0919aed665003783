"""Links of a text message are short, ours, and lead nowhere that the message did not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.messages.short_links import shortened
from tests.harness.providers import serving
from tests.harness.sms_shop import ADA, BEN, PUBLIC, SmsShop
from tests.harness.twilio import Twilio
from tests.harness.workshop import HOUR

LONG = "https://shop.example/products/a-tent-for-two-people?colour=green&utm_source=sms"
TEXT = f"{{{{ customer.first_name }}}}: {LONG}. Or https://other.example/{'x' * 60}\n"


def shop_of(tmp_path: Path, url: str, database_url: str | None) -> SmsShop:
    return SmsShop(tmp_path, url, database_url, TEXT)


def tracked(shop: SmsShop, customer: int) -> None:
    shop.service.writer.run(
        lambda tx: tx.execute(
            "insert into consent (customer, what, allowed, at) values (?, 'tracking', true, ?)",
            (customer, shop.clock.now()),
        )
    )


def link_in(text: str) -> str:
    [found] = re.findall(rf"{PUBLIC}/l/[0-9A-Za-z]{{10}}", text)
    return str(found)


def test_a_link_is_short_and_leads_to_the_shop(tmp_path: Path, database_url: str | None) -> None:
    """What stands in the text is our own host and ten letters; who follows it arrives, and is
    counted only where the person may be. Another host's link stays as it is.
    """
    twilio = Twilio()
    with serving(twilio) as url:
        shop = shop_of(tmp_path, url, database_url)
        ada, ben = shop.customer_with("ada", ADA), shop.customer_with("ben", BEN)
        tracked(shop, ben)
        shop.buy(ada)
        shop.buy(ben)
        first, second = (one["Body"] for one in twilio.sent)
        assert f": {link_in(first)}. Or https://other.example/xxx" in first
        assert link_in(first) != link_in(second)
        plain = shop.client.get(link_in(first), follow_redirects=False)
        assert (plain.status_code, plain.headers["Location"]) == (302, LONG)
        assert plain.headers["Cache-Control"] == "no-store, private"
        counted = shop.client.get(link_in(second), follow_redirects=False)
        assert counted.headers["Location"].startswith(f"{PUBLIC}/c/")
        arrived = shop.client.get(counted.headers["Location"], follow_redirects=False)
        assert arrived.headers["Location"] == LONG
        assert shop.client.head(link_in(first), follow_redirects=False).status_code == 302
        shop.service.stop()


def test_a_name_makes_no_link_of_ours(tmp_path: Path, database_url: str | None) -> None:
    """An address that somebody put into their name is not hidden behind our host."""
    twilio = Twilio()
    with serving(twilio) as url:
        shop = shop_of(tmp_path, url, database_url)
        ada = shop.customer_with("ada", ADA)
        evil = f"https://shop.example.evil.example/{'x' * 60}"
        shop.service.writer.run(
            lambda tx: tx.execute(
                "update customer set properties = ? where id = ?",
                (f'{{"id":"ada","phone":"{ADA}","first_name":"{evil}"}}'.encode(), ada),
            )
        )
        shop.buy(ada)
        assert twilio.sent[0]["Body"].startswith(f"{evil}: {PUBLIC}/l/")
        shop.service.stop()


def test_a_message_that_is_tried_again_has_the_same_links(
    tmp_path: Path, database_url: str | None
) -> None:
    """Every attempt says the same; nothing is kept twice."""
    twilio = Twilio(says={ADA: (429, 20429, "Too Many Requests")})
    with serving(twilio) as url:
        shop = shop_of(tmp_path, url, database_url)
        ada = shop.customer_with("ada", ADA)
        shop.buy(ada)
        del twilio.says[ADA]
        shop.forward(12 * HOUR)
        bodies = {one.form["Body"] for one in twilio.requests}
        assert len(twilio.requests) > 1
        assert len(bodies) == 1
        assert shop.rows("select count(*) from short_link") == [(1,)]
        shop.service.stop()


@pytest.mark.parametrize("code", ["0000000000", "x", "..%2f", "a" * 40, "%F0%9F%98%80", "a'--"])
def test_a_code_that_we_did_not_make(tmp_path: Path, database_url: str | None, code: str) -> None:
    """Nobody guesses a link; a wrong one says so."""
    with serving(Twilio()) as url:
        shop = shop_of(tmp_path, url, database_url)
        assert shop.client.get(f"/l/{code}", follow_redirects=False).status_code == 404
        shop.service.stop()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://a.example/pppppppppppppppp", "S"),
        ("https://www.a.example/pppppppppppppp,", "S,"),
        ("(https://m.a.example/pppppppppppppp)", "(S)"),
        ("https://a.example.b.example/ppppppp", "https://a.example.b.example/ppppppp"),
        ("https://ba.example/pppppppppppppppppp", "https://ba.example/pppppppppppppppppp"),
        ("https://a.example@b.example/pppppppp", "https://a.example@b.example/pppppppp"),
        ("https://[a.example/ppppppppppppppppp", "https://[a.example/ppppppppppppppppp"),
        ("no link", "no link"),
    ],
)
def test_only_the_shops_own_host_is_short(text: str, found: str) -> None:
    """Whatever stands around an address, and however it tries to look like the shop's."""
    assert shortened(text, "https://www.a.example", lambda _: "S") == found


def test_what_would_be_longer_stays() -> None:
    """A short link is one that is shorter."""
    short = "https://a.example/p"
    assert shortened(short, "https://a.example", lambda _: f"{short}xxx") == short
