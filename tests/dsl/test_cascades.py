"""What is broken is told once: uses of a name that a broken line gives are no faults."""

from __future__ import annotations

import pytest

from dsl.checks import diagnose
from dsl.project import project_of

DECLARED = {
    "store": (
        'store "S":\n  timezone "Europe/Berlin"\n  currency EUR\n  staff sales "a@b.example"\n'
        '  topic news "News"\n'
    ),
    "event": 'event quiz "Q":\n  style text\n',
    "customer": "customer:\n  size text\n",
    "product": "product:\n  colour text\n",
    "segment": 'segment vip "V":\n  did purchase\n',
    "score": 'score heat "H":\n  +1 on purchase\n',
    "coupon": 'coupon ten "T":\n  10% off\n',
    "webhook": 'webhook crm "C":\n  url "https://crm.example/a"\n',
}
USES = """
flow x:
  enter when quiz
  exit when purchase
  only if customer in segment vip and customer.size is "L" and score.heat > 3

  give coupon ten
  call crm (a: 1)
  notify sales with alert
  subscribe customer to news
  add 3 to score heat
  track quiz (style: "x")
  start flow y
  if product.colour is "red" and entry.style is "x" and customer can receive news:
    go to fin
  wait 1 day as pause
  send email a as fin

flow y:
  enter manually

  exit

test "t" for x:
  given customer (size: "L")
  at 2026-02-01 10:00 quiz (style: "x")
  expect email a
"""
HEADS = {
    "store": ("store S:", 'store "S"', "store:", 'store "S:', 'stoer "S":'),
    "event": ('event "Q" quiz:', "event quiz Q:", "evnt quiz:", "event Quiz:", "event :"),
    "customer": ("customer", "customers:", 'customer "x":', "Customer:"),
    "product": ("product", "products:", "product x:"),
    "segment": ('segment vip "V"', "segment vip is:", 'segment "V" vip:', 'segment "V":'),
    "score": ("score heat", "score heat 3:", "scroe heat:", 'score "heat of it":'),
    "coupon": ("coupon ten", "coupon ten 10%:", 'coupon "X":', "coupon:"),
    "webhook": ("webhook crm", "webhok crm:", 'webhook "X":'),
}
LINES = (
    ('staff sales "a@b.example"', "staff sales a@b.example"),
    ('topic news "News"', "topic news"),
    ("style text", "style string"),
    ("size text", "size: text"),
    ("colour text", "colour"),
    ("did purchase", "did purchse in"),
    ("+1 on", "1 on"),
    ("10% off", "10 % off"),
    ("url", "ulr"),
    ("wait 1 day as pause", "wait 1 dy as pause\n  go to pause"),
    ("send email a as fin", "sned email a as fin"),
    ("enter when quiz", "enter when quiz where"),
    ("flow y:\n  enter manually\n\n  exit", "flow y:"),
    ("flow y:", 'flow y "Y:'),
    ("enter manually", "enter manualy"),
    ('test "t" for x:', 'test "t" for x'),
)


def faults(text: str) -> list[str]:
    return [f"{one.span.line}: {one.message}" for one in diagnose(project_of(text))]


def test_the_whole_is_right_when_nothing_is_broken() -> None:
    """What these tests break is right before."""
    assert faults("\n".join(DECLARED.values()) + USES) == []


@pytest.mark.parametrize("block", [True, False], ids=["with its block", "alone"])
@pytest.mark.parametrize(
    ("kind", "head"), [(kind, head) for kind, heads in HEADS.items() for head in heads]
)
def test_a_broken_declaration_is_told_once(kind: str, head: str, block: bool) -> None:
    """Uses of a name whose declaration cannot be read raise no complaint of their own."""
    rest = DECLARED[kind].split("\n", 1)[1] if block else ""
    parts = {**DECLARED, kind: f"{head}\n{rest}"}
    assert len(faults("\n".join(parts.values()) + USES)) == 1


@pytest.mark.parametrize(("line", "broken"), LINES)
def test_a_broken_line_is_told_once(line: str, broken: str) -> None:
    """So it is with a line inside a declaration and with a label on a broken step."""
    text = "\n".join(DECLARED.values()) + USES
    assert line in text
    assert len(faults(text.replace(line, broken, 1))) == 1
