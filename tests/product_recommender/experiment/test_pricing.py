import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from studiolab.product_recommender.experiment import pricing

TEST = pricing.price_test("spring", 5000, 1500)


def results(rng, n, level, slope, segment="all", test=TEST):
    """What n people do who buy with log-odds level + slope (price / list - 1)."""
    ids = [f"{segment}-{k}" for k in range(n)]
    asked = pricing.assign(test, ids, np.ones(n, bool))
    bought = rng.random(n) < expit(level + slope * (asked["price"] / test.list_price - 1))
    return asked.assign(bought=bought, segment=segment)


@given(st.integers(0, 10_000), st.integers(1, 10_000), st.integers(2, 6), st.floats(0.01, 0.9))
def test_no_price_is_below_cost_or_above_the_list(cost, above, count, deepest):
    assume(deepest * (cost + above) > 1.01)  # else nothing is whole between the lowest and the list
    test = pricing.price_test("any", cost + above, cost, count, deepest)
    assert cost <= test.prices[0] < test.prices[-1] == test.list_price == cost + above
    assert test.prices[0] >= (1 - deepest) * test.list_price - 1
    assert len(test.prices) <= count


@settings(max_examples=25)
@given(st.lists(st.text(max_size=8), min_size=1, max_size=12, unique=True), st.randoms())
def test_one_person_sees_one_price_whoever_else_is_asked(ids, chance):
    alone = {customer: pricing.assign(TEST, [customer], [True])["price"].iloc[0] for customer in ids}
    turned = sorted(ids, key=lambda _: chance.random())
    together = pricing.assign(TEST, turned, [True] * len(ids))
    assert dict(zip(together["customer_id"], together["price"], strict=True)) == alone


def test_prices_are_drawn_evenly_and_anew_for_another_test():
    ids = [f"c{k}" for k in range(8000)]
    here = pricing.assign(TEST, ids, [True] * len(ids))["price"]
    there = pricing.assign(TEST._replace(name="autumn"), ids, [True] * len(ids))["price"]
    for price in TEST.prices:
        assert (here == price).mean() == pytest.approx(1 / 4, abs=0.02)
        assert (there[here == price] == price).mean() == pytest.approx(1 / 4, abs=0.04)


def test_who_has_not_agreed_sees_the_list_price():
    asked = pricing.assign(TEST, ["ana", "ben"] * 20, [False, None] * 20)
    assert (asked["price"] == TEST.list_price).all()
    assert not asked["is_tested"].any()


def test_a_planted_elasticity_is_recovered():
    covered, gaps = [], []
    for seed in range(12):
        level, slope = logit(0.3), -6.0
        told = pricing.demand(results(np.random.default_rng(seed), 4000, level, slope, f"s{seed}"), TEST, seed)
        truth = slope * (1 - expit(level))
        mean, low, high = told.elasticity(told.segments[0])
        covered.append(low <= truth <= high)
        gaps.append(mean - truth)
    assert sum(covered) >= 8  # of 12; nine in ten are meant
    assert abs(np.mean(gaps)) < 0.5


def test_the_price_that_earns_most_is_found():
    level, slope = logit(0.3), -8.0
    told = pricing.demand(results(np.random.default_rng(1), 8000, level, slope), TEST, 0).advice("all")
    fine = np.linspace(TEST.prices[0], TEST.list_price, 501)
    earned = (fine - TEST.cost) * expit(level + slope * (fine / TEST.list_price - 1))
    at = np.interp([told.price, TEST.list_price], fine, earned)
    assert not told.is_kept
    assert told.low <= fine[earned.argmax()] <= told.high
    assert at[0] > at[1]
    assert told.gain_low <= at[0] - at[1] <= told.gain_high
    assert told.says.startswith(f"ask {told.price}")


def test_where_dearer_earns_more_the_list_price_is_kept():
    told = pricing.demand(results(np.random.default_rng(2), 4000, logit(0.3), -0.5), TEST, 0).advice("all")
    assert (told.price, told.is_kept, told.gain) == (TEST.list_price, True, 0)
    assert "earns most" in told.says


def test_where_few_were_asked_the_list_price_is_kept_nearly_always():
    """Demand at which every price earns about as much: nothing can be told."""
    slope = -1 / (1 - 0.3) / (1 - TEST.cost / TEST.list_price)
    kept, said = [], []
    for seed in range(60):
        told = pricing.demand(results(np.random.default_rng(seed), 60, logit(0.3), slope, f"t{seed}"), TEST, seed)
        advice = told.advice(told.segments[0])
        kept.append(advice.is_kept)
        said.append(advice.says)
    assert np.mean(kept) >= 0.85
    assert any("not enough evidence" in sentence for sentence in said)


def test_a_small_segment_is_drawn_to_the_others():
    rng = np.random.default_rng(5)
    large = results(rng, 6000, logit(0.3), -6.0, "regulars")
    small = results(rng, 30, logit(0.3), -6.0, "new")
    together = pricing.demand(pd.concat([large, small]), TEST, 0)
    alone = pricing.demand(small, TEST, 0)
    spans = [np.subtract(*told.elasticity("new")[:0:-1]) for told in (together, alone)]
    assert spans[0] < spans[1] / 2
    assert together.asked.tolist() == [30, 6000]


def test_segments_that_differ_are_told_apart():
    rng = np.random.default_rng(6)
    told = pricing.demand(pd.concat([results(rng, 4000, logit(0.3), -1.0, "loyal"),
                                     results(rng, 4000, logit(0.2), -9.0, "bargain")]), TEST, 0)  # fmt: skip
    assert told.advice("loyal").is_kept
    assert not told.advice("bargain").is_kept
    assert told.elasticity("bargain")[2] < told.elasticity("loyal")[1]


@pytest.mark.parametrize("bought", [True, False])
def test_all_or_nobody_buying_is_no_evidence_for_another_price(bought):
    some = results(np.random.default_rng(0), 200, 0.0, 0.0).assign(bought=bought)
    told = pricing.demand(some, TEST, 0)
    assert told.advice("all").is_kept
    assert np.isfinite(told.chance("all", TEST.prices)).all()


def test_a_price_beside_the_test_a_person_twice_nobody_and_no_room_are_refused():
    some = results(np.random.default_rng(0), 20, 0.0, -1.0)
    with pytest.raises(ValueError, match="'all-3' was asked 1"):
        pricing.demand(some.assign(price=some["price"].where(some.index != 3, 1)), TEST, 0)
    with pytest.raises(ValueError, match="twice"):
        pricing.demand(pd.concat([some, some.head(1)]), TEST, 0)
    with pytest.raises(ValueError, match="no results"):
        pricing.demand(some.head(0), TEST, 0)
    with pytest.raises(ValueError, match="less than the price"):
        pricing.price_test("x", 100, 120)
    with pytest.raises(ValueError, match="no second price"):
        pricing.price_test("x", 10, 1, deepest=0.01)
    with pytest.raises(ValueError, match="2 or more"):
        pricing.price_test("x", 100, 10, count=1)
    with pytest.raises(KeyError, match="was not tested"):
        pricing.demand(some, TEST, 0).advice("others")
