import pandas as pd
import pytest

from studiolab.bench import proposed
from studiolab.studio_operations.timetable.check import check
from studiolab.world import make_chain


@pytest.fixture(scope="module")
def chain():
    return make_chain(1, 12, 5)


def test_the_week_that_is_held_breaks_no_rule_and_is_expected_as_it_is_attended(chain):
    problem, known, hours = proposed.asked(chain, "studio-001")
    assert check(problem, problem.last).ok
    told = known.table(problem.classes, hours, problem.last).set_index(["class_id", "weekday", "hour"])["expected"]
    week = sum(told[p.class_id, p.weekday, p.start // 60] for p in problem.last)
    visits = chain.raw("studio-001")["visits"]
    late = visits["attended_at"] > visits["attended_at"].max() - pd.Timedelta(weeks=4)
    assert week == pytest.approx((visits["status"][late] == "attended").sum() / 4, rel=0.1)


def test_each_class_alone_promises_more_than_comes_and_amid_the_week_promises_nearer(chain):
    found = {one["way"]: one for one in proposed.weeks(chain, "studio-001", draws=6, seconds=1.5)}
    assert set(found) == {*proposed.WAYS, proposed.ALONE}
    over = {way: one["promised"] / one["now"] - one["attended"] / one["held"] for way, one in found.items()}
    assert abs(over["made anew"]) < 0.6 * over[proposed.ALONE]
    assert found["made anew"]["attended"] > found[proposed.ALONE]["attended"]
    assert found["kept by default"]["moved"] <= found["made anew"]["moved"]


def test_rows_state_truth_beside_promise_with_an_interval():
    rows = proposed.table(seeds=(5,), studios=2, months=10, draws=4, seconds=0.6)
    assert len(rows) == 8
    assert (rows["low"] <= rows["value"]).all()
    assert rows["figure"].str.contains("gain in attendance").all()
    assert rows.loc[rows["goal"].notna(), "goal"].tolist() == ["at least 0"] * 3
