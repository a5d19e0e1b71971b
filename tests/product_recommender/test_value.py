import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiolab.product_recommender import value
from studiolab.product_recommender.catalogue import catalogue
from studiolab.product_recommender.likelihoods import BetaGeometric, GammaGamma
from studiolab.product_recommender.purchases import purchases

AS_OF = pd.Timestamp("2026-01-01", tz="UTC")


def orders(*lines):
    """Table orders of (customer, days ago, amount), one order a line."""
    frame = pd.DataFrame(lines, columns=["customer_id", "ago", "amount"])
    number = [f"o{k}" for k in range(len(frame))]
    return pd.DataFrame({
        "line_id": number, "order_id": number, "customer_id": frame["customer_id"], "product_id": "mat",
        "product_name": "Mat", "quantity": 1.0, "amount": frame["amount"], "currency": "EUR", "status": "paid",
        "created_at": AS_OF - pd.to_timedelta(frame["ago"], unit="D"),
    })  # fmt: skip


def kept(*lines):
    return purchases(orders(*lines), AS_OF)


def customers_of(repeats, recency, age, spent=None):
    """Value of given histories under the parameters published for CDNOW, weeks and minor units."""
    repeats, recency, age = (np.atleast_1d(np.asarray(part, float)) for part in (repeats, recency, age))
    day = np.full(len(repeats), np.datetime64("2025-01-01"))
    spent = np.full(len(repeats), 3000.0) if spent is None else np.atleast_1d(spent)
    rate = BetaGeometric((0.243, 4.414, 0.793, 2.426), 0.0, ())
    return value.Value(pd.Index(range(len(repeats))), repeats, recency, age, spent, day, day, AS_OF, 7, "USD", rate,
                       GammaGamma((6.25, 3.74, 1544.0), 0.0, ()), ())  # fmt: skip


def lives(n, rng, weeks=104, r=1.5, alpha=6.0, a=0.8, b=2.5):
    """(rate, when each leaves for good, weeks of their orders) of n customers as BG/NBD has them, from week 0 on."""
    pace, leaving = rng.gamma(r, 1 / alpha, n), rng.beta(a, b, n)
    for k in range(n):
        at, times = 0.0, [0.0]
        while at < weeks:
            if rng.random() < leaving[k] and len(times) > 1:
                break
            at += rng.exponential(1 / pace[k])
            times.append(at)
        yield pace[k], np.array(times)


def test_what_a_customer_of_the_paper_still_orders_is_what_the_paper_says():
    customer = customers_of(2, 30.43, 38.86)
    assert customer.orders(39 * 7)[0] == pytest.approx(1.226, abs=0.001)


def test_the_expected_money_of_an_order_is_that_of_the_paper_drawn_to_the_mean():
    loyal, once = customers_of([2, 0], [30, 0], [39, 39], [2234.0, 0.0]).money()
    assert once == pytest.approx(6.25 * 1544 / 2.74)
    assert loyal == pytest.approx(6.25 * (1544 + 2 * 2234) / (6.25 * 2 + 2.74))
    assert min(2234, once) < loyal < max(2234, once)


def test_orders_to_come_are_those_of_many_simulated_lives():
    rng, told, came, x = np.random.default_rng(5), customers_of(3, 20.0, 24.0), [], 3
    r, alpha, a, b = told.rate.parameters
    alive = rng.random(60_000) < told.alive()[0]
    pace, leaving = rng.gamma(r + x, 1 / (alpha + 24.0), len(alive)), rng.beta(a, b + x, len(alive))
    for here, fast, leave in zip(alive, pace, leaving, strict=True):
        end = rng.geometric(leave)
        came.append(min(rng.poisson(fast * 30.0), end) if here else 0)
    assert told.orders(30 * 7)[0] == pytest.approx(np.mean(came), abs=4 * np.std(came) / np.sqrt(len(came)))


@given(st.integers(0, 2000), st.floats(0, 1), st.floats(0.2, 2000), st.integers(0, 2000))
def test_answers_are_finite_and_more_time_brings_no_fewer_orders(repeats, share, age, horizon):
    told = customers_of(repeats, share * age if repeats else 0.0, age)
    alive, fewer, more = told.alive()[0], told.orders(horizon)[0], told.orders(horizon + 30)[0]
    assert 0 <= alive <= 1
    assert 0 <= fewer <= more < np.inf
    assert np.isfinite(told.worth(horizon)[0])
    assert told.orders(0)[0] == 0


@given(st.integers(1, 50), st.floats(1, 60), st.floats(1, 60))
def test_the_longer_the_silence_the_less_likely_is_a_customer_alive(repeats, short, more):
    early, late = customers_of([repeats] * 2, [20, 20], [20 + short, 20 + short + more]).alive()
    assert late < early


def test_waiting_is_the_time_that_a_share_of_the_simulated_waits_stay_below():
    rng, told = np.random.default_rng(2), customers_of(4, 20.0, 24.0)
    r, alpha = told.rate.parameters[:2]
    waits = 7 * rng.exponential(1 / rng.gamma(r + 4, 1 / (alpha + 24.0), 100_000))
    for share in (0.1, 0.5, 0.9):
        assert (waits < told.waiting(share)[0]).mean() == pytest.approx(share, abs=0.006)
    dates = told.next_order().iloc[0]
    assert AS_OF.tz_localize(None) <= dates["soonest"] <= dates["likely"] <= dates["latest"]


def test_parameters_that_made_the_orders_are_found_again():
    found = value.fit(simulated(1500, np.random.default_rng(11)), AS_OF).rate
    for name, truth, told, error in zip("r alpha a b".split(), (1.5, 6.0, 0.8, 2.5), found.parameters, found.errors,
                                        strict=True):  # fmt: skip
        assert abs(np.log(told / truth)) < 4 * error, name
    assert found.says == ""


def test_the_chance_to_be_alive_is_that_of_the_simulated():
    rng, rows, here = np.random.default_rng(3), [], []
    for k, (_, times) in enumerate(lives(1500, rng, weeks=60)):
        here.append(times[-1] >= 52)
        rows += [(f"c{k:04d}", 52 * 7 - at * 7, 1000) for at in times[times < 52]]
    told = value.fit(kept(*rows), AS_OF, unit="day").alive()
    assert told.mean() == pytest.approx(np.mean(here), abs=0.04)


def simulated(n, rng):
    rows = [(f"c{k:04d}", 104 * 7 - at * 7, 1000) for k, (_, times) in enumerate(lives(n, rng))
            for at in times[times < 104]]  # fmt: skip
    return kept(*rows)


def test_two_orders_of_a_day_are_one_and_the_first_day_is_no_part_of_the_mean():
    lines = kept(("ana", 70.5, 9000), ("ana", 40.6, 1000), ("ana", 40.4, 500), ("ana", 10.5, 2500))
    told = value.fit(lines, AS_OF)
    assert told.repeats.tolist() == [2]
    assert told.spent.tolist() == [2000]
    assert told.recency.tolist() == pytest.approx([60 / 7])
    assert told.age.tolist() == pytest.approx([70 / 7])


def test_days_are_those_of_the_zone_of_the_moment():
    lines = kept(("ana", 30.01, 1000), ("ana", 29.99, 1000))  # a quarter of an hour before and after midnight in UTC
    assert value.fit(lines, AS_OF).repeats.tolist() == [1]
    assert value.fit(lines, AS_OF.tz_convert("America/New_York")).repeats.tolist() == [0]


def test_an_order_for_nothing_is_an_order():
    told = value.fit(kept(("ana", 70.5, 9000), ("ana", 40.5, 0), ("ana", 10.5, 4000)), AS_OF)
    assert told.repeats.tolist() == [2]
    assert told.spent.tolist() == [2000]


def test_a_few_customers_do_not_tell_all_parameters_and_it_says_so():
    told = value.fit(kept(("ana", 70.5, 9000), ("ana", 40.5, 1000), ("ben", 10.5, 2500)), AS_OF)
    assert any("mixed in" in sentence for sentence in told.says)
    assert ((told.alive() > 0) & (told.alive() <= 1)).all()
    assert ((told.worth(90) > 0) & (told.worth(90) < 90_000)).all()


def test_where_nobody_came_back_first_orders_tell_the_money():
    told = value.fit(kept(("ana", 70.5, 9000), ("ben", 10.5, 3000)), AS_OF)
    assert told.money() == pytest.approx([6000, 6000])
    assert told.says


def test_with_a_catalogue_money_is_margin():
    sold = pd.DataFrame({"product_id": ["mat"], "product_name": ["Mat"], "revenue_kind": ["retail"],
                         "price": [5000], "cost": [4000], "currency": ["EUR"]})  # fmt: skip
    lines = kept(("ana", 70.5, 9000), ("ana", 40.5, 1000), ("ana", 10.5, 4000))
    assert value.fit(lines, AS_OF, catalogue=catalogue(sold)).spent == pytest.approx([500])


def test_nobody_a_moment_without_zone_another_unit_and_a_horizon_back_in_time_are_refused():
    lines = kept(("ana", 70.5, 9000))
    with pytest.raises(ValueError, match="nobody known by name"):
        value.fit(lines, AS_OF - pd.Timedelta(100, "D"))
    with pytest.raises(ValueError, match="without a zone"):
        value.fit(lines, AS_OF.tz_localize(None))
    with pytest.raises(ValueError, match="expected day or week"):
        value.fit(lines, AS_OF, unit="month")
    with pytest.raises(ValueError, match="expected 0 or more"):
        value.fit(lines, AS_OF).orders(-1)


@settings(max_examples=6)
@given(st.permutations(range(6)))
def test_the_order_of_the_lines_does_not_matter(turned):
    rows = [("ana", 70.5, 9000), ("ana", 40.5, 1000), ("ben", 10.5, 2500), ("ben", 9.5, 100), ("cem", 3.5, 7),
            ("cem", 300.5, 70)]  # fmt: skip
    one, other = (value.fit(kept(*some), AS_OF) for some in (rows, [rows[k] for k in turned]))
    assert one.worth(90).tolist() == other.worth(90).tolist()
