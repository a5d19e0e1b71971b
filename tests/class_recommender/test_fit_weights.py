import numpy as np
import pandas as pd
import pytest
from pytest import approx

from studiolab import schema, world
from studiolab.class_recommender import Desk, behaviour

from .conftest import AS_OF, session, visit

SCALES = range(1, 40)


@pytest.fixture(scope="module")
def studio():
    chain = world.make_chain(1, 12, seed=3)
    raw = chain.raw("studio-001")
    return raw["visits"], raw["class_sessions"], pd.Timestamp("2026-10-10T12:00Z"), chain.studios["timezone"].iloc[0]


@pytest.fixture(scope="module")
def planted():
    """40 clients who look at the clock alone, and go when they like two times in three; names are at random."""
    rng = np.random.default_rng(5)
    sessions, visits, start = [], [], AS_OF - pd.Timedelta(days=120)
    for day in range(120):
        for hour in (1, 7, 12):
            name = str(rng.choice(["Yoga", "Barre", "Ride"]))
            at = start + pd.Timedelta(days=day, hours=hour)
            sessions.append(session(len(sessions), at.tz_localize(None), name, upper_focus=str(rng.choice(["a", "b"])),
                                    lower_focus=str(rng.choice(["c", "d"]))))  # fmt: skip
        for client in rng.choice(40, 12, replace=False):
            own = sessions[-1 - int(client if rng.random() < 0.5 else rng.integers(3)) % 3]
            visits.append(visit(len(visits), f"m{client}", own["starts_at"].tz_localize(None), own["class_name"],
                                class_id=own["class_id"]))  # fmt: skip
    return tuple(
        schema.validate(name, pd.DataFrame(rows)) for name, rows in (("visits", visits), ("class_sessions", sessions))
    )


def test_fitted_weights_are_never_less_likely_than_the_published_ones(studio):
    past = behaviour.choices(*studio)
    fitted = behaviour.fitted(past)
    best = {name: max(past.log_likelihood(weights, scale) for scale in SCALES)
            for name, weights in (("published", behaviour.WEIGHTS), ("fitted", fitted))}  # fmt: skip
    assert best["fitted"] > best["published"]


def test_a_planted_taste_for_the_time_of_day_alone_is_recovered(planted):
    weights = behaviour.fit_weights(*planted, AS_OF, "UTC")
    assert weights["time"] > 0.7
    assert max(weights[part] for part in ("kind", "upper", "lower")) < 0.1
    assert (weights["day"], weights["freshness"]) == (0.10, 0.05)


def test_fitted_weights_serve_a_desk_and_the_fit_is_still_the_exact_sum(studio):
    visits, sessions, as_of, timezone = studio
    weights = behaviour.fit_weights(visits, sessions, as_of, timezone)
    assert set(weights) == set(behaviour.WEIGHTS)
    assert sum(weights.values()) == approx(1, abs=1e-12)
    assert min(weights.values()) >= 0
    desk = Desk(visits, sessions, as_of, timezone, weights=weights)
    for row in desk.recommend(desk.tastes.clients[0]).rows:
        assert round(sum(row[part] for part in weights), 6) == row["fit"]


def test_what_comes_later_changes_no_weight(studio):
    visits, sessions, as_of, timezone = studio
    garbled = visits.assign(class_name=visits["class_name"].where(visits["attended_at"] < as_of, "Chess"))
    garbled = garbled.assign(status=visits["status"].where(visits["attended_at"] < as_of, "attended"))
    assert behaviour.fit_weights(garbled, sessions, as_of, timezone) == behaviour.fit_weights(*studio)


def test_tastes_are_those_of_the_start_of_the_week(planted):
    visits, sessions = planted
    offered = behaviour.choices(visits, sessions, AS_OF, "UTC", weeks=1).offered
    known = behaviour.tastes(behaviour.described(visits, "UTC"), AS_OF - pd.Timedelta(weeks=1))
    one = offered[offered["chosen"]].iloc[0]
    about = sessions.set_index("class_id").loc[one["class_id"]]
    share = known.shares["kind"][known.clients.get_loc(one["member_id"])]
    assert one["kind"] == approx(share[known.values["kind"].get_loc(about["class_name"])], abs=1e-6)


def test_a_handful_of_choices_leaves_the_published_weights():
    visits = schema.validate("visits", pd.DataFrame([visit(1, "ana", "2026-02-20T09:00", class_id="c1")]))
    sessions = schema.validate("class_sessions", pd.DataFrame([session(1, "2026-02-20T09:00")]))
    assert behaviour.fit_weights(visits, sessions, AS_OF, "UTC") == behaviour.WEIGHTS


def test_the_slope_of_the_likelihood_is_the_analytic_one():
    rng = np.random.default_rng(0)
    value, starts, chosen = rng.normal(size=7), np.array([0, 3]), np.array([0, 1, 0, 0, 0, 0, 1], bool)
    worth, slope = behaviour._softmax(value, starts, chosen)
    nudged = [behaviour._softmax(value + step, starts, chosen)[0] for step in 1e-6 * np.eye(7)]
    np.testing.assert_allclose((np.array(nudged) - worth) / 1e-6, slope, atol=1e-5)
