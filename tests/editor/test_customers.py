"""The list of customers and the page of one."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from editor.users import add_user
from engine.intake.incoming import Incoming
from engine.intake.ingest import take
from engine.service.service import Service
from tests.editor.pages import NOW, PASSWORD, csrf, sign_in


def told(service: Service, *incoming: Incoming) -> None:
    service.writer.run(lambda tx: take(tx, list(incoming), service.deployment.types, NOW))


def links(html: str) -> list[str]:
    return re.findall(r'<a href="/customers/\d+">([^<]+)</a>', html)


def test_the_list_goes_on_to_the_first_customer(client: TestClient, service: Service) -> None:
    """Page after page shows everybody once, the newest first, with or without a search."""
    people = [
        Incoming("identify", f"m{n}", user=f"u{n:03}", traits={"first_name": f"Cus{n:03}"})
        for n in range(120)
    ]
    told(service, *people)
    sign_in(client)
    for start in ("/customers", "/customers?q=cUs"):
        seen: list[str] = []
        path = start
        while path:
            page = client.get(path).text
            seen += links(page)
            following = re.search(r'rel="next" href="([^"]+)"', page)
            path = following[1].replace("&amp;", "&") if following else ""
        assert seen == [f"Cus{n:03}" for n in reversed(range(120))]


def test_a_customer_is_found_by_any_name(client: TestClient, service: Service) -> None:
    """The beginning of a first, last or whole name, an address or a user id finds a person."""
    traits = {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com"}
    told(
        service,
        Incoming("identify", "m1", user="K-77", traits=traits),
        Incoming("identify", "m2", user="other", traits={"first_name": "Bob"}),
    )
    sign_in(client)
    for wanted in ("ada", "LOVE", "ada lov", "Ada@Ex", "k-7"):
        assert links(client.get("/customers", params={"q": wanted}).text) == ["Ada Lovelace"]
    for wanted in ("bob lov", "100%", "_da", "lace"):
        assert links(client.get("/customers", params={"q": wanted}).text) == []


def test_money_is_read_as_money(client: TestClient, service: Service) -> None:
    """An amount of 12.90 is shown as 12.90 with its currency, of a person, an event or an item."""
    items = [{"id": "mug", "price": 6.45, "quantity": 2}]
    told(
        service,
        Incoming("track", "m1", user="ada", event="purchase", properties={"items": items}),
        Incoming("track", "m2", user="ada", event="view_item", properties={"value": "7.5"}),
    )
    service.run_until_idle()
    sign_in(client)
    page = client.get("/customers/ada").text
    events = page.partition("<h2>Events</h2>")[2]
    assert "value: 12.90 EUR" in events
    assert "items: 2 × mug at 6.45 EUR" in events
    assert "1290" not in page


def test_no_link_stands_in_what_opens_a_run(client: TestClient, service: Service) -> None:
    """The line that folds a run away holds no second thing to press."""
    items = [{"id": "mug", "price": 6.45}]
    told(
        service,
        Incoming("track", "m1", user="ada", event="purchase", properties={"items": items}),
    )
    service.run_until_idle()
    sign_in(client)
    page = client.get("/customers/ada").text
    (summary,) = re.findall(r"<summary>(.*?)</summary>", page, re.DOTALL)
    assert "hello" in summary
    assert "<a " not in summary
    assert '<a href="/flows/hello">' in page


def test_a_viewer_sees_no_button_that_would_refuse(client: TestClient, service: Service) -> None:
    """Whoever may only look is offered nothing else; a marketer is."""
    service.writer.run(lambda tx: add_user(tx, "vera@example.com", PASSWORD, "viewer", NOW))
    token = csrf(client.get("/sign-in").text)
    client.post("/sign-in", data={"csrf": token, "email": "vera@example.com", "password": PASSWORD})
    assert "/hold?act=" not in client.get("/flows/hello").text
    service.hold("hello", "pause", "ada")
    page = client.get("/flows/hello").text
    assert "This flow is paused" in page
    assert "/hold?act=" not in page
    client.post("/sign-out", data={"csrf": csrf(page)})
    sign_in(client)
    assert "/hold?act=resume" in client.get("/flows/hello").text


@pytest.mark.parametrize(
    "path",
    [
        "/flows/hello/hold",
        "/flows/hello/hold?act=burn",
        "/customers/ada/flows",
        "/customers?before=x",
        "/confirm",
        "/sign-out",
    ],
)
def test_no_address_answers_a_person_in_json(client: TestClient, path: str) -> None:
    """An address that a form is sent to leads back to a page when somebody opens it."""
    sign_in(client)
    answer = client.get(path)
    assert answer.status_code == 303 or answer.headers["content-type"].startswith("text/html")
    assert answer.status_code in {303, 422}


def test_a_way_is_told_in_the_words_of_its_steps(client: TestClient, service: Service) -> None:
    """Steps are called as in the drawing, what became of them in the reader's language, and what
    is known of somebody by its title.
    """
    traits = {"email": "ada@example.com", "country": "DE", "shoe_size": 42}
    told(
        service,
        Incoming("identify", "m1", user="ada", traits=traits),
        Incoming("track", "m2", user="ada", event="purchase", properties={"value": 7}),
    )
    service.run_until_idle()
    service.clock.turn(NOW + 2 * 3_600_000)
    service.run_until_idle()
    sign_in(client)
    page = client.get("/customers/ada").text
    way = page.partition("<h2>Way")[2].partition("<h2>Properties</h2>")[0]
    for words in (">Enter when purchase<", ">Wait 1 hour<", ">If customer.country is", ">E-mail h"):
        assert words in way
    assert "no consent for email" in way
    for bare in (">wait_1_hour<", ">greeting<"):
        assert bare not in way
    assert '<dt title="country">Country</dt>' in page
    assert '<dt title="shoe_size">Shoe size</dt>' in page
    token = csrf(page)
    client.post("/language", data={"csrf": token, "language": "de", "back": "/customers/ada"})
    page = client.get("/customers/ada").text
    assert ">1 Stunde warten<" in page
    assert "keine Einwilligung für email" in page
    assert '<dt title="country">Land</dt>' in page


@pytest.mark.parametrize("url", ["https://[bad", "https://shop.example/cart?x=1", "https://"])
def test_an_address_of_an_event_is_short(client: TestClient, service: Service, url: str) -> None:
    """What every page of the shop begins with is not said again; what is no address stays so."""
    at = {"url": "https://shop.example/p", "path": "/p", "cart_url": url}
    told(service, Incoming("track", "m1", user="ada", event="view_cart", properties=at))
    service.run_until_idle()
    sign_in(client)
    events = client.get("/customers/ada").text.partition("<h2>Events</h2>")[2]
    shown = {"https://shop.example/cart?x=1": "cart url: /cart?x=1", "https://[bad": "https://[bad"}
    assert shown.get(url, "path: /p") in events
    assert "https://shop.example" not in events
