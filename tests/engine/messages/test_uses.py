"""What a message may speak of, seen from the steps before it."""

from __future__ import annotations

from dsl.graph.compiler import compile_flow
from dsl.project import project_of
from engine.messages.uses import Before, uses


def looks(steps: int) -> int:
    """How often steps are looked at in a flow of so many."""
    lines = "  wait up to 1 day for login\n  send email a\n" * (steps // 2)
    project = project_of(f"flow f:\n  enter when purchase\n\n{lines}")
    return Before(project, compile_flow(project.flows["f"])).looks


def test_the_work_grows_with_the_flow() -> None:
    """Ten times the steps are ten times the work, not a hundred times."""
    assert looks(1_000) <= 11 * looks(100)


def test_what_came_before_is_known_over_jumps_and_arms() -> None:
    """A coupon and an awaited event count at every step that some way leads to from them."""
    project = project_of(
        """\
event ping "P":
  kind text

flow f:
  enter when purchase

  send email first as top
  if customer.orders > 3:
    give coupon c
  else:
    send email plain
  wait up to 1 day for ping:
    send email second
    go to top
  send email third
"""
    )
    found = {use.message: use for use in uses(project)}
    assert all(use.has_coupon for use in found.values())
    assert all("kind" in (use.event or ()) for use in found.values())
    straight = project_of("flow f:\n  enter when purchase\n\n  send email a\n  give coupon c\n")
    (use,) = uses(straight)
    assert not use.has_coupon
    assert use.event == frozenset()


def test_a_flow_that_is_too_long_is_not_looked_at() -> None:
    """Over 2,000 steps there is one diagnostic, and nothing more is worked out."""
    steps = "  send email a\n" * 2_001
    project = project_of(f"flow long:\n  enter manually\n\n{steps}")
    assert list(uses(project)) == []


def test_the_product_of_a_product_trigger_is_known() -> None:
    """After a product trigger `entry.item` is the variant that changed."""
    project = project_of(
        "flow f:\n  enter when product back in stock\n\n  send email a\n",
    )
    (use,) = uses(project)
    assert "item" in (use.entry or ())
