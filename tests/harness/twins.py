"""Random shops for the two evaluations of conditions: customers with odd facts, and conditions."""

from random import Random

import orjson

from dsl import tree
from dsl.names import vocabulary
from engine.core.conditions.context import Names
from engine.core.conditions.python import compile_test
from engine.core.conditions.scope import Scope
from engine.core.deployment import compile_shop
from engine.core.model import DAY, HOUR
from engine.core.values import Types
from engine.segments.sql import customers_where
from engine.segments.sql.suppressed import channels_of, suppressed_customers
from engine.store import states as lanes
from engine.store.database import Database
from engine.store.products import Catalogue
from engine.store.suppression import Suppressions
from tests.harness.stage import declarations, moment

NOW = moment("2026-03-30 12:00")
SECRET = b"twins"
SHOP = """\
store "Twins":
  timezone "Europe/Berlin"
  currency EUR
  topic tips "Tips"

customer:
  shoe_size number
  budget money
  tier text
  child_birthday date
  trip_on date
  wakes_at time
  newsletter boolean
  sizes list

product:
  usage_days number

event review:
  stars number
  text text
  written_on date
  liked boolean
  topics list

score engagement:
  +1 on view_item
  halves every 30 days

score loyalty:
  +1 on purchase

segment buyers:
  did purchase

segment regulars:
  customer in segment buyers
  any of:
    count of purchase in last 90 days >= 2
    customer.total_spent > 100
  none of:
    customer has tag "blocked"

segment quiet:
  customer not in segment regulars
  time since view_item > 30 days
"""

ZONES = [None, None, None, "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Atlantic/Azores",
         "America/Havana", "Pacific/Apia", "Australia/Lord_Howe", "UTC", ""]  # fmt: skip
WORDS = ["", "a", "A", "b", "ä", "Ä", "zz", "vip", "gold", "80331", "5", "true", "null", "[]", "{}",
         '["a"]', "50% off?", "'", '"', "\\", "\n", "日本", "🏔", "ß", "e\u0301", " a ", "shoes",
         "2026-03-30", "p1", "p2", "spring"]  # fmt: skip
NUMBERS = [0, 1, 2, 3, 5, -1, -3, 100, 1_000, 10_000, 0.1, 0.2, 0.3, 2.5, -0.5, 5.0, 41.5, 1e-7,
           99.999999, 1.0000005, 12_345_678_901, 2**53, -(2**53), 1e15, 1.5e300, 3e-200,
           0.0078125, 33.3333333]  # fmt: skip
DAYS = ["2026-03-30", "2026-03-29", "2026-03-28", "2026-01-01", "2000-02-29", "1999-02-29",
        "1969-12-31", "2026-11-01", "2025-10-26", "2025-11-02", "20260330", "2026-W13-1",
        "2026-13-01", "2026-02-30", "0000-01-01", "9999-12-31", "2011-12-30"]  # fmt: skip
INSTANTS = [NOW, NOW - 1, NOW + 1, NOW - DAY, NOW - 2 * DAY, NOW - 30 * DAY, NOW - 90 * DAY,
            NOW - 12 * HOUR, NOW + 5 * DAY, 0, -DAY, moment("2026-03-30 00:00"),
            moment("2026-03-29 23:59"), moment("2026-10-25 02:30")]  # fmt: skip
LISTS = [
    [],
    ["a"],
    ["a", "b"],
    ["A", 5, None, True],
    [{"id": "a"}],
    [{"id": 5}, {}],
    [["a"]],
    [1, 2.5],
]
ODD = [None, True, False, {}, {"id": "a"}, *LISTS]
CLOCKS = ["07:00", "18:00", "23:59", "7:00"]
EVENTS = ["purchase", "view_item", "open_email", "click_email", "search", "review", "refund"]
PRODUCTS = ["p1", "p2", "p3", "5", "ä"]
KINDS = {
    "text": WORDS, "number": NUMBERS, "money": [*range(0, 30_000, 995), *NUMBERS],
    "date": DAYS + INSTANTS, "time": CLOCKS, "boolean": [True, False], "list": LISTS,
}  # fmt: skip
CUSTOMER = {**vocabulary.CUSTOMER, "shoe_size": "number", "budget": "money", "tier": "text",
            "child_birthday": "date", "trip_on": "date", "wakes_at": "time",
            "newsletter": "boolean", "sizes": "list"}  # fmt: skip
STORED = ["first_name", "gender", "country", "birthday", "created_at", "orders", "total_spent",
          "shoe_size", "budget", "tier", "child_birthday", "trip_on", "wakes_at", "newsletter",
          "sizes", "last_order_at", "postal_code", "id"]  # fmt: skip
EVENT = {"value": "money", "category": "text", "name": "text", "price": "money",
         "quantity": "number"}  # fmt: skip
OWN = {
    "review": {"stars": "number", "text": "text", "written_on": "date", "liked": "boolean",
               "topics": "list", "value": "money"},
    "purchase": {"value": "money", "order_id": "text", "tax": "money", "coupon": "text"},
    "view_item": EVENT,
    "open_email": {"message": "text", "subject": "text"},
    "click_email": {"message": "text", "subject": "text", "url": "text"},
    "search": {"search_term": "text"},
    "refund": {"value": "money", "order_id": "text"},
}  # fmt: skip
ITEM = {"id": "text", "price": "money", "quantity": "number", "category": "text", "brand": "text",
        "usage_days": "number"}  # fmt: skip


def the_shop():
    return compile_shop(
        declarations(SHOP), {}, Types(vocabulary.CUSTOMER, vocabulary.PRODUCT, vocabulary.EVENTS)
    )


def condition_of(text):
    """The tree of a condition."""
    found = declarations(f"flow f:\n  enter manually\n  only if {text}\n  exit\n")
    return next(one.condition for one in found[0].headers if isinstance(one, tree.OnlyIf))


# --- facts -----------------------------------------------------------------------------------


def _value(random, kind):
    if random.random() < 0.1:
        return random.choice([*ODD, random.choice(KINDS[random.choice(list(KINDS))])])
    return random.choice(KINDS[kind])


def _properties(random, kinds, share=0.6):
    return {name: _value(random, kind) for name, kind in kinds.items() if random.random() < share}


def _item(random):
    item = _properties(random, ITEM, 0.5)
    if random.random() < 0.8:
        item["id"] = random.choice(PRODUCTS)
    return item


def _items(random):
    if random.random() < 0.1:
        return random.choice([None, "p1", {}, 5, {"id": "p1"}])
    items = [_item(random) for _ in range(random.randrange(4))]
    if random.random() < 0.2:
        items.append(random.choice(["p1", 5, None, True, ["p1"]]))
    return items


def _event(random):
    name = random.choice(EVENTS)
    properties = _properties(random, OWN[name])
    if random.random() < 0.5:
        properties["items"] = _items(random)
    if random.random() < 0.3:
        properties["item"] = random.choice(PRODUCTS)
    at = NOW - random.choice(
        [0, 1, DAY - 1, DAY, DAY + 1, 7 * DAY, 30 * DAY - 1, 30 * DAY, 30 * DAY + 1, 90 * DAY,
         random.randrange(400 * DAY), 60 * 365 * DAY, random.randrange(3 * DAY)]
    )  # fmt: skip
    return name, at, properties


def _customer(random):
    properties = _properties(random, {name: CUSTOMER[name] for name in STORED})
    for contact in ("email", "phone", "push"):
        if random.random() < 0.7:
            properties[contact] = random.choice(
                ["a@example.com", " A@Example.com", "b@example.com", "", "x", 0, True, None, "+49"]
            )
    cart = None
    if random.random() < 0.5:
        items = {str(n): _item(random) for n in range(random.randrange(4))}
        cart = {"items": items, "url": random.choice([None, "a", "https://x"]),
                "updated_at": random.choice([None, *INSTANTS])}  # fmt: skip
    scores = {
        name: [random.choice([1, 2, 10.0, 40, -3.5, 1e6, 123.456789]),
               NOW - random.choice([0, -1, DAY, 30 * DAY, 210 * DAY, 9_000 * DAY, 12_345])]
        for name in ("engagement", "loyalty") if random.random() < 0.4
    }  # fmt: skip
    tags = random.choice([None, [], ["vip"], ["a", "blocked"], ['x"vip', "ä"]])
    return properties, tags, scores or None, cart


def fill(transaction, random, count, suppressions):
    """So many customers with everything that a condition can look at."""

    def json(value):
        return None if value is None else orjson.dumps(value)

    people, consents, events, pending = [], [], [], []
    for number in range(1, count + 1):
        properties, tags, scores, cart = _customer(random)
        merged = 1 if random.random() < 0.05 and number > 1 else None
        people.append((number, 0, random.choice(ZONES), json(properties), json(tags), json(scores),
                       json(cart), merged))  # fmt: skip
        consents += [
            (number, what, random.random() < 0.7, 0)
            for what in ("email", "sms", "whatsapp", "push", "tips", "tracking")
            if random.random() < 0.6
        ]
        for _ in range(random.choice([0, 0, 1, 2, 3, 6, 12])):
            name, at, properties = _event(random)
            event = len(events) + 1
            events.append(
                (event, f"m{event}", number, name, at, max(at, NOW), True, json(properties))
            )
            if random.random() < 0.05:
                pending.append((event, number))
    transaction.executemany(
        "insert into customer (id, created_at, zone, properties, tags, scores, cart, merged_into)"
        " values (?, ?, ?, ?, ?, ?, ?, ?)",
        people,
    )
    transaction.executemany(
        "insert into consent (customer, what, allowed, at) values (?, ?, ?, ?)", consents
    )
    transaction.executemany(
        "insert into event (id, message_id, customer, name, occurred_at, received_at, enters,"
        " properties) values (?, ?, ?, ?, ?, ?, ?, ?)",
        events,
    )
    transaction.executemany("insert into pending (id, customer) values (?, ?)", pending)
    transaction.executemany(
        "insert into product (id, properties, updated_at) values (?, ?, 0)",
        [(product, json(_properties(random, ITEM, 0.8))) for product in PRODUCTS[:4]],
    )
    for channel, address in (("email", "a@example.com"), ("sms", "x"), ("push", "B@example.com")):
        suppressions.add(transaction, channel, address, "bounced", 0)


# --- conditions ------------------------------------------------------------------------------


def _text(random):
    word = random.choice(WORDS).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{word}"'


def _number(random):
    return random.choice(["0", "1", "2", "3", "5", "0.1", "0.3", "2.5", "-1", "41.5", "100", "10",
                          "99.99", "0.007813", "9.95", "-3", "1_000_000"])  # fmt: skip


def _span(random):
    unit = random.choice(["days", "days", "hours", "minutes", "weeks", "months"])
    return f"{random.choice([1, 2, 7, 24, 30, 90, 720])} {unit}"


def _day(random):
    return random.choice(["2026-03-30", "2026-03-29", "2026-01-01", "2000-02-29", "2025-11-02",
                          "2026-03-29 23:59", "2026-03-30 00:00", "2025-10-26 02:30"])  # fmt: skip


LITERALS = {
    "text": _text, "number": _number, "money": _number, "date": _day,
    "time": lambda random: random.choice(["07:00", "18:00", "23:59"]),
    "boolean": lambda random: random.choice(["true", "false"]),
    "duration": _span,
}  # fmt: skip


def _kind(random, kinds):
    name = random.choice(list(kinds))
    return name, kinds[name]


def _root(random, kind, place, depth):
    """A value of about this kind."""
    kinds = ("number", "money") if kind in ("number", "money") else (kind,)
    options = [f"customer.{n}" for n in CUSTOMER if CUSTOMER[n] in kinds and n != "consent"]
    if place in OWN:
        options += [n for n, k in OWN[place].items() if k in kinds] * 3
        options += [f"event.{n}" for n, k in OWN[place].items() if k in kinds]
    if place == "item":
        options += [n for n, k in ITEM.items() if k in kinds] * 4
        options += [f"item.{n}" for n, k in ITEM.items() if k in kinds]
    if kind == "date":
        options += ["now", "cart.updated_at"]
    if kind == "text":
        options += ["cart.url", "order.order_id"]
    if kind in ("number", "money"):
        options += ["score.engagement", "score.loyalty", "cart.count", "cart.value", "order.value"]
        if depth > 0:
            options += [f"count of {_history(random, depth - 1)}"] * 3
            options += [_aggregate(random, ("money", "number"), depth - 1)] * 4
    if kind in ("text", "date", "boolean") and depth > 0:
        options += [_aggregate(random, (kind,), depth - 1)] * 2
    if kind == "duration":
        event = random.choice(EVENTS)
        where = _where(random, event, depth - 1) if random.random() < 0.3 else ""
        options = [f"time since {event}{where}"]
    if kind == "list" and place == "review":
        options += ["topics"]
    return random.choice(options)


def _aggregate(random, kinds, depth):
    event = random.choice([e for e in EVENTS if any(k in kinds for k in OWN[e].values())] or EVENTS)
    names = [n for n, k in OWN[event].items() if k in kinds] or list(OWN[event])
    functions = ["sum", "average", "min", "max", "latest"]
    function = random.choice(functions if "number" in kinds else functions[2:])
    where = f"{_period(random)}{_where(random, event, depth)}"
    return f"{function} of {event}.{random.choice(names)}{where}"


def _period(random):
    which = random.random()
    if which < 0.4:
        return ""
    if which < 0.8:
        return f" in last {_span(random)}"
    return f" since {_day(random)}"


def _where(random, event, depth):
    if random.random() < 0.5:
        return ""
    if depth <= 0 or random.random() < 0.5:
        return f" where ({_comparison(random, event, 0)})"
    return f" where ({some_condition(random, depth - 1, event)})"


def _history(random, depth, times=False):
    event = random.choice(EVENTS)
    bound = ""
    if times and random.random() < 0.4:
        word = random.choice(["at least", "at most", "exactly"])
        bound = f" {word} {random.choice([0, 1, 2, 3])} times"
    return f"{event}{bound}{_period(random)}{_where(random, event, depth)}"


def _operand(random, kind, place, depth):
    root = _root(random, kind, place, depth)
    which = random.random()
    if kind in ("number", "money") and which < 0.25:
        other = _number(random) if which < 0.15 else _root(random, kind, place, 0)
        return f"({root} {random.choice('+-*/')} {other})"
    if kind == "date" and which < 0.4:
        if which < 0.05:
            return f"({root} - (customer.shoe_size) days)"
        return f"({root} {random.choice('+-')} {_span(random)})"
    return root


def _comparison(random, place, depth):
    kind = random.choice(["text", "number", "money", "date", "time", "boolean", "duration"])
    left = _operand(random, kind, place, depth)
    which = random.random()
    if kind in ("number", "money", "date", "duration", "time") and which < 0.6:
        sign = random.choice(["<", "<=", ">", ">="])
    elif kind == "text" and which < 0.3:
        sign = random.choice(["<", "<=", ">", ">=", "contains", "starts with", "ends with"])
    else:
        sign = random.choice(["is", "is not"])
    if which > 0.85 and kind != "duration":
        few = ", ".join(LITERALS[kind](random) for _ in range(random.randrange(4)))
        return f"{left} {random.choice(['in', 'not in'])} [{few}]"
    right = _operand(random, kind, place, 0) if random.random() < 0.25 else LITERALS[kind](random)
    if random.random() < 0.05:
        right = LITERALS[random.choice(list(LITERALS))](random)
    return f"{left} {sign} {right}"


def some_condition(random, depth=2, place=""):
    """A condition as text; in the `where` of `place`."""
    which = random.randrange(14 if depth > 0 else 9)
    if which < 3:
        return _comparison(random, place, depth)
    if which == 3:
        kind = random.choice(["text", "number", "date", "boolean", "list", "money"])
        state = random.choice(["set", "not set", "empty", "not empty"])
        return f"{_root(random, kind, place, depth)} is {state}"
    if which == 4:
        return random.choice(
            ['customer has tag "vip"', 'customer has tag "ä"', "customer can receive email",
             "customer can receive sms", "customer can receive push", "customer can receive tips",
             "customer can receive whatsapp", "customer can be tracked", "cart is empty",
             "cart is not empty", "customer in segment regulars", "customer not in segment quiet",
             'cart.items contains "p1"', 'customer.consent contains "email"',
             "customer.consent is empty", "customer.tags is empty",
             'customer.tags contains "vip"', "cart.items is empty"]
        )  # fmt: skip
    if which == 5:
        whole = _root(random, random.choice(["text", "list"]), place, depth)
        part = random.choice(
            [_text(random), _number(random), "true", _root(random, "text", place, 0)]
        )
        return f"{whole} contains {part}"
    if which < 9:
        return f"did {random.choice(['', 'not '])}{_history(random, depth, times=True)}"
    if which == 9:
        holder = random.choice(["cart", "order", *(["event"] * 3 if place in OWN else [])])
        return f"{holder} has item where ({some_condition(random, depth - 1, 'item')})"
    if which == 10:
        return f"not ({some_condition(random, depth - 1, place)})"
    joint = random.choice([" and ", " or "])
    parts = [some_condition(random, depth - 1, place) for _ in range(random.choice([2, 2, 3]))]
    return "(" + joint.join(parts) + ")"


# --- both evaluations ------------------------------------------------------------------------


class Twins:
    """A filled database whose customers are also in memory."""

    def __init__(self, folder, url, count, seed):
        self.deployment = the_shop()
        self.dialect = "sqlite" if url is None else "postgresql"
        self.database = Database(folder, url)
        self.writer = self.database.open_to_write()
        self.suppressions = Suppressions(SECRET)
        self.writer.run(lambda tx: fill(tx, Random(seed), count, self.suppressions))
        if url is not None:
            self.writer.run(lambda tx: tx.execute("analyze"))
        self.reload()

    def reload(self):
        self.facts = self.writer.run(self._load)

    def _load(self, transaction):
        ids = [
            number
            for (number,) in transaction.rows("select id from customer where merged_into is null")
        ]
        loaded = lanes.load(
            transaction, ids,
            needs=lanes.Needs(limits=0, ended=False, entries=False, segments=frozenset()),
            flows=lanes.FlowNumbers(), suppressions=self.suppressions,
            catalogue=Catalogue().read(transaction), zone=self.deployment.zone, now=NOW,
        )  # fmt: skip
        return [lane.facts for lane in loaded.lanes.values()]

    def in_python(self, condition):
        shop = self.deployment
        names = Names(
            types=shop.types, segments=shop.blocks,
            halves={name: score.halves for name, score in shop.scores.items()},
        )  # fmt: skip
        test = compile_test(condition, names)
        return {one.id for one in self.facts if test(Scope(one, NOW), None, None)}

    def in_sql(self, condition, within=None):
        rows = self.writer.run(lambda tx: self._ask(tx, condition, within))
        found = [number for (number,) in rows]
        assert len(found) == len(set(found)), "everybody once"
        return set(found)

    def _ask(self, transaction, condition, within):
        suppressed = suppressed_customers(
            transaction, self.suppressions, channels_of(condition, self.deployment)
        )
        query = customers_where(
            condition, self.deployment, dialect=self.dialect, now=NOW, within=within,
            suppressed=suppressed,
        )  # fmt: skip
        return transaction.rows(query.sql, query.values)

    def differences(self, text):
        """The customers of whom only one of the two says that it holds."""
        condition = condition_of(text)
        return self.in_python(condition) ^ self.in_sql(condition)

    def close(self):
        self.database.close()
