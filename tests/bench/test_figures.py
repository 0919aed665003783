"""`headrace bench figures` measures what it says."""

from engine.bench import figures, load
from engine.store import figure_marks, past_properties


def test_rolling_up_is_measured_beside_the_journeys() -> None:
    """Both do the same journeys, and one of them rolls up what came of them."""
    found = figures.beside(40, 1, 60.0)
    assert found["processor_of_rolling"] > 0
    assert found["processor_of_w1_alone"] > 0
    assert len(found["clock_ratios"]) == 1


def test_nothing_is_noted_where_it_is_measured_without() -> None:
    """What is noted is patched away for as long as that is measured, and is there again after."""
    before = figure_marks.mark, past_properties.keep
    with figures._noting(on=False):
        assert (figure_marks.mark, past_properties.keep) != before
    assert (figure_marks.mark, past_properties.keep) == before


def test_lively_customers_do_all_that_is_noted() -> None:
    """They change, order, tell an order again and take one back."""
    kinds = {
        (told.get("type"), told.get("event"), "coupon" in told.get("properties", {}))
        for told in (load._lively(turn, 3) for turn in range(load.EACH))
    }
    assert kinds >= {
        ("identify", None, False),
        (None, "Order Completed", False),
        (None, "Order Completed", True),
        (None, "Order Refunded", False),
    }
