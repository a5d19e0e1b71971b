import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from studiolab.product_recommender.experiment import sequential

FIVE = np.arange(1, 6) / 5


def test_bounds_are_the_published_ones():
    """Five even looks, two-sided 0.05, as any program for Lan & DeMets 1983 prints them."""
    assert sequential.bounds(FIVE, 0.05) == pytest.approx([4.8769, 3.3570, 2.6803, 2.2898, 2.0310], abs=2e-4)
    even = sequential.bounds(FIVE, 0.05, sequential.pocock)
    assert even == pytest.approx([2.4380, 2.4268, 2.4101, 2.3966, 2.3859], abs=2e-4)


def test_one_look_is_the_plain_test():
    assert sequential.bounds([1.0], 0.05)[0] == pytest.approx(norm.ppf(0.975), abs=1e-6)
    assert sequential.drift(0.05, 0.8, 1) == pytest.approx(norm.ppf(0.975) + norm.ppf(0.8), abs=1e-3)


@settings(max_examples=15)
@given(st.lists(st.floats(0.02, 1), min_size=1, max_size=12), st.sampled_from([0.01, 0.05, 0.1]))
def test_bounds_spend_what_may_be_spent_whenever_one_looks(steps, alpha):
    fractions = np.cumsum(steps) / np.sum(steps)
    for spending in (sequential.o_brien_fleming, sequential.pocock):
        at = sequential.bounds(fractions, alpha, spending)
        spent = sequential.crossed(fractions, at, 0.0)
        assert spent == pytest.approx(spending(fractions, alpha), abs=2e-4)
        assert spent[-1] == pytest.approx(alpha, abs=2e-4)


def test_walks_that_are_drawn_cross_as_often_as_the_integral_says():
    fractions, rng = np.linspace(0.1, 1, 30), np.random.default_rng(1)
    steps = rng.normal(0, np.sqrt(np.diff(fractions, prepend=0)), (40_000, 30))
    walks = np.cumsum(steps, axis=1) / np.sqrt(fractions)
    for at in (sequential.bounds(fractions, 0.05), sequential.mixture(fractions, 0.05), np.full(30, 1.96)):
        for drift in (0.0, 2.8):
            drawn = (np.abs(walks + drift * np.sqrt(fractions)) > at).any(axis=1).mean()
            assert drawn == pytest.approx(sequential.crossed(fractions, at, drift)[-1], abs=0.01)


def test_the_bounds_in_use_find_the_most_at_the_same_plan_and_a_naive_reader_errs_one_time_in_four():
    fractions = np.linspace(0.1, 1, 90)
    drift = sequential.drift(0.05, 0.8)
    rules = {"ours": sequential.bounds(fractions, 0.05), "mixture": sequential.mixture(fractions, 0.05),
             "pocock": sequential.bounds(fractions, 0.05, sequential.pocock)}  # fmt: skip
    power = {name: sequential.crossed(fractions, at, drift)[-1] for name, at in rules.items()}
    assert power["ours"] == pytest.approx(0.8, abs=1e-3)
    assert power["ours"] > power["pocock"] + 0.05 > power["mixture"] + 0.1
    assert sequential.crossed(fractions, np.full(90, 1.96), 0.0)[-1] > 0.25


@given(st.lists(st.floats(0, 0.2), max_size=60))
def test_looks_are_a_step_apart_and_end_with_the_plan(steps):
    fractions = np.cumsum(steps)
    looks = sequential.spaced(fractions)
    kept = fractions[looks]
    assert (kept >= sequential.FIRST).all()
    assert (np.diff(kept) >= sequential.STEP - 1e-9).all()
    assert (kept >= 1).sum() == (len(fractions) > 0 and fractions[-1] >= 1)
    again = sequential.spaced(fractions[: len(fractions) // 2])
    assert list(again) == [k for k in looks if k < len(fractions) // 2]
