import numpy as np
import pandas as pd
import pytest

from studiolab.bench import score
from studiolab.bench.score import Goal, at_least, at_most


def cases(values, worlds=1):
    """A row a value; studios in turn, worlds in turn."""
    place = np.arange(len(values))
    return pd.DataFrame({"world": place % worlds, "studio": place // worlds, "x": values})


def test_a_figure_is_a_function_of_the_sums_over_cases_and_lies_inside_its_interval():
    row = score.row("mean of x", cases([1.0, 2.0, 3.0, 6.0]), score.mean("x"), at_most(3))
    assert (row["value"], row["cases"], row["goal"], row["reached"]) == (3, 4, "at most 3", True)
    assert 1 <= row["low"] < 3 < row["high"] <= 6


@pytest.mark.parametrize(
    ("goal", "reached"), [(at_most(1.99), False), (at_least(2), True), (Goal(2.1, 3), False), (Goal(1, 2), True)]
)
def test_a_goal_is_reached_only_between_its_ends(goal, reached):
    assert score.plain("two", 2.0, goal)["reached"] is reached


def test_a_figure_that_could_not_be_taken_has_not_reached_its_goal():
    assert score.plain("unknown", np.nan, at_most(1))["reached"] is False


def test_an_interval_has_about_the_width_that_theory_says():
    x = np.random.default_rng(0).normal(0, 1, 400)
    row = score.row("mean", cases(x), score.mean("x"))
    assert row["high"] - row["low"] == pytest.approx(2 * 1.96 / 20, rel=0.15)


def test_what_worlds_have_in_common_widens_the_interval():
    inside = np.random.default_rng(0).normal(0, 0.1, 400)
    between = np.tile([0.0, 1, 2, 3], 100)
    widths = [row["high"] - row["low"] for row in
              (score.row("mean", cases(inside + x, 4), score.mean("x")) for x in (0, between))]  # fmt: skip
    assert widths[1] > 10 * widths[0]


def test_resamples_of_a_ratio_move_together():
    row = score.row("ratio", cases([1.0, 5.0, 9.0]).assign(y=[2.0, 10.0, 18.0]), score.ratio("x", "y"))
    assert (row["value"], row["low"], row["high"]) == pytest.approx((0.5, 0.5, 0.5))
