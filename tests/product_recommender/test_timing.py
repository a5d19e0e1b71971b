import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiolab.product_recommender import timing, value
from studiolab.product_recommender.catalogue import catalogue
from studiolab.product_recommender.purchases import purchases

AS_OF = pd.Timestamp("2026-01-01", tz="UTC")  # a Thursday


def kept(*lines):
    """Purchases of (customer, instant, amount), one order a line, of a mat if no product is named."""
    frame = pd.DataFrame([(*line, "mat")[:4] for line in lines], columns=["customer", "at", "amount", "product"])
    number = [f"o{k}" for k in range(len(frame))]
    return purchases(pd.DataFrame({
        "line_id": number, "order_id": number, "customer_id": frame["customer"], "product_id": frame["product"],
        "product_name": frame["product"], "quantity": 1.0, "amount": frame["amount"], "currency": "EUR",
        "status": "paid", "created_at": pd.to_datetime(frame["at"], utc=True),
    }), AS_OF)  # fmt: skip


def steady(customer, every, silent, orders=8, amount=3000):
    last = AS_OF - pd.Timedelta(silent + 0.5, "D")
    return [(customer, last - pd.Timedelta(every * k, "D"), amount) for k in range(orders)]


def studio(n=150, regularity=4.0, leaves=0.1, seed=0, window=365):
    """(Purchases, dict of customer to the days of their next order, None where they left)."""
    rng, rows, coming = np.random.default_rng(seed), [], {}
    for k in range(n):
        pace, at, first = rng.gamma(8, 1 / 200) * regularity, 0.0, True
        at = float(rng.integers(0, window - 30))
        while True:
            if at >= window:
                coming[f"c{k:03d}"] = at - window
                break
            rows.append((f"c{k:03d}", AS_OF - pd.Timedelta(window - at, "D"), 3000))
            if not first and rng.random() < leaves:
                coming[f"c{k:03d}"] = None
                break
            at, first = at + rng.gamma(regularity, 1 / pace), False
    return kept(*rows), coming


def test_a_few_orders_draw_the_studios_pattern_to_ones_own():
    mondays = [("ana", f"2025-{month:02d}-{day:02d}T19:00", 1000)
               for month, day in ((6, 2), (7, 7), (8, 4), (9, 1), (10, 6))]  # fmt: skip
    others = [(f"o{k}", f"2025-06-{day:02d}T08:00", 1000) for k in range(30) for day in (4, 11, 18, 25)]
    others += [(f"p{k}", f"2025-06-{day:02d}T15:00", 1000) for k in range(30) for day in (6, 13, 20, 27)]
    found = timing.habits(kept(*mondays, *others, ("new", "2025-06-06T15:00", 1000)), AS_OF)
    best = found.best()
    assert best.loc["ana", ["weekday", "part", "orders"]].tolist() == ["MO", "evening", 5]
    assert found.share.sum(axis=(1, 2)) == pytest.approx(np.ones(len(best)))
    one = found.share[found.customers.get_loc("new")]
    assert found.studio[4, 3] < one[4, 3] < 1  # drawn, not taken for granted
    assert found.says == ()


def test_where_all_are_alike_ones_own_few_orders_weigh_little():
    rng = np.random.default_rng(1)
    lines = [(f"c{k}", AS_OF - pd.Timedelta(int(rng.integers(1, 4000)), "h"), 1000) for k in range(200)
             for _ in range(6)]  # fmt: skip
    assert timing.habits(kept(*lines), AS_OF).weight > 50


def test_the_clock_is_that_of_the_zone_of_the_moment():
    lines = kept(*[("ana", f"2025-06-{day:02d}T02:00Z", 1000) for day in (3, 10, 17)])
    best = timing.habits(lines, AS_OF.tz_convert("America/New_York")).best()
    assert best.loc["ana", ["weekday", "part"]].tolist() == ["MO", "evening"]


def test_bills_are_not_bought_at_a_chosen_time():
    sold = pd.DataFrame({"product_id": ["dues", "mat"], "product_name": ["Dues", "Mat"], "price": [100, 100],
                         "revenue_kind": ["membership", "retail"], "currency": ["EUR", "EUR"]})  # fmt: skip
    bills = [("ana", f"2025-{month:02d}-01T09:00", 100, "dues") for month in range(1, 10)]
    lines = kept(*bills, ("ana", "2025-06-03T18:00", 100), ("ana", "2025-07-01T18:00", 100))
    best = timing.habits(lines, AS_OF, catalogue(sold)).best()
    assert best.loc["ana", ["weekday", "part", "orders"]].tolist() == ["TU", "evening", 2]


def test_orders_without_a_time_of_day_are_told():
    lines = kept(*[(f"c{day}", f"2025-06-{day:02d}", 1000) for day in range(1, 20)])
    assert "only their weekdays" in timing.habits(lines, AS_OF).says[0]


def test_where_nobody_is_known_by_name_there_are_no_habits():
    found = timing.habits(kept((None, "2025-06-01T10:00", 100)), AS_OF)
    assert found.best().empty
    assert found.studio.sum() == pytest.approx(1)


def test_regularity_and_the_chance_to_leave_are_found_again():
    lines, coming = studio(600)
    told = timing.rhythm(lines, value.fit(lines, AS_OF, "day"))
    assert told.regularity == pytest.approx(4, rel=0.15)
    left = np.mean([coming[customer] is None for customer in told.customers])
    assert 1 - told.alive().mean() == pytest.approx(left, abs=0.05)


def test_the_rhythm_tells_who_left_better_than_orders_at_random_do():
    lines, coming = studio(600)
    bought = value.fit(lines, AS_OF, "day")
    here = np.array([coming[customer] is not None for customer in bought.customers], float)
    came = bought.repeats > 0
    rhythm = timing.rhythm(lines, bought)
    error = ((rhythm.alive() - here)[came] ** 2).mean()
    assert error < ((bought.alive() - here)[came] ** 2).mean()


def test_four_in_five_who_stayed_order_between_soonest_and_latest():
    lines, coming = studio(800, seed=3)
    rhythm = timing.rhythm(lines, value.fit(lines, AS_OF, "day"))
    waits = np.array([np.nan if coming[customer] is None else coming[customer] for customer in rhythm.customers])
    stayed = (rhythm.repeats >= 2) & ~np.isnan(waits)
    for share in (0.1, 0.5, 0.9):
        assert (waits < rhythm.waiting(share))[stayed].mean() == pytest.approx(share, abs=0.08)
    dates = rhythm.next_order()
    assert (dates["soonest"] <= dates["likely"])[stayed].all()


def test_who_fell_silent_is_listed_with_the_reason_and_the_money():
    lines = [line for k in range(60) for line in steady(f"c{k:02d}", 9 + k % 5, k % 9)]
    lines += steady("ana", 9, 41, amount=9000) + steady("ben", 9, 5, amount=9000) + steady("old", 9, 900, amount=9000)
    lines += steady("cem", 9, 41, amount=6000)
    lines = kept(*lines)
    bought = value.fit(lines, AS_OF, "day")
    rhythm = timing.rhythm(lines, bought)
    listed = timing.churn_list(bought, rhythm)
    assert listed["customer_id"].tolist() == ["ana", "cem"]  # ben came, of old it is no news
    assert listed["reason"].iloc[0] == "ordered every 9 days, silent for 41"
    at = bought.customers.get_loc("ana")
    stays = (bought.orders_if_alive(365) * bought.money())[at]
    assert listed["money_at_risk_minor"].iloc[0] == round((1 - rhythm.alive()[at]) * stays)
    assert "old" in timing.churn_list(bought, rhythm, high=0.0, recent_days=None)["customer_id"].tolist()


@pytest.fixture(scope="module")
def told():
    lines = kept(*steady("ana", 9, 41), *steady("ben", 30, 10), ("once", "2025-06-01", 1000))
    return timing.rhythm(lines, value.fit(lines, AS_OF, "day"))


@given(st.floats(0, 3000), st.floats(0.1, 3000))
def test_the_longer_the_silence_the_less_likely_they_stayed(told, silent, more):
    early, late = told.alive(np.full(3, silent)), told.alive(np.full(3, silent + more))
    assert (late <= early).all()
    assert ((late >= 0) & (early <= 1)).all()
    assert late[told.customers.get_loc("once")] == 1


def test_with_nobody_who_came_back_nobody_is_listed_and_it_says_why():
    lines = kept(("ana", "2025-06-01", 1000), ("ben", "2025-09-01", 1000))
    bought = value.fit(lines, AS_OF, "day")
    told = timing.rhythm(lines, bought)
    assert timing.churn_list(bought, told).empty
    assert "how regular" in told.says[0]
