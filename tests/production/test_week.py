"""A shop's week: the example shop as it stands, with e-mail, text messages and pushes leaving by
their real drivers, to servers of this machine that behave as the real ones do.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest

from dsl import tree
from dsl.project import load_project
from engine.clock import SettableClock
from engine.core.facts import CONTACT
from engine.core.model import HOUR
from tests.harness.providers import serving
from tests.harness.push_service import Browser, PushService
from tests.harness.twilio import ACCOUNT, TOKEN, Twilio, signed
from tests.production.house import PUBLIC, House, Mailbox, mailbox

ROOT = Path(__file__).parents[2]
MONDAY = round(datetime(2026, 3, 2, 8, tzinfo=UTC).timestamp() * 1000)  # 09:00 in the shop
HERE = """\
from dataclasses import replace
from ipaddress import ip_address

from engine.channels.drivers import web_push
from tests.harness.push_service import ToThisMachine


async def anywhere(_host, _port):
    return [ip_address("93.184.216.34")]


def make(settings, house):
    way = ToThisMachine("PUSH_SERVICE")
    return web_push.WebPush(settings, house, resolve=anywhere, transport=way)


DRIVER = replace(web_push.DRIVER, name="here", make=make)
"""
"""The driver for pushes, whose way ends at this machine."""
DATABASES = ("sqlite", "postgresql") if "HEADRACE_PRODUCTION" in os.environ else ("sqlite",)

Sends = dict[tuple[str, str], tuple[str, ...]]


@dataclass
class PunctualService(PushService):
    """A push service that has the shop's time."""

    clock: SettableClock = field(default_factory=lambda: SettableClock(0))

    def answer(self, request: Any) -> Any:
        self.now = self.clock.now() // 1000
        return super().answer(request)


class Person(NamedTuple):
    """Who has these channels, and agrees to `agreed` of them."""

    name: str
    language: str
    channels: tuple[str, ...]
    agreed: bool = True

    @property
    def contact(self) -> dict[str, str]:
        number = f"+49151{sum(map(ord, self.name)):07}"
        known = {"email": f"{self.name}@people.example", "sms": number}
        return {CONTACT[it]: known[it] for it in self.channels if it in known}


PEOPLE = (
    Person("ada", "de", ("email",)),
    Person("ben", "en", ("email", "sms", "push")),
    Person("cem", "sr", ("email", "push")),
    Person("dora", "de", ("sms",)),
    Person("emil", "en", ("push",)),
    Person("fay", "sr", ("sms", "push")),
    Person("gus", "en", ()),
    Person("hana", "de", ("email", "sms"), agreed=False),
    Person("ivo", "de", ("sms",)),  # whose number is dead
    Person("jo", "de", ("push",)),
)


class Got(NamedTuple):
    """One message, as its receiver has it."""

    who: str
    channel: str
    key: str
    text: str


class Week:
    """The shop, and the three who deliver for it."""

    def __init__(self, folder: Path, database_url: str | None, box: Mailbox) -> None:
        self._folder, self._database_url, self._box = folder, database_url, box
        self.push, self.twilio = PunctualService(), Twilio()
        self._browsers = {it.name: Browser(f"/push/{it.name}") for it in PEOPLE}

    def open(self, to_push: str, to_sms: str) -> None:
        folder = self._folder / "drivers"
        folder.mkdir()
        (folder / "push_here.py").write_text(HERE.replace("PUSH_SERVICE", to_push), "utf-8")
        drivers = {
            "drivers": str(folder),
            "push": "here",
            "push_contact": "mailto:hello@shop.example",
            "sms": "twilio",
            "twilio_account": ACCOUNT,
            "twilio_token": TOKEN,
            "twilio_url": to_sms,
        }
        data = self._folder / "data"
        self.house = House(ROOT / "flows", data, self._database_url, self._box, MONDAY, drivers)
        self.push.clock = self.house.clock
        key = self.house.key
        self.push.public = self.house.get(f"/v1/push?writeKey={key}")["publicKey"]

    def come(self, person: Person) -> None:
        """Somebody leaves what they have, and says what may be used."""
        agreed = {it: person.agreed for it in person.channels if it != "push"}
        traits = {"first_name": person.name.title(), "language": person.language}
        self._say("identify", person, traits={**traits, **person.contact, "consent": agreed})
        if "push" in person.channels:
            told = {"writeKey": self.house.key, "userId": person.name, "permission": "granted"}
            browser = self._browsers[person.name].as_json()
            self.house.post("/v1/push", {**told, "subscription": browser})

    def _say(self, kind: str, person: Person, **told: Any) -> None:
        self.house.post(f"/v1/{kind}", {"userId": person.name, **told})

    def all_do(self, event: str, **properties: Any) -> None:
        for person in PEOPLE:
            own = {name: str(told).format(person.name) for name, told in properties.items()}
            self._say("track", person, event=event, properties={**properties, **own})

    def stock(self, **pieces: int) -> None:
        for sku, count in pieces.items():
            told = {"name": sku.title(), "price": 249, "category": sku, "stock": count}
            self.house.put(f"/v1/products/{sku}", {**told, "url": f"https://shop.example/{sku}"})

    def forward(self, hours: float) -> None:
        self.house.run_to(self.house.clock.now() + round(hours * HOUR))

    def status(self, sms: dict[str, str], status: str, error: str = "") -> None:
        """Twilio tells what became of a text, where it was asked to."""
        form = {"MessageSid": "SM1", "MessageStatus": status, "To": sms["To"], "ErrorCode": error}
        url = sms["StatusCallback"]
        headers = {"x_twilio_signature": signed(url, form)}
        self.house.tell(url.removeprefix(PUBLIC), form, **headers)

    def pass_by(self) -> None:
        """What happens from Monday to Monday."""
        self.stock(tent=5, boots=5, mug=5)
        for person in PEOPLE:
            self.come(person)
        self.all_do("subscribe")
        self.forward(1)
        dead = PEOPLE[8].contact["phone"]
        (sms,) = [it for it in self.twilio.sent if it["To"] == dead]
        for _ in range(2):
            self.status(sms, "undelivered", "30005")
        self.forward(1)
        self.all_do("notify_me", item="boots")
        self.all_do("add_to_cart", item="tent", value=249)
        self.forward(30)
        self.stock(boots=0)
        self.forward(2)
        self.stock(boots=5)
        self.forward(24)
        self.all_do("purchase", order_id="o-{}", value=249, item="tent")
        self.forward(10)
        self.all_do("shipped", order_id="o-{}", tracking_url="https://carrier.example/1")
        self.forward(7 * 24 - 68)

    def got(self) -> list[Got]:
        """What the three servers have, as its receivers read it."""
        by_number = {it.contact.get("phone"): it.name for it in PEOPLE}
        found = []
        for letter, mail in zip(self._box.letters, self._box.mails, strict=True):
            body = mail.get_body(("html",))
            assert body is not None
            found.append(Got(letter.to.partition("@")[0], "email", letter.key, body.get_content()))
        for sms in self.twilio.sent:
            key = parse_qs(urlsplit(sms["StatusCallback"]).query)["key"][0]
            found.append(Got(by_number[sms["To"]], "sms", key, sms["Body"]))
        for request in self.push.requests:
            who = request.path.rpartition("/")[2]
            told = self._browsers[who].read(request)
            found.append(Got(who, "push", told["tag"], f"{told['title']}\n{told['body']}"))
        return found


def in_language(got: Got, message: str, language: str) -> bool:
    """Whether it is this message in this language: a mail says so, a short one bears the longest
    piece without a value of its file.
    """
    if got.channel == "email":
        return f'<html lang="{language}"' in got.text
    middle = "" if language == "de" else f".{language}"
    file = ROOT / "flows" / "messages" / f"{message}{middle}.{got.channel}.liquid"
    pieces = re.split(r"\{[{%].*?[%}]\}|\n", file.read_text("utf-8").split("---\n")[-1])
    return max(pieces, key=len).strip() in got.text


@pytest.fixture(scope="module")
def sends() -> Sends:
    """The channels of each send of the example flows, by flow and step."""
    return {
        (flow, node.id): tuple(node.step.channels)
        for flow, graph in load_project(ROOT / "flows").graphs.items()
        for node in graph.nodes
        if isinstance(node.step, tree.Send)
    }


@pytest.mark.timeout(180)
@pytest.mark.parametrize("new_database", DATABASES, indirect=True)
def test_a_shops_week(tmp_path: Path, sends: Sends, new_database: Callable[[], str | None]) -> None:
    """Each message arrives once, in its receiver's language, on the first channel that reaches
    them; whom no channel reaches gets nothing, and each time the reason is written down.
    """
    with mailbox() as box:
        week = Week(tmp_path, new_database(), box)
        with serving(week.push) as to_push, serving(week.twilio) as to_sms:
            week.open(to_push, to_sms)
            try:
                week.pass_by()
                got = week.got()
                stories = {it.name: week.house.trace(it.name)["runs"] for it in PEOPLE}
            finally:
                week.house.close()
    assert len({(it.who, it.channel, it.key) for it in got}) == len(got), "each once"
    why: dict[str, set[str]] = {}
    for person in PEOPLE:
        name = person.name
        theirs = [it for it in got if it.who == name]
        sent = []
        for run in stories[name]:
            for step in run["steps"]:
                channels = sends.get((run["flow"], step["step"]))
                if channels is not None and step["outcome"] == "skipped":
                    why.setdefault(name, set()).add(step["detail"])
                elif channels is not None and step["outcome"] == "sent":
                    channel, message = step["detail"].split()
                    assert channel == next(it for it in channels if it in person.channels)
                    sent.append((channel, message))
        assert Counter(it.channel for it in theirs) == Counter(channel for channel, _ in sent)
        for channel, message in sent:
            found = [it for it in theirs if it.channel == channel]
            assert any(in_language(it, message, person.language) for it in found), (name, message)
    languages = {it.name: it.language for it in PEOPLE}
    assert len({(it.channel, languages[it.who]) for it in got}) == 9, "all channels, all languages"
    assert not [it for it in got if it.who == "gus"]
    assert why["gus"] >= {"no e-mail address", "no e-mail address; no phone number; no push token"}
    assert "no push token; no consent for sms; no consent for email" in why["hana"]
    assert [it.channel for it in got if it.who == "ivo"] == ["sms"], "the number is dead"
    assert any("sms is suppressed: bounced" in it for it in why["ivo"])
    assert "" not in set().union(*why.values())
