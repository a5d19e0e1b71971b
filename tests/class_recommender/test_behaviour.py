import numpy as np
import pandas as pd
from pytest import approx

from studiolab import schema
from studiolab.class_recommender import behaviour

from .conftest import AS_OF, visit


def visits(*rows):
    return behaviour.described(schema.validate("visits", pd.DataFrame(rows)), "UTC")


def test_recent_visits_count_more_by_exp_minus_days_over_45():
    rows = visits(
        visit(1, "ana", "2026-01-16T06:00", "Yoga"),
        visit(2, "ana", "2025-12-02T06:00", "Barre"),
    )
    known = behaviour.tastes(rows, AS_OF)
    told = dict(zip(known.values["kind"], known.shares["kind"][0], strict=True))
    assert told == {"Yoga": approx(1 / (1 + np.exp(-1))), "Barre": approx(np.exp(-1) / (1 + np.exp(-1)))}


def test_only_signed_in_visits_before_the_moment_are_seen():
    rows = visits(
        visit(1, "ana", "2026-02-01T09:00", "Yoga"),
        visit(2, "ana", "2026-02-02T09:00", "Barre", status="no_show"),
        visit(3, "ana", "2026-02-03T09:00", "Barre", status="late_cancelled"),
        visit(4, "ana", "2026-04-01T09:00", "Barre"),
    )
    assert list(behaviour.tastes(rows, AS_OF).values["kind"]) == ["Yoga"]


def test_time_of_day_and_weekday_are_those_at_the_studio():
    row = behaviour.described(pd.DataFrame({"starts_at": [pd.Timestamp("2026-03-03T01:30Z")]}), "America/Denver")
    assert row[["time_of_day", "weekday"]].iloc[0].tolist() == ["evening", "Monday"]
    assert row["date"].iloc[0] == pd.Timestamp("2026-03-02")


def test_the_rhythm_is_the_median_gap_and_twice_a_week_where_little_is_known():
    rows = visits(
        *(visit(i, "ana", f"2026-02-{day:02}T09:00") for i, day in enumerate((1, 3, 10, 12))),
        visit(9, "ben", "2026-02-01T09:00"),
    )
    assert behaviour.rhythm(rows, AS_OF, pd.Index(["ana", "ben"])).tolist() == [2.0, 3.5, 3.5]


def test_published_weights_add_to_one():
    assert sum(behaviour.WEIGHTS.values()) == approx(1, abs=1e-12)
    assert set(behaviour.WEIGHTS) == {*behaviour.TASTES, "freshness"}
