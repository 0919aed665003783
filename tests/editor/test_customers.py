"""The list of customers and the page of one."""

from __future__ import annotations

import re

from fastapi.testclient import TestClient

from engine.intake.incoming import Incoming
from engine.intake.ingest import take
from engine.service.service import Service
from tests.editor.pages import NOW, sign_in


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
