"""Chances of purchases: calibrated where the true chance is known, blind to the future, plain where little is known."""

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiolab.product_recommender import likelihood, windows
from studiolab.product_recommender.catalogue import catalogue
from studiolab.product_recommender.purchases import purchases

START, AS_OF = pd.Timestamp("2025-01-01T00:00Z"), pd.Timestamp("2025-11-05T00:00Z")
END = AS_OF + pd.Timedelta(days=28)
PRODUCTS = pd.DataFrame({
    "product_id": ["bar", "mat", "towel", "dues"], "revenue_kind": ["retail", "retail", "retail", "membership"],
    "price": [400, 6800, 1400, 9000],
})  # fmt: skip


def shop(seed=0, customers=800, last=END):
    """Orders of customers who each buy each product at a rate of their own, and pay dues every month; and the rates."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(0.5, 2, (customers, 1)) * np.array([0.5, 0.05, 0.2])  # purchases in 28 days
    days = (last - START).days
    counts = rng.poisson(rate * days / 28)
    who, what = (np.repeat(part, counts.ravel()) for part in np.nonzero(np.ones_like(counts)))
    when = rng.integers(0, days * 86400, len(who))
    payers = np.repeat(np.arange(0, customers, 2), days // 30)
    paid = np.tile(np.arange(days // 30) * 30 * 86400, (customers + 1) // 2)
    frame = pd.DataFrame({
        "customer_id": [f"c{k:04}" for k in np.concatenate([who, payers])],
        "product_id": PRODUCTS["product_id"].to_numpy()[np.concatenate([what, np.full(len(payers), 3)])],
        "created_at": START + pd.to_timedelta(np.concatenate([when, paid]), "s"),
    })  # fmt: skip
    names = [f"{k}" for k in range(len(frame))]
    return frame.assign(line_id=names, order_id=names, product_name=None, quantity=1.0, amount=500, currency="EUR",
                        status="paid"), rate  # fmt: skip


@pytest.fixture(scope="module")
def learnt():
    orders, rate = shop()
    return likelihood.fit(purchases(orders, AS_OF), catalogue(PRODUCTS), AS_OF), orders, rate


def test_chances_are_near_the_true_ones_and_tell_customers_apart(learnt):
    found, _, rate = learnt
    chances = found.chances()
    who = chances.customers.str[1:].astype(int)
    for column, product in enumerate(["bar", "mat", "towel"]):
        true = 1 - np.exp(-rate[who, column])
        told = chances.probability[:, chances.products.index(product)]
        assert told.mean() == pytest.approx(true.mean(), rel=0.25)
        assert np.corrcoef(told, true)[0, 1] > (0.6 if product == "mat" else 0.8)
    assert found.method == "boosted"


def test_the_interval_holds_the_true_share_of_those_told_about_the_same():
    inside = []
    for seed in range(4):
        orders, rate = shop(seed + 10)
        chances = likelihood.fit(purchases(orders, AS_OF), catalogue(PRODUCTS), AS_OF).chances()
        columns = [chances.products.index(product) for product in ("bar", "mat", "towel")]
        true = 1 - np.exp(-rate[chances.customers.str[1:].astype(int)])
        told, low, high = (part[:, columns].ravel() for part in chances[2:])
        for group in np.array_split(np.argsort(told), 10)[3:]:
            inside.append(low[group].mean() <= true.ravel()[group].mean() <= high[group].mean())
    assert np.mean(inside) >= 0.75


def test_low_and_high_enclose_the_chance_and_are_chances(learnt):
    chances = learnt[0].chances()
    assert chances.probability.dtype == np.float32
    assert chances.probability.shape == (len(chances.customers), 4)
    assert ((chances.low >= 0) & (chances.low <= chances.probability)).all()
    assert ((chances.probability <= chances.high) & (chances.high <= 1)).all()


def test_a_membership_that_is_held_is_not_bought_again(learnt):
    chances = learnt[0].chances()
    dues = chances.probability[:, chances.products.index("dues")]
    pays = chances.customers.str[1:].astype(int) % 2 == 0
    assert (dues[pays] == 0).all()
    assert (dues[~pays] > 0).all()
    assert dues.max() < 0.02
    assert "dues" in learnt[0].says


def test_another_future_moves_nothing(learnt):
    found, orders, _ = learnt
    later = orders[orders["created_at"] < AS_OF]
    again = likelihood.fit(purchases(later, END), catalogue(PRODUCTS), AS_OF)
    whole = likelihood.fit(purchases(orders, END), catalogue(PRODUCTS), AS_OF)
    for other in (again, whole):
        assert other.all.customers.equals(found.all.customers)
        np.testing.assert_array_equal(other.all.probability, found.all.probability)


def test_it_can_be_kept_and_asked_for_some(learnt):
    again = pickle.loads(pickle.dumps(learnt[0]))
    some = again.chances(["c0011", "c0002"])
    assert some.customers.tolist() == ["c0011", "c0002"]
    at = learnt[0].all.customers.get_loc("c0002")
    np.testing.assert_array_equal(some.probability[1], learnt[0].all.probability[at])
    with pytest.raises(KeyError, match="nobody"):
        again.chances(["c0011", "nobody"])


def test_little_data_gives_shares_of_similar_customers_and_says_so():
    orders, _ = shop(customers=12)
    found = likelihood.fit(purchases(orders, AS_OF), catalogue(PRODUCTS), AS_OF)
    assert found.method == "rates"
    assert "too few" in found.says
    bar, mat = (found.all.probability[:, found.all.products.index(product)].mean() for product in ("bar", "mat"))
    assert 0 < mat < bar < 1
    with pytest.raises(likelihood.TooShort, match="fewer than 28 days"):
        likelihood.fit(purchases(orders, START + pd.Timedelta(days=10)), catalogue(PRODUCTS),
                       START + pd.Timedelta(days=10, hours=6))  # fmt: skip


def test_of_a_long_catalogue_the_most_sold_are_asked_for(learnt, monkeypatch):
    monkeypatch.setattr(windows, "MOST_PRODUCTS", 2)
    bought = purchases(learnt[1], AS_OF)
    assert windows.candidates(bought, catalogue(PRODUCTS), AS_OF) == ["bar", "dues"]
    assert "Of 4 products, the 2 most sold" in likelihood.fit(bought, catalogue(PRODUCTS), AS_OF).says


def test_a_sample_of_what_was_not_bought_leaves_the_level_as_it_is(learnt, monkeypatch):
    monkeypatch.setattr(likelihood, "MOST_PAIRS", 4000)
    sampled = likelihood.fit(purchases(learnt[1], AS_OF), catalogue(PRODUCTS), AS_OF).all.probability
    assert sampled.mean() == pytest.approx(learnt[0].all.probability.mean(), rel=0.05)


def test_reliability_groups_are_worked_by_hand():
    predicted, happened = [0.1, 0.1, 0.9, 0.9], [False, False, True, False]
    table = likelihood.reliability(predicted, happened, bins=2)
    assert table["predicted"].tolist() == pytest.approx([0.1, 0.9])
    assert table["observed"].tolist() == [0, 0.5]
    assert table["count"].tolist() == [2, 2]
    assert (table["low"] <= table["observed"]).all()
    for width in ("quantile", "equal"):
        error = likelihood.calibration_error(predicted, happened, bins=2, width=width)
        assert error == pytest.approx((0.1 + 0.4) / 2)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50), st.integers(1, 12))
def test_the_error_is_at_least_that_of_the_mean_and_at_most_one(cases, bins):
    predicted, happened = np.array(cases, float).T
    for width in ("quantile", "equal"):
        error = likelihood.calibration_error(predicted, happened, bins, width)
        assert abs(predicted.mean() - happened.mean()) - 1e-9 <= error <= 1
