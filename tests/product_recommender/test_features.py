"""Features as of a cut-off: worked by hand, and blind to what comes at or after it."""

import numpy as np
import pandas as pd
import pytest

from studiolab.product_recommender.catalogue import catalogue
from studiolab.product_recommender.features import CUSTOMER, PAIR, features, holds, pairs
from studiolab.product_recommender.purchases import purchases

AS_OF = pd.Timestamp("2026-03-01T00:00Z")
LADDER = [("small", "membership", 1000), ("large", "membership", 3000), ("mat", "retail", 500)]
PRODUCTS = pd.DataFrame(LADDER, columns=["product_id", "revenue_kind", "price"])


def orders(*rows):
    """rows : (customer, product, days before AS_OF, amount); of one customer at one time they are one order."""
    table = pd.DataFrame(rows, columns=["customer_id", "product_id", "days", "amount"])
    table["order_id"] = table["customer_id"].fillna("guest") + table["days"].astype(str)
    return table.assign(
        line_id=[f"l{k}" for k in range(len(table))], product_name=None, quantity=1.0, currency="EUR", status="paid",
        created_at=AS_OF - pd.to_timedelta(table["days"], "D"),
    )  # fmt: skip


def visits(*rows):
    table = pd.DataFrame(rows, columns=["member_id", "days", "status"])
    return table.assign(attended_at=AS_OF - pd.to_timedelta(table["days"], "D"))


def test_recency_frequency_and_money_are_those_worked_by_hand():
    lines = orders(("ana", "mat", 400, 500), ("ana", "small", 50, 900), ("ana", "small", 10, 1000),
                   ("ana", "mat", 10, 500), ("ben", "mat", 91, 500), (None, "mat", 3, 500))  # fmt: skip
    bought = purchases(lines, AS_OF)
    seen = visits(("ana", 5, "attended"), ("ana", 2, "no_show"), ("ana", 60, "attended"), ("ann", 1, "attended"))
    known = features(bought, AS_OF, seen, catalogue=catalogue(PRODUCTS))
    assert known.customers.tolist() == ["ana", "ben"]
    ana = dict(zip(CUSTOMER, known.values[0].tolist(), strict=True))
    assert [ana[name] for name in ("recency", "tenure", "orders", "gap", "variety")] == [10, 400, 3, 195, 2]
    assert [ana[f"orders_{days}"] for days in (28, 91, 365)] == [1, 2, 2]
    assert [ana[name] for name in ("money_91", "money_365", "money", "step")] == [2400, 2400, 2900, 0]
    assert [ana[name] for name in ("visits_28", "visits_91", "since_visit")] == [1, 2, 5]
    ben = dict(zip(CUSTOMER, known.values[1].tolist(), strict=True))
    assert (ben["orders_28"], ben["orders_91"], ben["step"]) == (0, 1, -1)
    assert np.isnan([ben["gap"], ben["since_visit"], ben["is_member"]]).all()


def test_a_customer_and_a_product_are_known_by_what_was_bought_of_it():
    bought = purchases(orders(("ana", "mat", 60, 500), ("ana", "small", 20, 1000), (None, "mat", 3, 500)), AS_OF)
    sold = catalogue(PRODUCTS)
    known = features(bought, AS_OF, catalogue=sold)
    found = pairs(known, bought, AS_OF, sold, ["mat", "large"])[0, :, len(CUSTOMER) :]
    mat, large = (dict(zip(PAIR, row.tolist(), strict=True)) for row in found)
    assert [mat[name] for name in ("bought_28", "bought_91", "bought", "since_bought", "share")] == [0, 1, 1, 60, 0.5]
    assert mat["sold_28"] == pytest.approx(1 / 28)
    assert mat["sold_91"] == pytest.approx(2 / 91)
    assert np.isnan(mat["above"])
    assert (large["above"], large["price"], large["bought"]) == (1, 3000, 0)


def test_the_season_compares_the_same_days_a_year_ago_with_those_before_them():
    rows = [("ana", "mat", 700, 500)] + [("ana", "mat", 365 - day, 500) for day in range(6)]
    bought, sold = purchases(orders(*rows), AS_OF), catalogue(PRODUCTS)
    found = pairs(features(bought, AS_OF), bought, AS_OF, sold, ["mat"])[0, 0]
    assert found[len(CUSTOMER) + PAIR.index("season")] == pytest.approx(np.log(7))


def test_a_membership_is_held_for_a_while_and_a_mat_for_good():
    bought = purchases(orders(("ana", "small", 46, 1), ("ana", "large", 44, 1), ("ana", "mat", 500, 1)), AS_OF)
    held = holds(bought, AS_OF, catalogue(PRODUCTS), ["ana"], ["small", "large", "mat"])
    assert held.tolist() == [[False, True, True]]


def test_a_member_without_a_purchase_is_known_and_an_end_to_come_is_not():
    members = pd.DataFrame({
        "member_id": ["cleo", "dan", "eve"],
        "joined_at": AS_OF - pd.to_timedelta([30, 40, -1], "D"),
        "left_at": AS_OF + pd.to_timedelta([5, -5, 9], "D"),
    })  # fmt: skip
    known = features(purchases(orders(("ana", "mat", 4, 500)), AS_OF), AS_OF, members=members)
    assert known.customers.tolist() == ["ana", "cleo", "dan"]
    assert known["is_member"].tolist() == [0, 1, 0]
    assert known["member_days"][1] == 30
    assert known["orders"].tolist() == [1, 0, 0]
    assert np.isnan(known["recency"][1])


def test_another_future_moves_nothing():
    rng = np.random.default_rng(0)
    names = [[f"c{k}" for k in rng.integers(0, 30, 400)], rng.choice(["small", "large", "mat"], 400)]
    past = list(zip(*names, rng.integers(1, 800, 400).tolist(), [100] * 400, strict=True))
    ahead = [(f"c{k}", "mat", -day, 900) for k, day in enumerate(range(60))] + [("c1", "mat", 0, 7)]
    sold, found = catalogue(PRODUCTS), []
    for future in ([], ahead):
        bought = purchases(orders(*past, *future), AS_OF + pd.Timedelta(days=90))
        came = visits(("c1", 4, "attended"), *[("c2", -2, "attended")] * len(future))
        members = pd.DataFrame({"member_id": ["c3", "zoe"], "joined_at": AS_OF - pd.to_timedelta([9, -9], "D"),
                                "left_at": pd.to_datetime([AS_OF if future else None, None], utc=True)})  # fmt: skip
        known = features(bought, AS_OF, came, members, sold)
        found.append((known, pairs(known, bought, AS_OF, sold, list(sold.products))))
    (before, pairs_before), (after, pairs_after) = found
    assert before.customers.equals(after.customers)
    np.testing.assert_array_equal(before.values, after.values)
    np.testing.assert_array_equal(pairs_before, pairs_after)
