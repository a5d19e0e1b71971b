from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from studiolab.world import make_chain, replay

DRAWS = 12


@pytest.fixture(scope="module")
def chain():
    return make_chain(1, 8, seed=21)


@pytest.fixture(scope="module")
def weeks(chain):
    return replay.real_weeks(chain.studio("studio-001"))


@pytest.fixture(scope="module")
def judge(chain):
    return replay.judge(chain.studio("studio-001"), DRAWS)


def test_real_weeks_hold_the_visits_that_the_tables_count(chain, weeks):
    visits = chain.raw("studio-001")["visits"]
    came = visits.loc[visits["status"] == "attended", "class_id"].value_counts()
    for week in weeks:
        assert set(week["weekday"]) <= {"MO", "TU", "WE", "TH", "FR", "SA", "SU"}
        np.testing.assert_array_equal(week["attended"], came.reindex(week["class_id"]).fillna(0))
    assert len(weeks) == 4


def test_the_real_weeks_have_their_real_visits_again(weeks, judge):
    really = np.mean([week["attended"].sum() for week in weeks])
    again = np.mean([judge.attended(week).sum(axis=1).mean() for week in weeks])
    assert again == pytest.approx(really, rel=0.01)


def test_classes_that_were_fuller_are_fuller_again(weeks, judge):
    really = np.concatenate([week["attended"] for week in weeks])
    again = np.concatenate([judge.attended(week).mean(axis=0) for week in weeks])
    assert np.corrcoef(really, again)[0, 1] > 0.5


def test_the_order_of_rows_changes_nothing(weeks, judge):
    week = weeks[-1]
    shuffled = week.sample(frac=1, random_state=0)
    found = pd.Series(judge.attended(shuffled).mean(axis=0), index=shuffled.index).sort_index()
    np.testing.assert_allclose(found, judge.attended(week).mean(axis=0))


def test_no_class_holds_more_than_its_places_and_nobody_comes_twice_a_day(weeks, judge):
    week = weeks[-1]
    assert (judge.attended(week) <= week["max_capacity"].to_numpy(float)).all()
    huge = week.assign(max_capacity=10_000)
    by_day = pd.DataFrame(judge.attended(huge).T).groupby(week["weekday"].to_numpy()).sum()
    assert (by_day <= len(judge.who) + judge.guests).all(axis=None)


def test_a_class_at_an_hour_nobody_likes_is_empty_and_the_week_loses(chain, weeks):
    week = weeks[-1]
    night = week.assign(hour=3.0)
    found = replay.replay(chain, "studio-001", {"last": week, "again": week, "night": night}, DRAWS).set_index("name")
    assert found.loc["again", ["difference", "low", "high"]].tolist() == [0, 0, 0]
    assert found.loc["night", "high"] < -0.5 * found.loc["last", "attended"]
    assert found["classes"].tolist() == [len(week)] * 3


def test_more_classes_at_the_best_hour_bring_more_but_less_than_their_places(chain, weeks):
    week = weeks[-1]
    best = week.loc[week.groupby("hour")["attended"].transform("mean").idxmax(), "hour"]
    extra = week[week["hour"] == best].assign(hour=best + 0.5)
    found = replay.replay(chain, "studio-001", {"last": week, "more": pd.concat([week, extra])}, DRAWS)
    assert 0 < found["low"][1] <= found["difference"][1] < extra["max_capacity"].sum()


def test_nobody_comes_more_often_than_the_credits_allow_however_much_they_like_it(weeks, judge):
    eager = replace(judge, outside=np.full(len(judge.who), -np.inf))
    week = weeks[-1].assign(max_capacity=10_000)
    came = eager.attended(week).sum(axis=1).mean() - judge.guests
    assert came == pytest.approx(np.minimum(judge.credits, week["weekday"].nunique()).sum(), rel=0.02)


def test_the_same_class_offered_twice_at_one_moment_is_taken_once(weeks, judge):
    week = weeks[-1].assign(max_capacity=10_000)
    once, twice = (judge.attended(frame).sum() for frame in (week, pd.concat([week, week])))
    assert twice == pytest.approx(once)


def test_a_class_below_its_minimum_is_called_off(weeks, judge):
    week = weeks[-1]
    plain = judge.attended(week)
    np.testing.assert_array_equal(judge.attended(week.assign(min_capacity=6)), np.where(plain >= 6, plain, 0))


def test_the_same_seed_gives_the_same_and_another_seed_another(chain, weeks, judge):
    again, other = (replay.judge(chain.studio("studio-001"), DRAWS, seed).attended(weeks[-1]) for seed in (0, 1))
    np.testing.assert_array_equal(again, judge.attended(weeks[-1]))
    assert not np.array_equal(again, other)


@pytest.mark.parametrize(("change", "told"), [
    ({"weekday": "Monday"}, "'Monday' is no weekday"),
    ({"class_name": "Chess"}, "'Chess' is no type"),
])  # fmt: skip
def test_what_the_studio_does_not_have_is_named(weeks, judge, change, told):
    with pytest.raises(ValueError, match=told):
        judge.attended(weeks[-1].assign(**change))
    with pytest.raises(ValueError, match="lacks"):
        judge.attended(weeks[-1].drop(columns="hour"))
