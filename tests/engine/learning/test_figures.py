"""The figures of the documentation, on smaller shops of other seeds."""

import pytest

from engine.bench.invented import Kind
from engine.bench.learned import best_hours, recommendations


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_recommendations_beat_best_sellers_three_times(seed):
    """The next purchase is among ten recommendations at least three times as often."""
    figures = recommendations([seed], Kind(customers=900, products=400, clusters=25, skew=0.7))
    assert figures["ratio"] >= 3


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_a_planted_hour_is_found_for_nine_in_ten(seed):
    """Of people with 20 or more acts, at least 90 % have exactly the hour that was planted."""
    assert best_hours([seed], 200)["exact"] >= 0.9
