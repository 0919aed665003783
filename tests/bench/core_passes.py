"""How fast the core is alone: passes of W1 through a lane, and conditions over one customer.

Run it with `python -m tests.bench.core_passes [N]`; it prints a JSON line each. No test: figures
depend on the machine (guide values on two shared cores: 10 to 15 microseconds a pass, 7 million
evaluations a second).
"""

import json
import sys
from itertools import count
from time import perf_counter

from dsl import tree
from engine.core.changes import Changes
from engine.core.conditions.context import Names
from engine.core.conditions.python import compile_test
from engine.core.conditions.scope import Scope
from engine.core.dispatch import CustomerState, apply
from engine.core.facts import Facts
from engine.core.model import HOUR, Event
from tests.harness.stage import BERLIN, BUILTIN, declarations, moment, shop_of

W1 = """\
store "Bench":
  timezone "Europe/Berlin"
  currency EUR
  limit 5 messages per week
flow w1:
  enter when purchase
  wait 1 hour
  if customer.total_spent > 500 and customer has tag "vip" and customer.country in ["PL", "DE"]:
    send email first
  wait 1 day
  send email second
"""


def customer(number):
    facts = Facts(number, BERLIN, tags={"vip"}, consent={"email": True})
    facts.customer = {"email": "a@b.example", "total_spent": 60_000 + number % 100, "country": "PL"}
    return facts


def passes(number):
    shop = shop_of(W1)
    lanes = [CustomerState(customer(one)) for one in range(number)]
    runs, seqs = count(1).__next__, count(10**9).__next__
    start = moment("2026-03-02 10:00")
    for name, now in (("enter", start), ("hour", start + HOUR), ("day", start + 26 * HOUR)):
        changes = Changes()
        began = perf_counter()
        for place, lane in enumerate(lanes):
            events = [Event("purchase", {"value": 12_990}, now, now, place + 1)]
            apply(shop, lane, events if name == "enter" else (), now, changes, runs, seqs)
        spent = (perf_counter() - began) / number * 1e6
        yield {"pass": name, "microseconds": round(spent, 2), "intents": len(changes.intents)}


def evaluations(number):
    flow = next(one for one in declarations(W1) if isinstance(one, tree.Flow))
    step = next(one for one in flow.steps.steps if isinstance(one, tree.If))
    test = compile_test(step.condition, Names(types=BUILTIN))
    scope = Scope(customer(1), 0)
    began = perf_counter()
    for _ in range(number):
        test(scope, None, None)
    yield {"condition": "three tests", "per_second": round(number / (perf_counter() - began))}


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    for line in (*passes(size), *evaluations(size * 50)):
        sys.stdout.write(json.dumps(line) + "\n")
