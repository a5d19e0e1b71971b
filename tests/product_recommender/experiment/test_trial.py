"""Arms, outcomes and running differences, on clients worked by hand and on clients drawn."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, kstest

from studiolab.product_recommender.catalogue import catalogue
from studiolab.product_recommender.experiment import trial
from studiolab.product_recommender.experiment.trial import Experiment, Outcomes, assign
from studiolab.product_recommender.purchases import purchases, seconds

START = pd.Timestamp("2026-01-01T00:00Z")
DAY = pd.Timedelta(days=1)
HALVES = {"B": 0.5, "A": 0.5}
GOODS = pd.DataFrame({
    "product_id": ["mat", "dues", "card"], "revenue_kind": ["retail", "membership", "retail"],
    "price": pd.array([5000, 9000, 2000], "Int64"), "cost": pd.array([3000, 0, None], "Int64"), "currency": "EUR",
})  # fmt: skip


def plan(**more):
    told = {"experiment_id": "x", "arms": HALVES, "control": "A", "product_id": "mat", "metric": "conversion",
            "window_days": 10, "pre_days": 30, "alpha": 0.05, "power": 0.8, "smallest_lift": 0.05, "clients": 400,
            "started_at": START}  # fmt: skip
    return Experiment(**told | more)


# arms ---------------------------------------------------------------------------------------------
@given(st.lists(st.text(max_size=12), unique=True, max_size=50), st.text(min_size=1, max_size=8))
def test_a_client_stays_in_their_arm_whoever_comes_along(clients, name):
    arms = {"A": 0.2, "B": 0.3, "holdout": 0.5}
    together = assign(name, clients, arms)
    assert together == [assign(name, [client], arms)[0] for client in clients]
    assert together == assign(name, clients[::-1], arms)[::-1]


def test_the_arm_is_the_same_on_every_machine():
    """As `printf "mat-offer-1\\x1fm1" | sha256sum` says: B where the first digit is below 8."""
    assert assign("mat-offer-1", ["m1", "m2", "m3", "Zoë", "m4", "m5", "m6"], HALVES) == [*"BBBBAAA"]


@pytest.mark.parametrize("ids", ["client-{}", "{}", "studio-001-m{:05d}", "{:032x}"])
def test_arms_have_their_shares_also_within_ids_that_look_alike(ids):
    arms = {"A": 0.1, "B": 0.2, "holdout": 0.7}
    found = assign("e", [ids.format(n) for n in range(30_000)], arms)
    assert trial.mismatch(plan(arms=arms, control="A"), found) > 1e-4
    cuts = [assign("e", [ids.format(n) for n in range(3_000)], {"A": s, "B": 1 - s}).count("A") / 3_000
            for s in np.linspace(0.02, 0.98, 49)]  # fmt: skip
    assert kstest(cuts, "uniform", args=(0.02, 0.96)).pvalue > 1e-4
    assert np.abs(np.array(cuts) - np.linspace(0.02, 0.98, 49)).max() < 0.04


def test_two_experiments_know_nothing_of_each_other():
    clients = [f"c{n}" for n in range(20_000)]
    one, other = (np.array(assign(name, clients, HALVES)) for name in ("spring-1", "spring-2"))
    both = pd.crosstab(one, other)
    assert chi2_contingency(both).pvalue > 1e-4


def test_lost_clients_are_seen_in_the_shares():
    arms = assign("x", [f"c{n}" for n in range(4_000)], HALVES)
    assert trial.mismatch(plan(), arms) > 0.001
    lost = [arm for k, arm in enumerate(arms) if arm == "A" or k % 5]
    assert trial.mismatch(plan(), lost) < trial.MISMATCH
    assert trial.mismatch(plan(), []) == 1


# outcomes -----------------------------------------------------------------------------------------
def sold(*lines):
    """Purchases of (client, day after START, amount, product), as of day 200."""
    rows = [{"line_id": str(k), "order_id": str(k), "customer_id": client, "product_id": product,
             "product_name": product, "quantity": 1.0, "amount": amount, "currency": "EUR", "status": "paid",
             "created_at": START + day * DAY} for k, (client, day, amount, product) in enumerate(lines)]  # fmt: skip
    return purchases(pd.DataFrame(rows).astype({"amount": "Int64"}), START + 200 * DAY)


def exposed(*clients, arm="B", day=0.0):
    at = pd.Series([START + day * DAY] * len(clients))
    return pd.DataFrame({"client_id": clients, "arm": arm, "exposed_at": at})


def found(lines, **more):
    bought = sold(*lines)
    told = trial.outcomes(plan(**more), exposed("ana", "ben", day=50.0), bought, catalogue(GOODS, bought))
    return told.conversion.tolist(), told.margin.tolist(), told.before.tolist()


def test_a_purchase_counts_from_exposure_to_the_end_of_the_window():
    edges = [("ana", 50, 5000, "mat"), ("ben", 60, 5000, "mat"), ("ben", 49.999, 100, "card"), ("ana", 20, 700, "card"),
             ("ana", 19.9, 900, "card")]  # fmt: skip
    assert found(edges) == ([1, 0], [2000, 0], [700, 100])


def test_margin_is_of_all_they_buy_and_conversion_of_what_is_offered():
    lines = [("ana", 51, 9000, "dues"), ("ben", 51, 2000, "card"), ("ben", 52, 2500, "mat"), (None, 51, 5000, "mat")]
    assert found(lines) == ([0, 1], [9000, 2000 - 500], [0, 0])  # the mat of 3000 went for 2500
    assert found(lines, product_id=None)[0] == [0, 1]


def test_refunds_are_taken_back_in_part_and_in_whole_also_after_the_window():
    lines = [("ana", 51, 5000, "mat"), ("ana", 90, -5000, "mat"), ("ben", 51, 5000, "mat"), ("ben", 53, -2500, "mat")]
    assert found(lines) == ([0, 1], [0, 2500 - 3000], [0, 0])  # half of the price is back, the mat is not


@given(st.integers(1, 5), st.integers(0, 99))
def test_a_discount_is_taken_off_what_is_kept(pieces, off):
    bought = sold(("ana", 51, round(pieces * 5000 * (1 - off / 100)), "mat"))
    bought = bought._replace(quantity=np.array([float(pieces)]))
    margin = trial.margins(bought, catalogue(GOODS, bought), slice(None)).item()
    paid_for = min(pieces, math.ceil(pieces * (100 - off) / 100))
    assert margin == pytest.approx(pieces * 5000 * (1 - off / 100) - paid_for * 3000)
    assert off >= 100 / pieces or paid_for == pieces


# running ------------------------------------------------------------------------------------------
def drawn(n=600, lift=0.0, seed=0, slope=0.0):
    rng = np.random.default_rng(seed)
    arm, before = rng.integers(0, 2, n), rng.exponential(1000, n)
    bought = (rng.random(n) < 0.2 + lift * (arm == 0)).astype(float)
    ends = seconds(START) + np.sort(rng.integers(10 * 86_400, 60 * 86_400, n)).astype("timedelta64[s]")
    return Outcomes(arm, ends, bought, bought * 2000 + slope * before, before)


def test_nobody_counts_whose_window_is_not_over():
    known = drawn()
    late = known._replace(ends=np.where(np.arange(600) < 300, known.ends, known.ends + 365 * trial.DAY))
    first = Outcomes(*(part[:300] for part in known))
    for metric in trial.METRICS:
        one, other = (trial.running(plan(clients=600), told, "B", metric, START + 90 * DAY) for told in (late, first))
        assert one.lift == pytest.approx(other.lift)
        assert one.error == pytest.approx(other.error, nan_ok=True, rel=0.01)


def test_the_last_look_is_the_difference_of_the_means_and_its_welch_error():
    known = drawn(slope=0.3)
    course = trial.running(plan(clients=560), known, "B", "margin", START + 90 * DAY, adjusted=False)
    over = known.ends <= course.day[-1]
    arms = [known.margin[over & (known.arm == k)] for k in (0, 1)]
    assert course.lift[-1] == pytest.approx(arms[0].mean() - arms[1].mean())
    assert course.error[-1] == pytest.approx(np.sqrt(sum(part.var(ddof=1) / len(part) for part in arms)))
    assert course.fraction[-1] >= 1 > course.fraction[-2]


def test_spending_before_takes_its_share_of_the_variance():
    known = drawn(n=4000, slope=1.0)
    plain, less = (trial.running(plan(clients=3900), known, "B", "margin", START + 90 * DAY, adjusted)
                   for adjusted in (False, True))  # fmt: skip
    explained = np.corrcoef(known.margin, known.before)[0, 1] ** 2
    assert less.spared[-1] == pytest.approx(explained, abs=0.03)
    assert (less.error[-1] / plain.error[-1]) ** 2 == pytest.approx(1 - explained, abs=0.03)


def test_spending_before_that_says_nothing_changes_nothing():
    known = drawn()._replace(before=np.zeros(600))
    plain, less = (trial.running(plan(clients=500), known, "B", "margin", START + 90 * DAY, adjusted)
                   for adjusted in (False, True))  # fmt: skip
    assert less.lift == pytest.approx(plain.lift)
    assert less.error == pytest.approx(plain.error, nan_ok=True)


def test_what_was_said_on_a_day_stays_said():
    known = drawn(lift=0.1)
    whole = trial.running(plan(clients=550), known, "B", "conversion", START + 90 * DAY)
    for days in (20, 30, 45):
        part = trial.running(plan(clients=550), known, "B", "conversion", START + days * DAY)
        upto = len(part.day)
        assert (part.day == whole.day[:upto]).all()
        assert part.low == pytest.approx(whole.low[:upto], nan_ok=True)


def test_without_ten_buyers_margin_has_no_interval_and_decides_nothing():
    known = drawn()._replace(conversion=np.zeros(600))
    course = trial.running(plan(clients=900), known, "B", "margin", START + 90 * DAY)
    assert np.isnan(course.low).all()
    assert trial.decided(plan(), course, "margin") is None


def test_a_share_of_nobody_has_an_interval_all_the_same():
    known = drawn()._replace(conversion=np.zeros(600))
    course = trial.running(plan(clients=600), known, "B", "conversion", START + 90 * DAY)
    assert (course.low < 0).all()
    assert 0.005 < course.high[-1] < 0.02


def test_nobody_exposed_is_no_look():
    none = Outcomes(*(part[:0] for part in drawn()))
    course = trial.running(plan(), none, "B", "margin", START + 90 * DAY)
    assert len(course.day) == 0
    assert trial.decided(plan(), course, "margin") is None


@pytest.mark.parametrize(
    ("low", "high", "fraction", "at"),
    [([-1, 0.01, 0.02], [1, 0.2, 0.2], [0.2, 0.4, 0.6], 1), ([-1, -1, -0.2], [1, 1, -0.01], [0.2, 0.4, 0.6], 2),
     ([-1, -0.1, -0.1], [1, 0.04, 0.04], [0.2, 0.4, 0.6], 1), ([-1, -1, -1], [1, 1, 1], [0.2, 0.4, 1.0], 2),
     ([-1, -1, -1], [1, 1, 1], [0.2, 0.4, 0.6], None)],
)  # fmt: skip
def test_it_decides_when_all_is_on_one_side_or_too_little_or_the_plan_ends(low, high, fraction, at):
    parts = [np.array(part, float) for part in (fraction, low, low, low, high, low)]
    assert trial.decided(plan(), trial.Running(np.arange(3), *parts), "conversion") == at
