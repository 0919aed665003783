"""Coupons in tests of the language."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsl.project import load_project
from engine.lab.suite import Suite
from engine.messages.checks import check_messages
from tests.engine.lab.theatre import SHOP, wrong

TEXT = """\
coupon ten "10 %":
  10% off
  valid for 3 days
  code "TEN-????"

flow gift:
  enter when ping

  give coupon ten
  wait 2 days
  send email first
  wait DAYS days
  send email last

test "gift" for gift:
  given customer (email: "ada@corner.example")
  after 0 minutes ping
  expect email first after 2 days
"""


@pytest.mark.parametrize(("days", "goes"), [(2, True), (4, False)])
def test_a_message_whose_code_is_over_does_not_go(tmp_path: Path, days: int, goes: bool) -> None:
    """The code's three days count from the first mail that tells of it, as in the real service."""
    last = f"  expect email last after {days + 2} days\n" if goes else ""
    (tmp_path / "shop.flow").write_text(SHOP + TEXT.replace("DAYS", str(days)) + last)
    (tmp_path / "messages").mkdir()
    for name in ("first", "last"):
        (tmp_path / "messages" / f"{name}.email.txt").write_text(
            f"---\nsubject: {name}\n---\n{{% if coupon %}}{{{{ coupon.code }}}}{{% endif %}}\n"
        )
    project = load_project(tmp_path)
    told = [it.message for it in check_messages(project) if it.code == "coupon-expires"]
    assert told == (
        []
        if goes
        else ["The code of `ten` is over when `last` goes: it is valid for 3 days from `first` on."]
    )
    suite = Suite.of(project)
    played = suite.run(suite.cases[0])
    assert played.passed, wrong(played)
