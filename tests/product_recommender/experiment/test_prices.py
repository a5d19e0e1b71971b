"""A price test as an experiment: its arms are prices, and it says what to ask, of whom, and what to do next."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiolab.product_recommender.catalogue import Product, catalogue
from studiolab.product_recommender.experiment import prices, pricing, trial
from studiolab.product_recommender.experiment.replies import ExperimentTold
from studiolab.product_recommender.purchases import purchases
from studiolab.schema import major

START = pd.Timestamp("2026-01-01T00:00Z")
DAY = pd.Timedelta(days=1)
MAT = Product("mat", "Mat", "retail", 5000, 3500, True, None)
REQUEST = prices.PriceRequest(product_id="mat")
TEST = prices.tested(MAT, "EUR", REQUEST)
GOODS = pd.DataFrame({"product_id": ["mat", "bar"], "price": [5000, 300], "cost": [1500, 100], "currency": "EUR",
                      "revenue_kind": "retail", "product_name": ["Mat", "Bar"]})  # fmt: skip


def played(chance, n=4000, days=30, as_of=60, new=0.5, seed=3, change=None, **more):
    """PriceReport on n clients who buy with chance(price over the list price, is_new); some bought a bar before."""
    rng, clients = np.random.default_rng(seed), [f"c{k}" for k in range(n)]
    fields = {"experiment_id": "p-1", "arms": prices.arms(TEST), "control": "50.00 EUR", "product_id": "mat",
              "metric": "margin", "window_days": 14, "pre_days": 90, "alpha": 0.05, "power": 0.8, "smallest_lift": 10,
              "clients": n, "started_at": START, "stopped_at": None} | more  # fmt: skip
    arm = np.array(trial.assign("p-1", clients, fields["arms"]), object)
    asked = pd.Series(arm).map(prices.of_arms(fields["arms"])).to_numpy()
    is_new = rng.random(n) < new
    at = START + pd.to_timedelta(np.arange(n) * days / n, "D").floor("s")
    buys = rng.random(n) < chance(asked / 5000, is_new)
    exposures = pd.DataFrame({"client_id": clients, "arm": arm, "exposed_at": at})
    bar = {"product_id": "bar", "amount": 300}
    earlier = pd.DataFrame([bar | {"customer_id": f"c{k}", "created_at": START - day * DAY}
                            for k in np.flatnonzero(~is_new) for day in (5, 9)])  # fmt: skip
    sold = pd.DataFrame({"customer_id": np.array(clients)[buys], "product_id": "mat", "amount": asked[buys],
                         "created_at": at[buys] + DAY})  # fmt: skip
    orders = pd.concat([earlier, sold], ignore_index=True)
    number = orders.index.astype(str)
    orders = orders.assign(line_id=number, order_id=number, product_name="it", quantity=1.0, currency="EUR",
                           status="paid", amount=orders["amount"].astype("Int64"))  # fmt: skip
    until = START + as_of * DAY
    bought = purchases(orders, until)
    seen = exposures if change is None else change(exposures)
    told = ExperimentTold(**fields, studio_id="oak", name="Mat price", stop_note=None, user_name="ana")
    plan = trial.Experiment(**fields)
    return prices.report(told, plan, seen, bought, catalogue(GOODS, bought), until)


def steep(off, is_new):
    return np.where(off < 0.9, 0.6, 0.15) + 0 * is_new


def test_the_prices_are_alike_likely_arms_that_can_be_read_back():
    assert prices.arms(TEST) == dict.fromkeys(["37.50 EUR", "41.67 EUR", "45.83 EUR", "50.00 EUR"], 0.25)
    assert list(prices.of_arms(prices.arms(TEST)).values()) == list(TEST.prices)


@given(st.integers(2, 10**9), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_any_price_survives_being_an_arm(price, currency):
    name = f"{major(price, currency)} {currency}"
    assert prices.of_arms([name]) == {name: price}


@pytest.mark.parametrize(
    "arms", [["offer", "holdout"], ["37.50 EUR", "holdout"], ["37.50 EUR", "50.00 USD"], ["50.00"]]
)
def test_other_arms_are_no_prices(arms):
    assert prices.of_arms(arms) == {}


def test_a_lower_price_that_earns_more_is_asked_once_the_test_is_over():
    found = played(steep)
    assert (found.is_over, found.counted) == (True, 4000)
    first = found.advice[0]
    assert (first.segment, first.asked) == (prices.EVERYBODY, 4000)
    assert first.price_minor < 4583
    assert 0 < first.gain_low_minor < first.gain_minor < first.gain_high_minor
    assert first.elasticity_high < -1
    assert found.says.startswith(f"Stop the test. Ask {first.price_minor / 100:.2f} EUR: it earns more than 50.00 EUR")
    by_price = {one.price_minor: one for one in found.prices}
    assert sum(one.asked for one in found.prices) == 4000
    assert by_price[3750].low < 0.6 < by_price[3750].high
    assert by_price[5000].low < 0.15 < by_price[5000].high


def test_where_the_price_moves_nobody_the_list_price_stays():
    found = played(lambda off, is_new: 0.3 + 0 * off)
    assert found.advice[0].is_kept
    assert "eep the list price of 50.00 EUR" in found.says


def test_segments_are_those_of_the_begin_and_get_their_own_advice():
    found = played(lambda off, is_new: np.where(is_new & (off < 0.9), 0.7, 0.2), n=6000)
    by_name = {one.segment: one for one in found.advice}
    assert set(by_name) == {"everybody", "new", "repeat"}
    assert by_name["new"].asked + by_name["repeat"].asked == by_name["everybody"].asked
    assert by_name["new"].price_minor < 4583 < by_name["repeat"].price_minor == 5000


def test_before_the_end_it_says_to_keep_on_and_before_any_window_to_take_the_list():
    found = played(steep, as_of=30)
    assert not found.is_over
    assert found.says.startswith(f"Keep on: the days of {found.counted:,} of 4,000 clients are over. So far: ")
    assert found.counted == pytest.approx(4000 * 16 / 30, rel=0.01)
    none = played(steep, as_of=10)
    assert (none.counted, none.advice) == (0, [])
    assert none.says.startswith("Take the list and ask each client the price beside their name")
    ended = played(steep, as_of=30, stopped_at=START + 25 * DAY)
    assert ended.says.startswith("It was stopped with ")


def test_astray_exposures_are_not_to_be_trusted():
    found = played(steep, change=lambda rows: rows.assign(arm="50.00 EUR"))
    assert found.says.startswith("Do not trust this: the arms do not have their shares")
    assert found.problems


def test_an_experiment_on_offers_has_no_prices():
    told = played(steep, n=100).experiment.model_copy(update={"arms": {"B": 0.5, "holdout": 0.5}})
    with pytest.raises(ValueError, match="'Mat price' tries out offers, not prices"):
        prices.report(told, None, None, None, None, START)


# what it needs ------------------------------------------------------------------------------------
def test_a_plan_is_large_enough_to_see_what_the_lowest_price_must_sell_more():
    plan = prices.plan(MAT, TEST, 0.1, 200, REQUEST)
    assert plan.prices_minor == list(TEST.prices)
    assert plan.smallest_lift == pytest.approx(0.05 * 0.1 * 3500)
    needed = 0.1 * 3500 / 2250
    assert f"at 37.50 EUR {100 * needed:.1f} instead of 10.0 of 100 buy" in plan.says
    quarter = plan.clients / 4
    error = np.sqrt((0.1 * 0.9 + needed * (1 - needed)) / quarter)
    assert 2.4 < (needed - 0.1) / error < 4  # two-sided 5 per cent shared by three prices, four in five found
    assert plan.days == np.ceil(plan.clients / 200 * 7) + 28


def test_the_more_buy_the_fewer_it_takes():
    clients = [prices.plan(MAT, TEST, share, None, REQUEST).clients for share in (0.02, 0.1, 0.3)]
    assert clients == sorted(clients, reverse=True)
    assert "nobody came of late" in prices.plan(MAT, TEST, 0.3, None, REQUEST).says


@pytest.mark.parametrize(
    ("product", "sentence"),
    [(MAT._replace(is_margin_known=False), "is not on record"), (MAT._replace(kind="membership"), "is held"),
     (MAT._replace(price=2, margin=1), "no second price"), (MAT._replace(margin=0), "and less than the price")],
)  # fmt: skip
def test_what_cannot_be_priced_is_refused_in_a_sentence(product, sentence):
    with pytest.raises(ValueError, match=sentence):
        prices.tested(product, "EUR", REQUEST)


def test_where_all_buy_already_no_lower_price_can_earn_more():
    with pytest.raises(ValueError, match="even if all did at a lower price"):
        prices.plan(MAT, pricing.price_test("mat", 5000, 4000, currency="EUR"), 0.95, 100, REQUEST)
