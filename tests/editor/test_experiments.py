"""What the flow's page shows of its experiments."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from editor.app import create_app
from editor.users import add_user
from tests.harness.workshop import DAY, Workshop

FLOW = """\
flow offers "Offers":
  enter when ordered
  goal purchase within 5 days
  holdout 20%
  experiment words "Which <words>?":
    50% as short:
      send email one
    else:
      send email two

flow plain "Nothing to compare":
  enter when subscribe
  send email three
"""
PASSWORD = "a long enough one"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    shop = Workshop(tmp_path, FLOW)
    for who, role in (("ada", "marketer"), ("eve", "viewer")):
        email = f"{who}@example.com"
        shop.service.writer.run(lambda tx, e=email, r=role: add_user(tx, e, PASSWORD, r, 1))
    for number in range(30):
        shop.happen(shop.customer(f"c{number}"), "ordered", total=100)
    shop.forward(DAY)
    made = TestClient(
        create_app(shop.service, shop.flows),
        base_url="http://127.0.0.1:8400",
        follow_redirects=False,
    )
    yield made
    shop.service.stop()


def sign_in(client: TestClient, who: str = "ada") -> None:
    page = client.get("/sign-in").text
    token = page.split('name="csrf" value="')[1].split('"')[0]
    form = {"email": f"{who}@example.com", "password": PASSWORD, "csrf": token}
    assert client.post("/sign-in", data=form).status_code == 303


def test_the_arms_stand_on_the_page_and_in_the_json(client: TestClient) -> None:
    """Each arm has its people and figures, with honest words while there are few."""
    assert client.get("/api/flows/offers/experiments").status_code in {302, 303, 401, 403}
    sign_in(client)
    told = client.get("/api/flows/offers/experiments").json()
    people = [arm["people"] for arm in told["experiments"][0]["arms"]]
    held = next(arm["people"] for arm in told["holdout"]["arms"] if arm["label"] == "holdout")
    assert sum(people) + held == 30
    part = client.get("/flows/offers/experiments", headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert 'data-arm="short"' in part
    assert "Which &lt;words&gt;?" in part
    assert "Not enough yet" in part
    assert 'hx-get="/flows/offers/experiments"' in client.get("/flows/offers").text


def test_a_flow_without_experiments_shows_none(client: TestClient) -> None:
    """Nothing is compared where nothing was asked; a flow that never was is not found."""
    sign_in(client)
    told = client.get("/api/flows/plain/experiments").json()
    assert (told["experiments"], told["holdout"]) == ([], None)
    assert "<table" not in client.get("/flows/plain/experiments").text
    assert client.get("/api/flows/nothing/experiments").status_code == 404


def test_an_experiment_is_ended_from_the_report_by_who_may_edit(client: TestClient) -> None:
    """Each experiment leads once to the dialog that ends it; a holdout ends in no arm, and whoever
    only looks is not sent there.
    """
    pages = ("/reports/experiments", "/flows/offers/experiments")
    sign_in(client, "eve")
    assert not [one for one in pages if "?end=" in client.get(one).text]
    client.cookies.clear()
    sign_in(client)
    for one in pages:
        assert client.get(one).text.count('href="/flows/offers?end=words"') == 1
        assert client.get(one).text.count("?end=") == 1
