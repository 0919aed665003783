"""No page says a word past the catalogue: in a language that marks its words, all are marked.

Names, numbers, text of flows and diagnostics are the shop's own. Its names begin with `zq` here, so
that whatever else is not marked stands out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from editor.app import create_app
from editor.demo.world import DemoWorld
from editor.invitations import link_for
from editor.language import LANGUAGES
from editor.users import add_user, invite
from engine.clock import SettableClock
from engine.service.service import Service
from engine.settings import Settings
from engine.store.secrets import secret_of
from engine.store.writer import Transaction
from tests.editor.pages import MAIL, NOW, PASSWORD, csrf, sign_in

FLOW = """
store "zqshop":
  timezone "Europe/Berlin"
  currency EUR
  sender email "zqshop <shop@zq.example>"
  staff zqstaff "zq@zq.example"
  topic zqtopic "zqtopic"

event zqevent "zqevent":
  zqproperty text

webhook zqhook "zqhook":
  url "https://zq.example/"

score zqscore "zqscore":
  +1 on purchase

coupon zqcoupon "zqcoupon":
  10% off
  valid for 30 days

segment zqsegment "zqsegment":
  customer.orders >= 1

customer:
  zqown text

# zq
flow zqstarted "zqstarted":
  enter manually
  exit

flow zqflow "zqflow":
  about "zq"
  enter when purchase or product back in stock
  enter every monday at 10:00 for segment zqsegment
  enter every year 2 days before customer.birthday at 09:00
  only if customer can receive email
  re-enter after 7 days
  exit when customer joins segment zqsegment
  goal purchase within 7 days
  holdout 5%
  priority 1
  quiet hours 21:00 to 08:00
  go to zqlabel when zqevent

  wait up to 1 day for purchase or customer leaves segment zqsegment:
    go on
  else:
    wait until monday at 10:00
  wait until 10:00
  wait until best time within 1 day
  wait until 2 days before customer.birthday at 09:00
  # zq
  if cart.value > 300 and customer has tag "zqtag":
    send email zqmail:
      subject "zqsubject"
      products 4 similar to cart
      over limits wait up to 1 day
  else if count of purchase in last 30 days >= 2:
    show popup zqpopup on leaving for 2 days
  else:
    exit "zqreason"
  switch customer.country:
    case "zqland":
      notify zqstaff with zqteam
    else:
      call zqhook (zqname: 1)
  experiment zqexperiment "zqexperiment":
    50% as zqone:
      set customer.zqown to "zq"
      clear customer.zqown
    else as zqtwo:
      add tag "zqtag"
      remove tag "zqtag"
  wait 1 hour as zqlabel
  repeat 2 times:
    add 5 to score zqscore
    give coupon zqcoupon
    subscribe customer to zqtopic
    unsubscribe customer from email
  track zqevent (zqproperty: "zq")
  start flow zqstarted
  stop flow zqstarted
  go to zqlabel up to 3 times
  exit

test "zqtest" for zqflow:
  given customer (email: "zq@zq.example")
  start at 2026-11-27 10:00
  run for 2 days
  expect no message
"""
MESSAGES = {
    "zqmail.email.mjml": MAIL.replace("Hello", "zq"),
    "zqteam.staff.mjml": MAIL.replace("Hello", "zq"),
    "zqpopup.popup.html": "<p>zq</p>",
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("pseudo")
    flows = folder / "flows"
    (flows / "messages").mkdir(parents=True)
    (flows / "zq.flow").write_text(FLOW, encoding="utf-8")
    for name, text in MESSAGES.items():
        (flows / "messages" / name).write_text(text, encoding="utf-8")
    made = Service(folder / "data", flows, Settings(), SettableClock(NOW))
    made.start(background=False)
    made.writer.run(lambda tx: add_user(tx, "ada@example.com", PASSWORD, "admin", NOW))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def client(service: Service) -> TestClient:
    made = TestClient(
        create_app(service, service.flows_dir),
        base_url="http://127.0.0.1:8400",
        follow_redirects=False,
    )
    sign_in(made)
    return in_pseudo(made)


def in_pseudo(client: TestClient) -> TestClient:
    """Somebody whose session has the language that marks its words."""
    page = client.get("/sign-out").text + client.get("/sign-in").text
    client.post("/language", data={"csrf": csrf(page), "language": "qps"})
    return client


def outside(page: str) -> set[str]:
    """What a page says that neither is marked nor is data."""
    page = re.sub(r'(?s)<span class="words">.*?</button>', "</button>", page)  # its title says all
    page = re.sub(r"(?s)<(script|style|svg|code|pre|textarea|time)\b.*?</\1>", "\n", page)
    said = re.findall(r'(?:aria-label|aria-description|title|placeholder|alt)="([^"]*)"', page)
    page = re.sub(r"</?(a|strong|em|b)\b[^>]*>", "", page)
    said += re.sub(r"<[^>]*>", "\n", page).split("\n")
    found = set()
    for one in said:
        left = one
        while left != (left := re.sub(r"⟦[^⟦⟧]*⟧", "", left)):
            pass
        if re.search(r"[A-Za-z]{2}", DATA.sub("", left)):
            found.add(left.strip())
    return found


DATA = re.compile(
    r"[\w/]*zq[\w.]*|Headrace|DE|EN|ada@example\.com|[\w.]+@[\w.]+|\d\d [A-Z][a-z]{2} \d{4}|EUR"
    r"|\((Ctrl|Alt)\+\w+\)|\(Delete\)|· (email|sms|push|whatsapp)\b"
    r"|^(else|flow|holdout|Holdout)$"
    r"|count of purchase in last 30 days &gt;="
)
"""Names, addresses, days, keys, and text of flows."""
PAGES = (
    "/flows",
    "/flows/zqflow",
    "/flows/new",
    "/flows/zqflow/publish",
    "/publish",
    "/flows/zqflow/versions",
    "/flows/zqflow/experiments",
    "/flows/zqflow/hold?act=pause",
    "/flows/zqflow/hold?act=resume",
    "/flows/zqflow/hold?act=stop",
    "/users",
    "/account",
    "/customers",
    "/customers?q=zq",
    "/customers/zq",
    "/reports/shop",
    "/reports/flow/zqflow",
    "/reports/experiments",
    "/reports/deliverability",
    "/reports/behaviour",
    "/reports/cohorts",
    "/reports/people?kind=sent",
    "/segments",
    "/segments/zqsegment",
    "/sign-in",
    "/nowhere",
    "/flows/nowhere",
)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_in_the_catalogue(client: TestClient, path: str) -> None:
    """Whatever a page says can be said in another language."""
    page = client.get(path)
    assert page.status_code in {200, 404}
    assert outside(page.text) <= set(LANGUAGES.values()), path


def test_a_plan_is_in_the_catalogue(client: TestClient, service: Service) -> None:
    """What publishing would do: steps that are new, changed and gone, and the store's own lines."""
    file = service.flows_dir / "zq.flow"
    changed = FLOW.replace("wait 1 hour as", "wait 2 hours as").replace("  go on\n", "  exit\n")
    changed = changed.replace('      add tag "zqtag"\n', "      wait 3 days\n")
    file.write_text(changed.replace("zqshop", "zqother"), encoding="utf-8")
    try:
        page = client.get("/publish").text
    finally:
        file.write_text(FLOW, encoding="utf-8")
    assert {*re.findall('data-change="([a-z]+)"', page)} == {"added", "changed", "removed"}
    assert outside(page) <= set(LANGUAGES.values())


def test_a_page_too_old_to_sign_out_is_in_the_catalogue(client: TestClient) -> None:
    """It says that one is still signed in."""
    page = client.post("/sign-out", data={"csrf": "old"})
    assert page.status_code == 403
    assert outside(page.text) <= set(LANGUAGES.values())


def test_every_form_is_in_the_catalogue(client: TestClient) -> None:
    """The inspector of each kind of step, and of the flow itself."""
    steps = re.findall(r'<li data-key="([^"]+)"', client.get("/flows/zqflow").text)
    assert len(steps) > 25
    for step in steps:
        page = client.get(f"/flows/zqflow/inspector?step={step}")
        assert outside(page.text) == set(), step


def test_an_invitation_is_in_the_catalogue(service: Service) -> None:
    """So is the page on which somebody new chooses a password."""

    def work(tx: Transaction) -> str:
        return link_for(invite(tx, "zq@zq.example", "viewer", NOW), secret_of(tx), NOW)

    client = in_pseudo(TestClient(create_app(service, service.flows_dir)))
    page = client.get(f"/invitation/{service.writer.run(work)}")
    assert page.status_code == 200
    assert outside(page.text) <= set(LANGUAGES.values())


def test_the_demo_is_in_the_catalogue(tmp_path: Path) -> None:
    """Its first page and its inbox; the storefront is that of a German shop."""
    world = DemoWorld.open(tmp_path / "data")
    world.service.start(background=False)
    world.furnish("http://testserver")
    try:
        client = in_pseudo(TestClient(create_app(world.service, world.flows, demo=world)))
        said = outside(client.get("/demo").text) | outside(client.get("/demo/inbox").text)
        shown = {one.removeprefix("· ") for one in said}
        assert shown <= {*LANGUAGES.values(), "Alpenglow Outdoor"}
    finally:
        world.close()
