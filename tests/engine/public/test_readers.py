"""A click in a mail says who looks at the shop's pages, and opens nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from engine.core.model import DAY, HOUR, MINUTE, SECOND
from engine.intake import keys
from tests.engine.public.test_clicks import Shop

FRESH = "fresh-browser"


class Store(Shop):
    """The shop's pages stand where the mail's links lead."""

    def __init__(self, folder: Path, url: str | None) -> None:
        super().__init__(folder, url)
        self.settings.store_url = "https://shop.example"
        self.service.writer.run(
            lambda tx: keys.create(tx, "page", "browser", self.clock.now(), "page")
        )
        for product in ("tent", "stove"):
            told = {"id": product, "name": product, "price": 10, "url": f"https://x/{product}"}
            self("POST", "/v1/products", orjson.dumps(told))

    def say(self, path: str, told: Any, key: str = "page") -> dict[str, Any]:
        body = orjson.dumps({"writeKey": key, **told})
        answer = self("POST", path, body, key=key)
        return dict(answer.json()) if answer.content else {}

    def click(self, number: int = 0) -> str:
        """The token that the page of the shop finds in its address."""
        target = self("GET", self.links("c")[number]).headers["location"]
        return parse_qs(urlsplit(target).query).get("headrace", [""])[0]

    def arrive(self, token: str, visitor: str = FRESH) -> None:
        said = self.say("/v1/reached", {"anonymousId": visitor, "click": token})
        assert said == {"success": True}

    def view(self, product: str, visitor: str = FRESH, **more: Any) -> None:
        told = {"product_id": product, **more}
        self.say(
            "/v1/track",
            {"anonymousId": visitor, "event": "Product Viewed", "properties": told},
        )

    def viewed(self, user: str = "ada") -> list[dict[str, Any]]:
        with self.service.database.reader() as reader:
            found = reader.rows(
                "select properties from event where name = 'view_item' and customer ="
                " (select customer from identity where kind in ('user', 'anonymous')"
                " and value = ?) order by id",
                (user,),
            )
        return [orjson.loads(told) for (told,) in found]

    def about(self, user: str = "ada") -> list[Any]:
        """All that is known of somebody."""
        with self.service.database.reader() as reader:
            ((customer, properties),) = reader.rows(
                "select id, properties from customer where id = (select customer from identity"
                " where value = ? and kind in ('user', 'anonymous'))",
                (user,),
            )
            return [
                orjson.loads(properties),
                *reader.rows("select kind, value from identity where customer = ?", (customer,)),
                *reader.rows("select what, allowed from consent where customer = ?", (customer,)),
            ]


@pytest.fixture
def shop(tmp_path: Path, database_url: str | None) -> Iterator[Store]:
    shop = Store(tmp_path, database_url)
    shop.move(HOUR)
    yield shop
    shop.service.stop()


def test_a_click_says_who_reads(shop: Store) -> None:
    """A fresh browser's product views are the mail's customer's, from the click on."""
    shop.arrive(shop.click())
    shop.view("tent")
    shop.move(9 * SECOND)
    assert shop.viewed() == [], "nobody knows yet who clicked"
    shop.move(SECOND)
    assert [one["item"] for one in shop.viewed()] == ["tent"]
    shop.view("stove")
    assert [one["item"] for one in shop.viewed()] == ["tent", "stove"]
    shop.move(91 * DAY)
    shop.view("tent")
    assert len(shop.viewed()) == 2, "after 90 days without a click it may be anybody's"


def test_a_page_that_is_slow(shop: Store) -> None:
    """A page that hands the number back after the judgement is in time for five minutes."""
    token = shop.click()
    shop.move(MINUTE)
    shop.arrive(token)
    shop.view("tent")
    assert len(shop.viewed()) == 1
    late = shop.click(1)
    shop.move(5 * MINUTE + 1)
    shop.arrive(late, "late")
    shop.view("tent", "late")
    assert len(shop.viewed()) == 1


def test_a_scanner_that_runs_scripts(shop: Store) -> None:
    """What a machine looks at counts for nobody, also where it hands the number back."""
    shop.arrive(shop.click())
    shop.view("tent")
    for link in shop.links("h"):
        shop("GET", link)
    shop.move(HOUR)
    shop.view("stove")
    assert shop.viewed() == []


def test_a_forwarded_mail(shop: Store) -> None:
    """Who gets the mail passed on is not its reader; a number works once."""
    token = shop.click()
    shop.arrive(token)
    shop.move(MINUTE)
    shop.arrive(token, "thief")
    shop.arrive(shop.click(1), "friend")
    shop.move(MINUTE)
    shop.view("tent", "thief")
    shop.view("tent", "friend")
    assert shop.viewed() == []


def test_a_forwarded_mail_takes_nobody_over(shop: Store) -> None:
    """The first to click may be a friend: nothing of the customer is read, written or taken."""
    before = shop.about()
    shop.arrive(shop.click())
    shop.move(MINUTE)
    shop.view("tent", name="Buy at evil.example", note="evil words")
    assert all("evil" not in str(told) for told in shop.viewed())
    for traits in ({"first_name": "Eve"}, {"consent": {"email": False, "tracking": False}}):
        shop.say("/v1/identify", {"anonymousId": FRESH, "traits": traits})
    where = f"/v1/onsite?writeKey=page&anonymousId={FRESH}&path=/"
    assert shop("GET", where).json() == {"messages": []}
    mark = ("reader", FRESH)
    assert [one for one in shop.about() if one != mark] == before
    # The friend buys as a guest, then signs in: both are about the friend.
    guest = {"anonymousId": FRESH, "traits": {"email": "eve@example.com"}}
    shop.say("/v1/identify", guest, key="demo")
    shop.say("/v1/identify", {"userId": "eve", "anonymousId": FRESH}, key="demo")
    shop.say("/v1/alias", {"userId": "eve2", "previousId": FRESH}, key="demo")
    shop.view("stove")
    assert shop.about() == before
    assert [one["item"] for one in shop.viewed()] == ["tent"]
    assert shop.about("eve")[0]["email"] == "eve@example.com"


def test_a_form_says_who_it_is(shop: Store) -> None:
    """Who tells an address of their own is no longer taken for the mail's reader."""
    shop.arrive(shop.click())
    shop.move(MINUTE)
    told = {"email": "eve@example.com", "consent": {"email": True}}
    shop.say("/v1/identify", {"anonymousId": FRESH, "traits": told})
    shop.view("tent")
    assert (shop.viewed(), len(shop.viewed(FRESH))) == ([], 1)


def test_somebody_stays_who_they_are(shop: Store) -> None:
    """A browser in which somebody else has signed in is not the mail's customer's."""
    shop.say("/v1/identify", {"userId": "bob", "anonymousId": "bobs"}, key="demo")
    shop.arrive(shop.click(), "bobs")
    shop.move(MINUTE)
    shop.view("tent", "bobs")
    assert (shop.viewed(), len(shop.viewed("bob"))) == ([], 1)


def test_no_number_for_others(shop: Store) -> None:
    """The number goes to the shop's own pages, and nowhere without consent to be counted."""
    shop.settings.store_url = "https://elsewhere.example"
    assert shop.click() == ""
    shop.settings.store_url = "https://shop.example"
    token = shop.click(1)
    told = {"userId": "ada", "traits": {"consent": {"tracking": False}}}
    shop("POST", "/v1/identify", orjson.dumps(told))
    shop.arrive(token)
    shop.move(MINUTE)
    shop.view("tent")
    assert shop.viewed() == []


@pytest.mark.parametrize("token", ["", "x", "é", "AAAA", "a" * 3000])
def test_made_up_numbers(shop: Store, token: str) -> None:
    """Nobody can make a number up, and nobody learns whether one was good."""
    shop.arrive(token)
    for told in ({"anonymousId": 7, "click": "x"}, {"anonymousId": "v"}, {"click": "x"}):
        assert shop.say("/v1/reached", told)["code"] == "invalid"
    assert shop.say("/v1/reached", {}, key="none")["code"] == "unauthorized"


def test_an_old_mail_says_nothing(shop: Store) -> None:
    """A mail of last week may have been passed on: its clicks identify nobody."""
    shop.move(8 * DAY)
    shop.arrive(shop.click())
    shop.move(MINUTE)
    shop.view("tent")
    assert shop.viewed() == []
