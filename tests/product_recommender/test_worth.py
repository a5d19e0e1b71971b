"""Answers on customer value add up and hold what the models say."""

import numpy as np
import pandas as pd
import pytest

from studiolab import schema
from studiolab.product_recommender import timing, value, worth
from studiolab.product_recommender.purchases import purchases

START = pd.Timestamp("2026-01-01T12:00Z")
NOW = START + pd.Timedelta(days=210)


@pytest.fixture(scope="module")
def known():
    """`Value` and `Rhythm` of 40 customers who come at a pace of their own, every fourth one silent for long."""
    rng = np.random.default_rng(3)
    rows = []
    for who in range(40):
        days = np.cumsum(rng.gamma(4, rng.uniform(2, 6), 40))
        days = days[days < (120 if who % 4 == 0 else 209)]
        rows += [{"studio_id": "oak", "line_id": f"{who}-{day}", "order_id": f"{who}-{day}", "customer_id": f"c{who}",
                  "product_id": "mat", "amount": 1000 + 50 * who, "currency": "EUR",
                  "created_at": START + pd.Timedelta(days=float(day))} for day in days]  # fmt: skip
    sold = purchases(schema.validate("orders", pd.DataFrame(rows)), NOW)
    found = value.fit(sold, NOW)
    return found, timing.rhythm(sold, found)


def test_values_are_those_of_the_model_the_most_first(known):
    answer = worth.values(*known, {"c1": "Ana"}, limit=40)
    model = pd.Series(known[0].worth(365), known[0].customers)
    assert {one.customer_id: one.expected_value_minor for one in answer.customers} == model.to_dict()
    assert answer.total_expected_value_minor == model.sum()
    told = [one.expected_value_minor for one in answer.customers]
    assert told == sorted(told, reverse=True)
    assert {one.customer_id: one.customer_name for one in answer.customers}["c1"] == "Ana"


def test_a_limit_takes_the_first_and_leaves_the_totals(known):
    few, all_of_them = (worth.values(*known, {}, limit) for limit in (3, 40))
    assert few.customers == all_of_them.customers[:3]
    assert few.total_expected_value_minor == all_of_them.total_expected_value_minor


def test_next_orders_lie_after_the_moment_and_in_order(known):
    for one in worth.values(*known, {}, limit=40).customers:
        days = [day for day in (one.next_order_soonest, one.next_order, one.next_order_latest) if day]
        assert days == sorted(days)
        assert all(day >= NOW.date() for day in days)
        assert one.last_order < NOW.date()


def test_the_churn_list_is_of_the_silent_with_most_money_first(known):
    answer = worth.churn(*known, {}, limit=200)
    risk = [one.money_at_risk_minor for one in answer.customers]
    assert risk == sorted(risk, reverse=True)
    assert answer.total == len(risk) > 0
    assert {int(one.customer_id[1:]) % 4 for one in answer.customers} == {0}
    assert worth.churn(*known, {}, limit=1).customers == answer.customers[:1]
