"""What is taken from an experiment: its lift on one's own chance, drawn towards none; and when nothing is."""

import pytest

from studiolab.product_recommender.experiment.measured import added

from .test_report import DAY, START, told

A_AND_B = {"A": 0.25, "B": 0.25, "holdout": 0.5}


def test_a_clear_lift_is_a_multiple_of_what_was_bought_unasked():
    found = added(report := told({"B": 0.2}, n=3000))
    lift = report.lifts[0]
    control = next(one for one in report.arms if one.arm == "holdout")
    unasked = (control.buyers + 1) / (control.counted + 2)
    assert (found.low, found.high) == pytest.approx((lift.low / unasked, lift.high / unasked))
    assert found.low < found.value < lift.lift / unasked
    points = ", ".join(f"{100 * value:.1f}" for value in (lift.low, lift.high))
    assert found.says.startswith(
        f"measured in experiment 'Mat offer': {100 * lift.lift:+.1f} points [{points}], of which "
    )


def test_the_wider_the_interval_the_less_of_a_lift_counts():
    shares = []
    for n in (600, 3000, 12_000):
        found = added(report := told({"B": 0.2}, n=n), usual=0.15)
        shares.append(found.value * 0.15 / report.lifts[0].lift)
    assert shares == sorted(shares)
    assert 0.5 < shares[0] < shares[-1] < 1


def test_where_a_gain_is_ruled_out_next_to_nothing_is_added():
    found = added(told({}, n=12_000, smallest_lift=0.02, seed=3))
    assert found.low < 0
    assert -0.03 < found.value < 0.03


def test_of_several_arms_it_is_the_one_that_sold_most():
    found = added(report := told({"A": 0.1, "B": 0.25}, n=6000, arms=A_AND_B))
    by_arm = {one.arm: one.lift for one in report.lifts if one.decides}
    assert f"{100 * by_arm['B']:+.1f} points" in found.says
    assert " by 'B'" in found.says


def test_what_another_usual_chance_is_told_is_divided_by_it():
    report = told({"B": 0.2}, n=3000)
    assert added(report, 0.1).low == pytest.approx(10 * report.lifts[0].low)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"as_of": 30}, "it has not told yet"),
        ({"as_of": 30, "stopped_at": START + 20 * DAY}, "stopped before"),
        ({"arms": {"B": 0.5, "A": 0.5}, "control": "A"}, "nobody is left alone"),
        ({"change": lambda rows: rows[(rows["arm"] == "B") | (rows.index % 2 == 0)]}, "it is not to be trusted"),
        ({"n": 200, "smallest_lift": 0.01}, "it ended without an answer"),
    ],
)
def test_nothing_is_taken_from_what_does_not_tell(given, why):
    with pytest.raises(ValueError, match=why):
        added(told({}, **given))
