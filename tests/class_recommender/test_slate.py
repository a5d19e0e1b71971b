from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from studiolab.class_recommender import slate

FITS = st.lists(st.one_of(st.floats(0, 1, width=32), st.just(-np.inf)), min_size=1, max_size=9)


def brute(worth, days, rhythm, since, size):
    """The value of the best set, every set tried."""
    best = -np.inf
    dates = [d for d in range(len(worth)) if np.isfinite(worth[d])]
    for count in range(1, min(size, len(dates)) + 1):
        for chosen in combinations(dates, count):
            gaps = [days[chosen[0]] + since, *np.diff([days[d] for d in chosen])]
            cost = sum(slate.crowding(np.float64(gap), rhythm) for gap in gaps)
            best = max(best, sum(worth[d] for d in chosen) - cost)
    return best if dates else 0.0


@given(FITS, st.data())
def test_no_set_of_dates_is_worth_more(fits, data):
    worth = np.array([fits])
    days = np.cumsum(data.draw(st.lists(st.integers(1, 4), min_size=len(fits), max_size=len(fits))))
    rhythm, since = data.draw(st.floats(1, 10)), data.draw(st.one_of(st.integers(0, 9), st.just(np.inf)))
    size = data.draw(st.integers(1, 9))
    chosen, value = slate.best_sets(worth, days, np.array([rhythm]), np.array([float(since)]), size)
    assert value[0] == approx(brute(worth[0], days, rhythm, since, size), abs=1e-9)
    picked = chosen[0][chosen[0] >= 0]
    assert (np.diff(picked) > 0).all()
    assert len(picked) <= size
    gaps = [days[picked[0]] + since, *np.diff(days[picked])] if len(picked) else []
    told = worth[0][picked].sum() - sum(slate.crowding(np.float64(gap), rhythm) for gap in gaps)
    assert value[0] == approx(told, abs=1e-9)


def test_clients_are_answered_one_by_one_and_together_alike():
    rng = np.random.default_rng(1)
    worth, days = rng.random((40, 20)), np.arange(1, 21)
    rhythm, since = rng.uniform(1, 9, 40), rng.integers(0, 9, 40).astype(float)
    together, _ = slate.best_sets(worth, days, rhythm, since)
    alone = [slate.best_sets(worth[i : i + 1], days, rhythm[i : i + 1], since[i : i + 1])[0][0] for i in range(40)]
    assert together.tolist() == np.array(alone).tolist()


def test_a_weekly_client_is_not_offered_eight_days_in_a_row():
    chosen, _ = slate.best_sets(np.full((1, 28), 0.4), np.arange(1, 29), np.array([7.0]), np.array([7.0]))
    assert np.diff(chosen[0]).min() >= 3


def test_one_class_a_date_is_the_first_of_the_best():
    value = np.array([[0.1, 0.5, 0.5, -np.inf, 0.2]])
    worth, which = slate.best_of_dates(value, np.array([0, 0, 0, 1, 2]))
    assert worth.tolist() == [[0.5, -np.inf, 0.2]]
    assert which.tolist() == [[1, 3, 4]]
