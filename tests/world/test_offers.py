from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from studiolab.world import make_chain, offers
from studiolab.world.offers import DISCOUNT_OFF, KIND, MESSAGES, NOTHING, PRODUCTS, Effects

RETAIL, ADD_ON, STEP = (k == KIND for k in range(3))


@pytest.fixture(scope="module")
def studio():
    return make_chain(1, 20, seed=21).studio("studio-001")


@pytest.fixture(scope="module")
def as_of(studio):
    return studio.months[-1].tz_localize(studio.studios["timezone"].iloc[0]).tz_convert("UTC")


@pytest.fixture(scope="module")
def log(studio, as_of):
    return offers.history(studio, as_of, months=6)


@pytest.fixture(scope="module")
def truth(studio, as_of):
    return offers.truth(studio, as_of)


def test_what_is_sold_unasked_is_what_the_month_s_orders_show(studio, as_of, truth):
    orders = studio.raw("studio-001")["orders"]
    own = orders[(orders["created_at"] >= as_of) & orders["customer_id"].isin(truth.clients)]
    sold = own.groupby("product_id")["customer_id"].nunique().reindex(PRODUCTS, fill_value=0).to_numpy()
    for kind in (RETAIL, ADD_ON):
        expected = truth.base[:, kind].sum()
        assert abs(sold[kind].sum() * offers.OF_MONTH - expected) < 3 * np.sqrt(expected)


def test_messages_lift_as_much_as_published_tests_did(truth):
    times = truth.chance[:, RETAIL].mean(axis=(0, 1)) / truth.base[:, RETAIL].mean()
    assert (times > 1.3).all()
    assert (times < 2.3).all()
    assert times[1] > times[0]  # a discount sells more than news
    assert (truth.leaves_with >= truth.leaves[:, None] - 1e-12).all()
    assert truth.leaves_with[:, 0].mean() < truth.leaves.mean() * 10 / 6


def test_a_discount_is_paid_for_by_those_who_would_have_bought_anyway(truth):
    nothing_lifted = replace(truth, chance=np.repeat(truth.base[:, :, None], 3, axis=2),
                             leaves_with=np.repeat(truth.leaves[:, None], 3, axis=1))  # fmt: skip
    given_away = nothing_lifted.base * truth.price * DISCOUNT_OFF[1]
    worth = nothing_lifted.worth[:, :, 1]
    assert np.allclose(worth[truth.fits], -(given_away + offers.COST[1])[truth.fits])


def test_only_the_next_membership_fits(truth):
    assert truth.fits[:, ~STEP].all()
    assert (truth.fits[:, STEP].sum(axis=1) <= 1).all()
    assert np.isneginf(truth.worth[~truth.fits]).all()
    assert (truth.margin[:, STEP][truth.fits[:, STEP]] > 0).all()


def test_a_client_sent_many_messages_is_moved_less(studio, as_of, truth, log):
    tired, often = offers.truth(studio, as_of, log), offers.recent(log, truth.clients, as_of) > 0
    assert 0.3 < often.mean() < 1
    assert (tired.uplift[often] < truth.uplift[often]).all()
    assert (tired.uplift[~often] == truth.uplift[~often]).all()


def test_sending_draws_from_the_truth(truth):
    n, rng = len(truth.clients), np.random.default_rng(1)
    best = truth.worth.reshape(n, -1).argmax(axis=1)
    product, message = np.divmod(best, len(MESSAGES))
    rows = np.arange(n)
    sent = [offers.send(truth, product, message, rng)["margin_minor"].mean() for _ in range(400)]
    alone = [offers.send(truth, product, np.full(n, -1), rng)["margin_minor"].mean() for _ in range(400)]
    error = np.sqrt((np.var(sent) + np.var(alone)) / 400)
    assert abs(np.mean(sent) - np.mean(alone) - truth.worth[rows, product, message].mean()) < 3.5 * error


def test_an_offer_that_does_not_fit_is_refused(truth):
    top = np.full(len(truth.clients), PRODUCTS.index("dues-unlimited"))
    with pytest.raises(ValueError, match="is not their next membership"):
        offers.send(truth, top, np.zeros(len(top), int), np.random.default_rng(0))


def test_the_log_is_random_as_its_probabilities_say(log, as_of):
    # The sum over rows of 1 / probability of what was drawn counts the products and messages there were to draw from.
    options = log.groupby("client_id")["probability"].size()
    assert len(log) == options.sum()
    shares = log["message"].value_counts(normalize=True)
    assert shares[NOTHING] == pytest.approx(0.4, abs=0.03)
    is_step = log["product_id"].str.startswith("dues")
    counted = (1 / log["probability"]).mean()
    assert counted == pytest.approx(4 * 10, rel=0.1)
    assert is_step.mean() == pytest.approx(0.1 * 0.6, abs=0.05)
    assert (log["sent_at"] + pd.Timedelta(days=offers.DAYS) <= as_of).all()


def test_a_later_moment_changes_nothing_of_the_log_before(studio, as_of, log):
    earlier = log["sent_at"].max()
    before = offers.history(studio, earlier, months=5)
    assert before.equals(log[log["sent_at"] < earlier].reset_index(drop=True))


def test_without_anything_unseen_who_sees_traits_sees_all(studio, as_of):
    effects = Effects(unseen=(0, 0, 0))
    assert np.allclose(
        offers.seen_only(studio, as_of, effects=effects), offers.truth(studio, as_of, effects=effects).worth
    )


def test_what_is_unseen_costs_who_does_not_see_it_and_more_of_it_costs_more(studio, as_of):
    shares = []
    for times in (1, 2):
        effects = offers.more_unseen(Effects(), times)
        worth = offers.truth(studio, as_of, effects=effects).worth.reshape(-1, len(PRODUCTS) * 3)
        seen = offers.seen_only(studio, as_of, effects=effects).reshape(worth.shape)
        got = np.take_along_axis(worth, seen.argmax(axis=1)[:, None], axis=1)
        shares.append(got.sum() / worth.max(axis=1).sum())
    assert 1 > shares[0] > shares[1] > 0.5


@pytest.mark.parametrize("ask", [offers.truth, offers.history])
def test_another_moment_is_refused(studio, as_of, ask):
    with pytest.raises(ValueError, match="expected the first instant of a month"):
        ask(studio, as_of + pd.Timedelta(hours=1))
