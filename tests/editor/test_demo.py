"""The demo behind its pages: what scripts and newcomers may rely on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from fastapi.testclient import TestClient

from editor import git
from editor.app import create_app
from editor.demo.pictures import picture
from editor.demo.products import CATEGORIES, PRODUCTS
from editor.demo.visit import Visit
from editor.demo.world import DemoWorld, distance
from engine.core import calendar
from engine.core.model import DAY, HOUR
from engine.projects.example import example_flows

ADDRESS = "http://testserver"


def opened(data: Path) -> DemoWorld:
    world = DemoWorld.open(data)
    world.service.start(background=False)
    world.furnish(ADDRESS)
    return world


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Iterator[DemoWorld]:
    made = opened(tmp_path_factory.mktemp("demo") / "data")
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(world: DemoWorld) -> TestClient:
    return TestClient(
        create_app(world.service, world.flows, demo=world), raise_server_exceptions=False
    )


def test_the_demo_writes_to_a_shop_of_its_own(world: DemoWorld) -> None:
    """Its flows are a copy in its data folder, with a first commit; the installed ones stay."""
    assert world.flows == world.service.data_dir / "flows"
    installed = {
        path.relative_to(example_flows()) for path in example_flows().rglob("*") if path.is_file()
    }
    assert all((world.flows / path).is_file() for path in installed)
    assert git.is_repository(world.flows)
    assert git.commit_files(
        world.flows, map(str, installed), git.Author("", ""), "", 0
    ).outcome == ("nothing")


def test_the_clock_starts_at_ten_in_the_shop(world: DemoWorld) -> None:
    """Whenever the demo is first started, it is ten o'clock where the shop is."""
    local = calendar.local(world.service.clock.now(), "Europe/Berlin")
    assert (local.hour, local.minute) == (10, 0)


def test_turning_the_clock_answers_when_the_work_is_done(client: TestClient) -> None:
    """A cart told by a script is a mail as soon as the clock has been turned by an hour."""
    told = {
        "userId": "ada",
        "event": "Product Added",
        "properties": {"product_id": "tent-2p", "price": 249, "quantity": 1},
    }
    assert client.post("/v1/track", json=told, auth=("demo", "")).status_code == 200
    answer = client.post("/demo/clock", json={"forward": "1 hour"})
    assert answer.status_code == 200
    assert answer.json()["now"].endswith("Z")

    letters = client.get("/demo/inbox.json").json()
    mine = [each for each in letters if each["to"] == "ada@example.com"]
    assert [each["message"] for each in mine] == ["cart_reminder"]
    assert {"to", "channel", "subject", "message", "flow", "at", "html", "text"} <= mine[0].keys()
    assert mine[0]["flow"] == "abandoned_cart"
    assert "Ada" in mine[0]["subject"]
    assert "Kuppelzelt Kar 2" in mine[0]["html"]
    assert "Kuppelzelt Kar 2" in mine[0]["text"]
    assert letters == sorted(letters, key=lambda each: each["at"], reverse=True)


@pytest.mark.parametrize(
    "said", ["", "tomorrow", "-1 day", "1", "1 fortnight", "99999999 days", "401 days", "1.5 hours"]
)
def test_the_clock_takes_only_what_it_understands(client: TestClient, said: str) -> None:
    """Anything that is no stretch of time is refused with a sentence, and nothing moves."""
    before = client.app.pages.app.state.service.clock.now()  # type: ignore[attr-defined]
    answer = client.post("/demo/clock", json={"forward": said})
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert client.app.pages.app.state.service.clock.now() - before < HOUR  # type: ignore[attr-defined]


def test_stretches_of_time_are_read_as_they_are_said() -> None:
    """Minutes, hours, days and weeks count in milliseconds."""
    assert distance("1 hour") == HOUR
    assert distance("90 minutes") == 90 * HOUR // 60
    assert distance("2 weeks") == 14 * DAY


def test_another_site_cannot_turn_the_clock(client: TestClient) -> None:
    """A write that a browser sends from elsewhere is refused, whatever it holds."""
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = client.post("/demo/clock", content='{"forward": "1 hour"}', headers=headers)
        assert answer.status_code == 403
    assert client.post("/demo/clock", data={"forward": "1 hour"}).status_code == 403


def test_the_browser_key_cannot_order(client: TestClient) -> None:
    """What stands in the storefront's pages for all to read is no way to make orders."""
    order = {"anonymousId": "somebody", "event": "Order Completed", "properties": {"value": 9}}
    answer = client.post("/v1/track", json=order, auth=("demo-browser", ""))
    assert answer.status_code == 403


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_product_has_a_picture_and_a_shelf(client: TestClient, product: str) -> None:
    """Each product is drawn as well-formed SVG without scripts, and stands in a known category."""
    drawn = picture(product)
    assert drawn is not None
    names = {element.tag.rpartition("}")[2] for element in ET.fromstring(drawn).iter()}
    assert "script" not in names
    assert PRODUCTS[product].category in CATEGORIES
    assert client.get(PRODUCTS[product].picture).headers["content-type"] == "image/svg+xml"


def test_the_link_of_a_cart_brings_it_back_in_another_browser(client: TestClient) -> None:
    """What is sold comes back, once; what lies in a cart already is left as it is."""
    visit = Visit(cart={"tent-2p": 1, "mug": 2})
    address = visit.told("")["cart_url"]
    page = client.get(f"{address}~hammock.1~nothing.3~mug.x")
    assert page.status_code == 200
    assert "Kuppelzelt Kar 2" in page.text
    assert "Emaillebecher" in page.text
    assert "Hängematte" not in page.text
    assert "Göffel" not in client.get("/demo/shop/cart/saved/spork.1").text


def test_the_shelves_show_what_the_catalogue_says(client: TestClient) -> None:
    """A price or a stock that the shop's server tells while the demo runs stands there at once."""
    told = [{"id": "mat", "price": 77.5, "old_price": 119, "stock": 2}, {"id": "mug", "stock": 0}]
    assert client.post("/v1/products", json=told, auth=("demo", "")).status_code == 200
    page = client.get("/demo/shop/p/mat").text
    assert "77,50" in page
    assert "119,00" in page
    assert "Nur noch 2 auf Lager" in page
    assert "77,50" in client.get("/demo/shop?category=sleeping").text
    assert "Ausverkauft" in client.get("/demo/shop/p/mug").text
    undo = [PRODUCTS[name].row(ADDRESS) for name in ("mat", "mug")]
    client.post("/v1/products", json=undo, auth=("demo", ""))


def test_there_are_no_pictures_of_other_things(client: TestClient) -> None:
    """A picture, a product or a letter that does not exist is a kind 404."""
    for path in ("/demo/pictures/no.svg", "/demo/shop/p/no", "/demo/inbox?letter=999999"):
        assert client.get(path).status_code == 404


def test_a_mail_is_shown_without_any_rights(client: TestClient, world: DemoWorld) -> None:
    """The frame of a mail runs no script and sends no form, and its links open elsewhere."""
    letter = world.inbox.add(
        to="x@example.com", channel="email", at=1, html="<html><head></head><script>1</script>"
    )
    answer = client.get(f"/demo/inbox/{letter.number}/html")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox")
    assert "allow-scripts" not in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert '<head><base target="_blank">' in answer.text


def test_what_is_searched_for_is_text(client: TestClient) -> None:
    """Markup in a search shows as the letters that it is."""
    nasty = "\"><img src=x onerror=alert(1)> {{7*7}} '"
    for path in ("/demo/shop", "/demo/inbox", "/customers"):
        answer = client.get(path, params={"q": nasty, "to": nasty})
        assert answer.status_code == 200
        assert "<img src=x" not in answer.text
        assert "{{7*7}}" in answer.text


def test_the_demo_goes_on_where_it_ended(tmp_path: Path) -> None:
    """After a restart the clock stands where it stood, and nothing is furnished twice."""
    first = opened(tmp_path)
    ended = first.forward(3 * DAY)
    letters = len(first.inbox)
    first.close()
    second = opened(tmp_path)
    try:
        assert 0 <= second.service.clock.now() - ended < HOUR
        assert len(second.inbox) == letters
        with second.service.database.reader() as reader:
            assert reader.rows("select count(*) from customer") == [(200,)]
    finally:
        second.close()
