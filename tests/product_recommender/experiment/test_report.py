"""What a report says: figures, words, and when it says not to believe it."""

import numpy as np
import pandas as pd
import pytest

from studiolab.product_recommender.catalogue import catalogue
from studiolab.product_recommender.experiment import trial
from studiolab.product_recommender.experiment.replies import ExperimentTold
from studiolab.product_recommender.experiment.report import impact, report
from studiolab.product_recommender.experiment.trial import Experiment, assign
from studiolab.product_recommender.purchases import purchases

START = pd.Timestamp("2026-01-01T00:00Z")
DAY = pd.Timedelta(days=1)
GOODS = pd.DataFrame({"product_id": ["mat"], "price": [5000], "cost": [3000], "currency": ["EUR"]})
ARMS = {"B": 0.5, "holdout": 0.5}


def told(effect, n=800, days=40, as_of=90, arms=ARMS, change=None, base=0.15, seed=5, **more):
    """Report on n clients, exposed evenly over `days`, who buy with chance base + effect[arm]."""
    fields = {"experiment_id": "x-1", "arms": arms, "control": "holdout", "product_id": "mat", "metric": "conversion",
              "window_days": 10, "pre_days": 30, "alpha": 0.05, "power": 0.8, "smallest_lift": 0.08, "clients": n,
              "started_at": START, "stopped_at": None} | more  # fmt: skip
    rng, clients = np.random.default_rng(seed), [f"c{k}" for k in range(n)]
    arm = np.array(assign("x-1", clients, arms))
    at = START + pd.to_timedelta(np.arange(n) * days / n, "D").floor("s")
    exposures = pd.DataFrame({"client_id": clients, "arm": arm, "exposed_at": at})
    buys = np.flatnonzero(rng.random(n) < base + np.array([effect.get(name, 0) for name in arm]))
    number = [f"o{k}" for k in buys]
    orders = pd.DataFrame({
        "line_id": number, "order_id": number, "customer_id": [clients[k] for k in buys], "product_id": "mat",
        "product_name": "Mat", "quantity": 1.0, "amount": 5000, "currency": "EUR", "status": "paid",
        "created_at": at[buys] + DAY,
    })  # fmt: skip
    until = START + as_of * DAY
    bought = purchases(orders, until)
    seen = exposures if change is None else change(exposures)
    shown = {"studio_id": "oak", "name": "Mat offer", "stop_note": None, "user_name": "ana"}
    return report(ExperimentTold(**fields | shown), Experiment(**fields), seen, bought, catalogue(GOODS, bought), until)


def test_figures_of_the_arms_are_those_of_the_clients():
    found = told({}, as_of=30)
    assert (found.exposed, found.counted, found.state) == (600, 401, "running")
    assert sum(arm.counted for arm in found.arms) == 401
    for arm in found.arms:
        assert arm.conversion == arm.buyers / arm.counted
        assert arm.conversion_low < arm.conversion < arm.conversion_high
        assert arm.margin_minor == pytest.approx(2000 * arm.conversion)


def test_before_anybody_bought_it_is_too_early_and_says_how_long():
    found = told({}, as_of=8)
    assert found.says == "Keep on: at most about 42 more days. It is too early to tell."
    assert found.days_left == 42  # 32 to expose the rest, 10 for the last window
    assert impact(found) is None


def test_nobody_exposed_is_said():
    found = told({}, change=lambda rows: rows[:0])
    assert found.says == "Keep on: nobody has been exposed yet. It is too early to tell."
    assert [arm.conversion for arm in found.arms] == [None, None]


@pytest.mark.parametrize(
    ("effect", "seed", "starts"),
    [
        ({"B": 0.2}, 5, "Stop: B brings "),
        ({"B": -0.14}, 5, "Stop: no gain worth 8.0 points; B brings between "),
        ({"B": 0.0}, 10, "Stop: no difference worth 8.0 points; B brings between "),
    ],
)
def test_the_decision_is_said_in_words(effect, seed, starts):
    found = told(effect, seed=seed)
    assert found.state == "decided"
    assert found.says.startswith(starts)
    assert found.says.endswith(" points more than holdout.")
    assert found.lifts[0].low <= effect["B"] <= found.lifts[0].high


def test_a_plan_that_ends_between_says_so():
    found = told({"B": 0.03}, smallest_lift=0.001, n=800, seed=6)
    assert found.says.startswith("Stop: the plan is at its end without an answer; B brings between ")


def test_a_running_report_gives_its_interval_and_the_days_left():
    found = told({"B": 0.05}, as_of=35)
    assert found.says.startswith("Keep on: at most about ")
    assert ". So far B brings between " in found.says
    assert found.lifts[0].course[-1].low == found.lifts[0].low
    assert found.days_left == 15


def test_stopped_before_it_could_tell_counts_those_who_were_exposed_until_then():
    found = told({"B": 0.05}, stopped_at=START + 20 * DAY)
    assert (found.state, found.exposed, found.counted) == ("stopped", 400, 400)
    assert found.says.startswith("It was stopped before it could tell: B brings between")


def test_shares_that_went_astray_are_not_to_be_trusted():
    def lost(rows):
        return rows[(rows["arm"] == "B") | (np.arange(len(rows)) % 3 > 0)]

    found = told({"B": 0.2}, change=lost)
    assert found.state == "do not trust"
    assert found.says.startswith("Do not trust this: the arms do not have their shares: ")
    assert impact(found) is None


def test_a_client_in_another_arm_than_theirs_is_named():
    def moved(rows):
        other = rows["arm"].map({"B": "holdout", "holdout": "B"})
        return rows.assign(arm=rows["arm"].where(rows["client_id"] != "c7", other))

    found = told({}, change=moved)
    assert found.state == "do not trust"
    assert "1 clients are logged in another arm than theirs, e.g. c7;" in found.says


def test_the_impact_is_the_measured_margin_with_its_interval_and_source():
    found = told({"B": 0.2}, n=3000)
    worth = impact(found)
    margin = next(one for one in found.lifts if one.metric == "margin")
    assert (worth["lift"], worth["low"], worth["high"]) == (margin.lift, margin.low, margin.high)
    assert worth["low"] <= 0.2 * 2000 <= worth["high"]
    assert worth["says"].startswith("Measured in 'Mat offer' over 3,000 clients, 10 days each: B brings ")
    assert "EUR of margin a client" in worth["says"]
    assert "95 of 100 such intervals" in worth["says"]


def test_of_several_arms_each_is_compared_and_the_best_is_the_impact():
    arms = {"B": 1 / 3, "C": 1 / 3, "holdout": 1 / 3}
    found = told({"B": 0.0, "C": 0.25}, n=1500, arms=arms)
    assert [(one.arm, one.metric) for one in found.lifts] == [
        ("B", "conversion"), ("C", "conversion"), ("B", "margin"), ("C", "margin")]  # fmt: skip
    assert impact(found)["says"].count("C brings") == 1
    alone = told({"B": 0.0}, n=1000, seed=5)
    assert found.state == alone.state == "decided"


def test_daily_readers_and_a_late_reader_are_told_the_same_decision():
    for effect in (0.2, 0.0):
        late = told({"B": effect}).lifts[0]
        daily = (told({"B": effect}, as_of=day).lifts[0] for day in range(5, 60))
        first = next(one for one in daily if one.decided_at)
        assert (first.decided_at, first.low) == (late.decided_at, pytest.approx(late.low))
    assert late.decides
    assert trial.METRICS == ("conversion", "margin")
