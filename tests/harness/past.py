"""A small shop with a past: what people and the shop do there, and how it is played again."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path
from typing import Any

from engine.backtest.backtest import backtest
from engine.backtest.result import BacktestResult
from engine.core.model import MINUTE, Instant
from engine.intake import engagement, touches
from engine.intake.incoming import Incoming
from engine.intake.ingest import take
from engine.messages.links import MessageRef, Unsubscribe
from engine.publishing import brakes
from engine.runtime.manual import Request
from engine.store import products
from engine.store.writer import Transaction
from tests.harness.workshop import Workshop

HEAD = """\
store "Shop":
  timezone "Europe/Berlin"
  currency EUR
  sender email "Shop <shop@shop.example>"
  limit 2 email per week
  quiet hours 22:00 to 07:00

customer:
  tier text

event ordered:
  total money
  note text

score warmth:
  +10 on view_item

segment warm:
  score.warmth > 15

segment golden:
  customer.tier is "gold"

"""
FLOWS = """\
flow carts:
  enter when add_to_cart
  exit when purchase
  goal purchase within 3 days
  wait 2 hours
  send email one
  wait up to 1 day for click_email:
    add tag "clicked"
  else:
    send email two

flow thanks:
  enter when purchase
  re-enter after 2 days
  only if customer.orders > 1
  wait 10 minutes
  send email three

flow gold:
  enter when customer joins segment golden
  send email two

flow warm_ones:
  enter when customer joins segment warm
  wait 1 hour
  if customer.tier is "gold":
    send email one
  else:
    send email three

flow weekly:
  enter every day at 09:00 for segment golden
  enter manually
  wait 1 hour
  send email three

flow back:
  enter when product back in stock for customers who did view_item of this product
  send email two
"""
NUMBERS = itertools.count()


def tell(shop: Workshop, kind: str, user: str, **told: Any) -> None:
    now = shop.clock.now()
    call = Incoming(kind, f"b{next(NUMBERS)}", user=user, source="key shop", **told)  # type: ignore[arg-type]
    shop.service.writer.run(lambda tx: take(tx, [call], shop.service.deployment.types, now))
    shop.forward()


def join(shop: Workshop, user: str, **traits: Any) -> None:
    about = {"email": f"{user}@shop.example", **traits}
    tell(shop, "identify", user, traits=about, consent={"email": True, "tracking": True})


def stock(shop: Workshop, product: str, number: int) -> None:
    read = shop.service.deployment.types.read_product({"name": product, "stock": number})
    now = shop.clock.now()
    shop.service.writer.run(lambda tx: products.put(tx, product, read, now))
    shop.forward()


def play(
    shop: Workshop,
    since: Instant,
    until: Instant = 0,
    flows: Path | None = None,
    flow: str = "",
    as_if_known: bool | None = None,
) -> BacktestResult:
    with shop.service.database.reader() as rows:
        until = until or shop.clock.now()
        work = shop.folder / "work"
        return backtest(
            rows,
            flows or shop.flows,
            work,
            since,
            until,
            flow=flow,
            as_if_known=as_if_known,
        )


def edited(shop: Workshop, folder: Path, before: str, after: str) -> Path:
    shutil.copytree(shop.flows, folder)
    file = folder / "shop.flow"
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")
    return folder


def act(shop: Workshop, who: str, what: str) -> None:
    """One thing that somebody, or the shop, does."""
    order = {"order_id": f"o{next(NUMBERS)}", "value": 20, "items": [{"id": "p1"}]}
    match what:
        case "view":
            tell(shop, "track", who, event="view_item", properties={"item": "p1"})
        case "cart":
            tell(shop, "track", who, event="add_to_cart", properties={"item": "p1"})
        case "buy":
            tell(shop, "track", who, event="purchase", properties=order)
        case "gold" | "silver":
            tell(shop, "identify", who, traits={"tier": what, "tags": [what]})
        case "stock":
            stock(shop, "p1", 0)
            shop.forward(MINUTE)
            stock(shop, "p1", 5)
        case "pause" | "resume" | "stop":
            if what != "pause" or shop.service.holds.get("carts") != "stopped":
                shop.service.hold("carts", what, "somebody")  # type: ignore[arg-type]
            shop.forward(MINUTE)
        case "brake" | "go on" | "alarm" | "lift":
            brake(shop, what)
        case "start":
            shop.service.by_hand(Request("start", "weekly", who, f"s{next(NUMBERS)}", "somebody"))
            shop.forward(MINUTE)
        case "click" | "leave":
            answer(shop, who, what)
        case _:
            pass


def brake(shop: Workshop, what: str) -> None:
    """Stop all marketing or one message, or let it go on."""
    live, message = shop.service.live, brakes.Key("carts", "one", "email")

    def do(tx: Transaction) -> None:
        match what:
            case "brake":
                brakes.stop(tx, live, "somebody", "")
            case "go on":
                brakes.go_on(tx, live, "somebody")
            case "alarm":
                brakes.hold(tx, live, message, brakes.ALARM, "")
            case "lift" if message in live.brakes.messages:
                brakes.lift(tx, live, message, "somebody")

    shop.service.writer.run(do)
    shop.forward(MINUTE)


def answer(shop: Workshop, who: str, what: str) -> None:
    """Click in the newest mail, or leave by it."""
    row = shop.rows(
        "select i.customer, i.run, f.name, i.step, i.visit, i.channel, i.message from intent i"
        " join flow f on f.id = i.flow join identity t on t.customer = i.customer"
        " where t.kind = 'user' and t.value = ? and i.state = 'sent'"
        " order by i.claimed_at desc, i.run desc, i.step limit 1",
        who,
    )
    if not row:
        return
    about, now, service = MessageRef(*row[0]), shop.clock.now(), shop.service
    if what == "click":
        rule, more = shop.settings.click_rule, {"url": "https://shop.example/"}
        service.writer.run(lambda tx: touches.note(tx, now, rule, about, "click", more=more))
    else:
        told, types = Unsubscribe(about.customer, "email", about), service.deployment.types
        service.writer.run(lambda tx: engagement.unsubscribe(tx, types, now, told))
    shop.forward(MINUTE)
