import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiolab.product_recommender.catalogue import catalogue
from studiolab.product_recommender.experiment import sample_size
from studiolab.product_recommender.experiment.replies import SizeRequest
from studiolab.product_recommender.experiment.sample_size import clients_needed, share_spread
from studiolab.product_recommender.purchases import purchases

from ..shop import AS_OF as JUNE
from ..shop import MEMBERSHIPS, line, orders

HALVES = {"A": 0.5, "B": 0.5}
AS_OF = pd.Timestamp("2026-06-01T00:00Z")


def needed(lift=0.02, arms=HALVES, **more):
    return clients_needed(arms, "A", share_spread(0.1), share_spread(0.1 + lift), lift, **more)


def test_one_look_needs_what_the_textbook_says():
    """10 % against 12 % at power 0.8: 3,838.1 an arm, the variances of both arms apart."""
    assert needed(at_once=True) == pytest.approx(2 * 3838.1, abs=3)
    assert clients_needed(HALVES, "A", 1.0, 1.0, 0.5, power=0.9, at_once=True) == pytest.approx(2 * 84.06, abs=2)


def test_looking_daily_costs_a_twentieth_more():
    assert needed() / needed(at_once=True) == pytest.approx(1.053, abs=0.003)


@given(st.floats(0.05, 0.5))
def test_the_smallest_arm_decides_and_halves_are_best(share):
    assert needed(arms={"A": 1 - share, "B": share}) >= needed() - 1


def test_three_arms_share_the_false_alarms_and_spending_before_saves_clients():
    third = {"A": 1 / 3, "B": 1 / 3, "C": 1 / 3}
    assert needed(arms=third) > 1.5 * needed() * 1.1
    assert needed(spared=0.3) == pytest.approx(0.7 * needed(), abs=2)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"lift": 0}, "smallest_lift: got 0; expected above 0"),
        ({"power": 1.0}, "power: got 1; expected between 0.5 and 0.999"),
        ({"alpha": 0.0}, "alpha: got 0; expected between 0 and 0.5"),
        ({"arms": {"B": 0.5, "C": 0.5}}, "there is no arm 'A'"),
    ],
)
def test_what_cannot_be_is_said(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        needed(**change)


@pytest.fixture(scope="module")
def sold():
    """200 clients who bought 40 to 120 days ago; a quarter of them buy again in the last 28, who had spent the more."""
    rng = np.random.default_rng(0)
    rows = []
    for n in range(200):
        again = n % 4 == 0
        lines = [(AS_OF - pd.Timedelta(days=float(rng.uniform(40, 110))), 4_000 if again else 1_000)]
        if again:
            lines.append((AS_OF - pd.Timedelta(days=float(rng.uniform(0, 27))), 3_000))
        rows += [(f"c{n}", at.floor("s"), amount) for at, amount in lines]
    orders = pd.DataFrame(rows, columns=["customer_id", "created_at", "amount"])
    number = [f"o{k}" for k in range(len(orders))]
    orders = orders.assign(order_id=number, line_id=number, product_id="mat", product_name="Mat", quantity=1.0,
                           currency="EUR", status="paid")  # fmt: skip
    bought = purchases(orders, AS_OF)
    return bought, catalogue(pd.DataFrame(columns=["product_id", "price", "currency"]), bought)


def test_history_says_what_clients_do_when_nothing_is_tried(sold):
    request = SizeRequest(smallest_lift=0.05)
    known = sample_size.history(request, *sold, {f"c{n}" for n in range(200)}, AS_OF)
    assert (known.clients, known.conversion) == (200, 0.25)
    assert known.spread == pytest.approx(3_000 * np.sqrt(0.25 * 0.75), rel=0.01)
    assert known.spared["margin"] == pytest.approx(1, abs=0.01)
    half = sample_size.history(request, *sold, {f"c{n}" for n in range(100)}, AS_OF)
    assert half.clients == 100


def test_a_size_is_said_in_a_sentence_with_what_it_rests_on(sold):
    known = sample_size.history(SizeRequest(smallest_lift=0.05), *sold, {f"c{n}" for n in range(200)}, AS_OF)
    known = known._replace(spared={"conversion": 0.0, "margin": 0.5}, per_week=50.0)
    told = sample_size.size(SizeRequest(smallest_lift=0.05), known, "EUR")
    assert (told.basis, told.conversion, told.per_week) == ("history", 0.25, 50)
    assert told.says.startswith(
        f"{told.clients:,} clients show 5.0 points more than 25.0 % of clients who buy 80 of 100"
    )
    money = sample_size.size(SizeRequest(smallest_lift=500, metric="margin"), known, "EUR")
    assert "show 5.00 EUR more margin a client" in money.says
    given_ = sample_size.size(SizeRequest(smallest_lift=500, metric="margin", spread_minor=known.spread), known, "EUR")
    assert (given_.basis, given_.spared) == ("given", 0)
    assert money.clients == pytest.approx(given_.clients / 2, abs=2)


def test_a_lift_beyond_everybody_and_a_history_of_nobody_are_refused(sold):
    known = sample_size.history(SizeRequest(smallest_lift=0.05), *sold, set(), AS_OF)
    with pytest.raises(ValueError, match=r"only 0 clients who agreed .* it takes 50, or say what"):
        sample_size.size(SizeRequest(smallest_lift=0.05), known, "EUR")
    with pytest.raises(ValueError, match=r"smallest_lift: 2 on a conversion of 0\.1 is above all clients"):
        sample_size.size(SizeRequest(smallest_lift=2.0, conversion=0.1), known, "EUR")


def test_guests_are_nobody_even_where_nobody_is_named():
    rows = orders(*(line(None, "socks", day) for day in range(120)), line("z", "socks", 40))
    for sold in (rows, rows[rows["customer_id"].isna()]):
        known = purchases(sold, JUNE)
        told = sample_size.history(SizeRequest(smallest_lift=0.05), known, catalogue(MEMBERSHIPS, known), {"z"}, JUNE)
        assert told.clients == known.customers.size
        assert told.per_week == known.customers.size / sample_size.WEEKS


def test_an_offer_that_nobody_bought_tells_nothing_however_many_clients_there_are(sold):
    known = sample_size.history(SizeRequest(smallest_lift=0.05), *sold, set(sold[0].customers), AS_OF)
    with pytest.raises(ValueError, match=r"of 200 clients .*, none or all bought the offer since"):
        sample_size.size(SizeRequest(smallest_lift=0.05), known._replace(conversion=0.0), "EUR")
