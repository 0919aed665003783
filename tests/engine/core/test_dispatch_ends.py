"""What still reaches a run that has ended, or that is about one product."""

from tests.harness.stage import Stage

DAY = 24 * 60


def test_an_exit_reaches_a_finished_run_whose_message_has_not_gone():
    """Until the last message is claimed an exit still ends it."""
    text = "flow f:\n  enter when sign_up\n  exit when purchase\n  send email one\n"
    stage = Stage(text)
    stage.play(0, "sign_up")
    stage.play(1, "purchase")
    assert [gone.reason for gone in stage.changes.withdrawn] == ["purchase"]
    claimed = Stage(text)
    claimed.play(0, "sign_up")
    claimed.lane.runs[0].unclaimed = False
    claimed.play(1, "purchase")
    assert claimed.changes.withdrawn == []


def test_a_run_follows_its_own_product_only():
    """Another product's return to stock ends nobody's wait, nor that of a run without a product."""
    text = """\
flow f:
  enter when view_item
  wait up to 9 days for product back in stock:
    send email back
flow g:
  enter when sign_up
  exit when product back in stock
  wait 9 days
"""
    stage = Stage(text)
    stage.given("tent", stock=0)
    stage.given("mug", stock=0)
    stage.play(0, "view_item", item="tent")
    stage.play(0, "sign_up")
    stage.change(5, "mug", stock=3)
    assert stage.sent == []
    stage.change(9, "tent", stock=3)
    assert stage.messages == ["email back"]
    assert [run.state for run in stage.runs] == ["ended", "waiting"]


def test_an_ended_run_of_a_forgotten_version_harms_nobody():
    """What is left of a version that is no longer kept does not stop the customer's other runs."""
    text = "flow f:\n  enter when sign_up\n  goal purchase within 9 days\n  send email one\n"
    stage = Stage(text)
    stage.play(0, "sign_up")
    stage.lane.runs[0].version = 77
    stage.play(1, "purchase", value=5)
    stage.play(2, "sign_up")
    assert len(stage.runs) == 2


def test_stopping_a_flow_reaches_a_message_that_has_not_gone():
    """Stopping a flow also takes back the last message of a run that is through."""
    stage = Stage("flow f:\n  enter when sign_up\n  send email one\n")
    stage.play(0, "sign_up")
    stage.stop(1, "f")
    assert [gone.run for gone in stage.changes.withdrawn] == [1]
