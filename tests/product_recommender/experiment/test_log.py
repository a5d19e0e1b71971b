"""The log of experiments: what is within 28 days counts, and what is no offer beside nothing is left out in words."""

import numpy as np
import pandas as pd
import pytest

from studiolab.product_recommender.catalogue import catalogue
from studiolab.product_recommender.experiment import log as log_
from studiolab.product_recommender.experiment.replies import ExperimentTold
from studiolab.product_recommender.purchases import purchases

START = pd.Timestamp("2026-01-01T09:00Z")
DAY = pd.Timedelta(days=1)
ARMS = {"news": 0.25, "10 % off": 0.25, "holdout": 0.5}
GOODS = pd.DataFrame({
    "product_id": ["mat", "towel", "dues-8", "dues-all"], "price": [5000, 1000, 15_000, 20_000],
    "cost": [3000, 500, None, None], "currency": "EUR",
    "revenue_kind": ["retail", "retail", "membership", "membership"],
})  # fmt: skip


def experiment(number=1, **more):
    fields = {"experiment_id": f"x-{number}", "studio_id": "oak", "name": f"Offer {number}", "arms": ARMS,
              "control": "holdout", "product_id": "mat", "metric": "conversion", "smallest_lift": 0.05,
              "window_days": 14, "pre_days": 90, "alpha": 0.05, "power": 0.8, "clients": 400, "started_at": START - DAY,
              "stopped_at": None, "stop_note": None, "user_name": "ana"}  # fmt: skip
    return ExperimentTold(**fields | more)


def exposed(clients, arms, at=START, number=1):
    return pd.DataFrame({"experiment_id": f"x-{number}", "client_id": clients, "arm": arms, "exposed_at": at})


def order(client, days, product="mat", amount=5000):
    return {"customer_id": client, "product_id": product, "amount": amount, "created_at": START + days * DAY}


def made(orders, exposures, experiments=None, left=None, days=40, **more):
    lines = pd.DataFrame([order("somebody", -200), *orders])
    number = [f"l{k}" for k in range(len(lines))]
    lines = lines.assign(line_id=number, order_id=number, product_name="it", quantity=1.0, currency="EUR",
                         status="paid", amount=lines["amount"].astype("Int64"))  # fmt: skip
    as_of = START + days * DAY
    clients = exposures["client_id"].unique()
    members = pd.DataFrame({"member_id": clients, "left_at": pd.to_datetime([(left or {}).get(one) for one in clients],
                                                                            utc=True)})  # fmt: skip
    bought = purchases(lines, as_of)
    return log_.log(experiments or [experiment()], exposures, bought, catalogue(GOODS, bought), members, as_of, **more)


def balanced(n=40):
    """Clients whose arms have their shares."""
    arms = ["holdout", "news", "holdout", "10 % off"] * (n // 4)
    return exposed([f"m{k}" for k in range(n)], arms)


def test_a_row_a_client_with_what_they_did_within_28_days():
    orders = [order("m0", 27.9), order("m1", 28), order("m2", -1), order("m3", 1, "towel"), order("m5", 2)]
    found = made(orders, balanced(), left={"m1": START + 3 * DAY, "m2": START + 29 * DAY}, cost_minor=10)
    rows = found.rows.set_index("client_id")
    assert tuple(found.rows) == log_.COLUMNS
    assert set(rows.index[rows["bought"]]) == {"m0", "m5"}
    assert set(rows.index[rows["left"]]) == {"m1"}
    assert rows["margin_minor"][["m0", "m1", "m2", "m5"]].to_list() == [2000, -10, 0, 1990]
    assert rows["message"][["m0", "m1", "m3"]].to_list() == ["nothing", "news", "10 % off"]
    assert rows["probability"][["m0", "m1", "m3"]].to_list() == [0.5, 0.25, 0.25]
    assert (rows["sent_at"] == START.floor("D")).all()
    assert (found.sent, found.held, found.untold) == (20, 20, [])
    assert [(one.name, one.discount, one.cost_minor) for one in found.messages] == [
        ("10 % off", 0.1, 10),
        ("news", 0, 10),
    ]


def test_dues_of_who_left_are_lost_and_those_are_the_ones_last_paid():
    orders = [
        order("m1", -60, "dues-8", 15_000),
        order("m1", -20, "dues-all", 20_000),
        order("m1", 5, "dues-8", 15_000),
    ]
    found = made(orders, balanced(), left={"m1": START + 6 * DAY})
    assert found.rows.set_index("client_id")["margin_minor"]["m1"] == -20_000


def test_who_is_still_within_28_days_waits_and_what_comes_later_is_not_seen():
    clients = balanced()
    later = clients["client_id"].isin(["m4", "m5"])
    clients.loc[later, "exposed_at"] = START + 20 * DAY
    found = made([], clients)
    assert len(found.rows) == 38
    assert found.untold == ["Of experiment 'Offer 1', 2 clients' 28 days are not over."]
    assert len(made([], clients, days=10).rows) == 0
    assert len(made([], clients.assign(exposed_at=START + 50 * DAY)).rows) == 0


def test_contacts_are_the_messages_of_the_eight_weeks_before():
    first, second = balanced(), balanced().assign(experiment_id="x-2", exposed_at=START + 30 * DAY)
    third = balanced().assign(experiment_id="x-3", exposed_at=START + 60 * DAY)
    whole = [experiment(), experiment(2, product_id=None, started_at=START), experiment(3, started_at=START + DAY)]
    found = made([], pd.concat([first, second, third]), whole, days=100).rows
    before = found[found["client_id"] == "m1"].set_index("sent_at")["contacts"]
    assert before.to_list() == [0, 1]  # of the third: the second, not the first, which is over 56 days ago
    assert (found.loc[found["client_id"] == "m0", "contacts"] == 0).all()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"control": "news"}, "compares with 'news', and nobody is left alone"),
        ({"product_id": None}, "it offered no one product"), ({"product_id": "moon"}, "moon is not sold"),
        ({"arms": {"news": 0.25, "discount": 0.25, "holdout": 0.5}}, "how much cheaper 'discount' is"),
        ({"arms": {"news": 0.1, "10 % off": 0.1, "holdout": 0.8}}, "its arms do not have their shares"),
        ({"arms": {"news": 0.25, "nothing": 0.25, "holdout": 0.5}}, "two of its arms are told nothing"),
        ({"experiment_id": "x-9"}, "nobody was exposed"),
    ],
)  # fmt: skip
def test_what_is_no_offer_beside_nothing_is_left_out_in_a_sentence(change, why):
    found = made([], balanced(200), [experiment(**change)])
    assert (found.sent, found.held, found.messages, len(found.rows)) == (0, 0, (), 0)
    assert len(found.untold) == 1
    assert why in found.untold[0]
    assert list(found.rows) == list(log_.COLUMNS)


@pytest.mark.parametrize(("arm", "share"), [("news", 0), ("10 % off", 0.1), ("5% discount", 0.05), ("20 percent", 0.2),
                                            ("discount", None), ("cheaper mat", None), ("offer", 0)])  # fmt: skip
def test_a_discount_is_read_from_the_name(arm, share):
    assert log_.discount(arm) == share


def test_the_order_of_exposures_changes_nothing():
    orders = [order(f"m{k}", k % 30) for k in range(0, 40, 3)]
    one = made(orders, balanced()).rows
    other = made(orders, balanced().sample(frac=1, random_state=np.random.default_rng(1))).rows
    in_order = other.set_index("client_id").loc[one["client_id"]].reset_index()
    pd.testing.assert_frame_equal(one, in_order[list(one)])
