"""What cannot be applied costs only itself."""

from __future__ import annotations

from engine.core.model import HOUR
from engine.core.program import Program

FLOW = """\
flow f:
  enter when ordered
  wait 1 hour
  if customer.country is "DE":
    send email one
  else:
    send email one
"""


def test_a_poison_event_costs_only_itself(workshop) -> None:
    """One event that cannot be read is set aside with its reason; all neighbours enter."""
    shop = workshop(FLOW)
    people = [shop.customer(f"c{number}") for number in range(9)]
    for person in people:
        shop.happen(person, "ordered")
    shop.service.writer.run(
        lambda tx: tx.execute(
            "update event set properties = ? where customer = ?", (b"7", people[4])
        )
    )
    shop.happen(people[4], "ordered")
    shop.forward()
    entered = {customer for (customer,) in shop.rows("select customer from run")}
    assert entered == set(people)
    ((customer, reason),) = shop.rows("select customer, reason from failure")
    assert customer == people[4]
    assert "Error" in reason
    assert shop.rows("select count(*) from pending") == [(0,)]


def test_a_poison_run_is_parked_alone(workshop, monkeypatch) -> None:
    """One run that cannot go on is parked and can be seen; everybody else gets their message."""
    shop = workshop(FLOW)
    people = [shop.customer(f"c{number}") for number in range(9)]
    for person in people:
        shop.happen(person, "ordered")
    shop.forward()
    shop.service.writer.run(
        lambda tx: tx.execute("update run set node = 99 where customer = ?", (people[3],))
    )
    assert isinstance(shop.service.deployment.program("f", 1), Program)
    shop.forward(2 * HOUR)
    assert len(shop.notebook.taken) == 8
    assert shop.rows("select customer, run is not null from failure") == [(people[3], 1)]
    assert shop.rows("select wake_at from run where customer = ?", people[3]) == [(None,)]
    assert shop.rows("select count(*) from step_history where outcome = 'failed'") == [(1,)]
