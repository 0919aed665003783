"""A small shop to play tests in."""

from dsl.project import project_of
from engine.lab.outcome import Outcome
from engine.lab.suite import Suite

SHOP = """\
store "Corner shop":
  timezone "Europe/Berlin"
  currency EUR
  language "en"
  limit 3 messages per day
  staff desk "desk@corner.example"
  topic news "News"

customer:
  plan text
  renewal date

event ping "Something happened":
  kind text
  amount number

webhook crm "CRM":
  url "https://crm.corner.example/hook"
  secret from CRM_SECRET

score warmth "Warmth":
  +10 on ping
  halves every 10 days

segment lapsed "Bought, but not for 90 days":
  did purchase
  time since purchase > 90 days

segment everybody "Can be written to":
  customer can receive email

"""


def outcomes(text: str, *, checked: bool = True) -> list[Outcome]:
    """Every test of the text, played in the small shop."""
    suite = Suite.of(project_of(SHOP + text, "play.flow"))
    errors = [it.message for it in suite.diagnostics if it.severity == "error"]
    assert not (checked and errors), errors
    return [suite.run(case) for case in suite.cases]


def outcome(text: str, *, checked: bool = True) -> Outcome:
    (only,) = outcomes(text, checked=checked)
    return only


def wrong(played: Outcome) -> list[str]:
    """The sentences of a failed test, without their places."""
    return [f"{it.expected}: {it.sentence}" for it in played.failures]
