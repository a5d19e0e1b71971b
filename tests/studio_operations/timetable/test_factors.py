import numpy as np
import pytest

from studiolab.studio_operations.timetable import factors

KIND, WEEKDAY = np.array([1.5, 0.8]), np.array([1.2, 1.0, 0.9, 1.0, 0.8, 1.1, 1.0])
HOUR = np.where(np.arange(24) == 18, 1.6, 1.0)
SIZES = {"kind": 2, "weekday": 7, "hour": 24, "week": 20, "holiday": 2}


def counts(weeks=20, seed=0):
    """A class of each kind at 9 and at 18 o'clock each day, around ten people."""
    kind, weekday, hour, week = (x.ravel() for x in np.meshgrid([0, 1], range(7), [9, 18], range(weeks), indexing="ij"))
    mean = 10 * KIND[kind] * WEEKDAY[weekday] * HOUR[hour]
    codes = {"kind": kind, "weekday": weekday, "hour": hour, "week": week, "holiday": np.zeros_like(kind)}
    return codes, np.random.default_rng(seed).poisson(mean).astype(float), mean


def told(found, codes):
    mean = found.scale
    for term in factors.TERMS:
        mean = mean * found.of(term, codes)[0]
    return mean


def test_planted_factors_are_found_again():
    codes, y, mean = counts()
    found = factors.fit(codes, SIZES, y, np.zeros(len(y), bool), np.ones(len(y)))
    assert np.abs(told(found, codes) / mean - 1).mean() < 0.06
    assert found.phi + found.v * 10 == pytest.approx(1, abs=0.25)


def test_counts_cut_off_at_capacity_are_filled_up():
    codes, y, mean = counts()
    cut = np.minimum(y, 14)
    found = factors.fit(codes, SIZES, cut, y >= 14, np.ones(len(y)))
    evening = (codes["kind"] == 0) & (codes["hour"] == 18)  # nineteen to twenty-nine people for fourteen places
    assert told(found, codes)[evening].mean() > 0.75 * mean[evening].mean()
    assert cut[evening].mean() < 0.6 * mean[evening].mean()


def test_what_is_known_beyond_a_bound_is_that_of_an_exponential_without_memory():
    first, second = factors.at_least(np.array([1.0]), np.array([1.0]), np.array([2.5]))
    assert first == pytest.approx(3)  # 2 + 1
    assert second == pytest.approx(10)  # 2**2 + 2 * 2 * 1 + 2


def test_an_axis_never_seen_has_factor_one_and_the_spread_of_its_term():
    codes, y, _ = counts()
    found = factors.fit(codes, SIZES, y, np.zeros(len(y), bool), np.ones(len(y)))
    factor, variance = found.of(("kind",), {"kind": np.array([-1, 0])})
    assert factor[0] == 1
    assert variance[0] == found.prior[("kind",)] > variance[1]
