import numpy as np
import pandas as pd
import pytest

from studiolab.bench import lift
from studiolab.bench.lift import FITTED, FREQUENCY, OURS
from studiolab.world import make_chain

POLICIES = [OURS, FITTED, FREQUENCY, "popular classes", "random eight", "oracle"]


@pytest.fixture(scope="module")
def rows():
    return lift.each(studios=2, seed=8, draws=20, months=8)


def test_each_policy_is_inside_its_interval_and_the_oracle_is_the_ceiling(rows):
    table = lift.table(rows).set_index("policy")
    assert list(table.index) == [*POLICIES, f"{OURS} - {FREQUENCY}", f"{FITTED} - {FREQUENCY}"]
    lifted = table["bookings_lifted_per_client"]
    assert (table["low"] <= lifted).all()
    assert (lifted <= table["high"]).all()
    assert lifted[POLICIES].idxmax() == "oracle"
    assert lifted[OURS] > 2 * lifted["random eight"] > 0
    assert lifted.iloc[6] == pytest.approx(lifted[OURS] - lifted[FREQUENCY])
    assert (table["clients"] == len(rows)).all()


def test_an_interval_over_studios_is_wider_where_studios_differ():
    group = pd.Series(np.repeat([0, 1, 2, 3], 100))
    values = group + np.random.default_rng(0).normal(0, 0.1, 400)
    inside, across = (lift._summary("x", values, g, 0) for g in (0 * group, group))
    assert across["high"] - across["low"] > 3 * (inside["high"] - inside["low"])


def test_every_list_holds_one_class_a_date_of_the_slate():
    studio = make_chain(1, 10, seed=8).studio("studio-001")
    as_of = studio.months[-1].tz_localize(studio.studios["timezone"].iloc[0]).tz_convert("UTC")
    desk = lift.desk_of(studio, as_of)
    assert desk.visits["attended_at"].max() < as_of
    assert not desk.full.any()
    rows = np.arange(20)
    for chosen in (
        lift.frequency_list(desk, rows),
        lift.popular_classes(desk, rows),
        lift.random_eight(desk, rows, np.random.default_rng(0)),
    ):
        assert chosen.shape == (20, 8)
        dates = np.sort(desk.date_of[chosen], axis=1)
        assert (np.diff(dates, axis=1) > 0).all()
