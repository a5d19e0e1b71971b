import numpy as np
import pandas as pd
import pytest

from studiolab.product_recommender.catalogue import catalogue
from studiolab.product_recommender.purchases import purchases
from studiolab.product_recommender.uplift import model as uplift
from studiolab.product_recommender.uplift.model import Message, Worth, choose
from studiolab.product_recommender.uplift.traits import Evidence, traits_at

END = pd.Timestamp("2026-01-01", tz="UTC")
MESSAGES = (Message("news", 2), Message("discount", 2, 0.1))
SHARES = {"nothing": 0.4, "news": 0.3, "discount": 0.3}
CLIENTS, SENDS = 240, 12


@pytest.fixture(scope="module")
def evidence():
    """A studio where news sells mats to the frequent (0.1 to 0.5), towels to nobody, and drives the seldom away."""
    return studio(np.random.default_rng(1))


def studio(rng):
    ids = np.array([f"m{k:03d}" for k in range(CLIENTS)], object)
    frequent = np.arange(CLIENTS) < CLIENTS // 2
    start = END - pd.Timedelta(days=500)
    members = pd.DataFrame({"member_id": ids, "joined_at": start, "plan_id": "8",
                            "left_at": pd.to_datetime([None] * CLIENTS, utc=True)})  # fmt: skip
    who = np.concatenate([np.repeat(ids[frequent], 180), np.repeat(ids[~frequent], 20)])
    visits = pd.DataFrame({"member_id": who, "status": "attended", "class_name": rng.choice(["Yin", "Hatha"], len(who)),
                           "attended_at": start + pd.to_timedelta(rng.uniform(0, 500, len(who)), "D")})  # fmt: skip
    lines = pd.DataFrame({"customer_id": rng.choice(ids, 2000), "product_id": rng.choice(["mat", "towel"], 2000),
                          "created_at": start + pd.to_timedelta(rng.uniform(0, 500, 2000), "D")})  # fmt: skip
    dues = pd.DataFrame({"customer_id": ids, "product_id": "dues-8", "created_at": start})
    orders = pd.concat([lines, dues], ignore_index=True)
    orders = orders.assign(line_id=np.arange(len(orders)).astype(str), order_id=np.arange(len(orders)).astype(str),
                           product_name=None, quantity=1.0, amount=1000, currency="USD", status="paid")  # fmt: skip
    products = pd.DataFrame({
        "product_id": ["mat", "towel", "dues-8", "dues-unlimited"], "price": [6000, 1400, 15000, 22000],
        "revenue_kind": ["retail", "retail", "membership", "membership"], "cost": [3000, 700, None, None],
    })  # fmt: skip
    kept = purchases(orders, END)
    return Evidence(kept, catalogue(products, kept), visits, members, log(rng, ids, frequent))


def log(rng, ids, frequent):
    parts = []
    for k in range(SENDS):
        message = rng.choice(list(SHARES), CLIENTS, p=list(SHARES.values()))
        product = rng.choice(["mat", "towel", "dues-unlimited"], CLIENTS, p=[0.45, 0.45, 0.1])
        sent, mat = message != "nothing", product == "mat"
        bought = rng.random(CLIENTS) < np.where(product == "dues-unlimited", 0.01, 0.1) + 0.4 * (sent & mat & frequent)
        left = rng.random(CLIENTS) < 0.02 + 0.3 * (sent & ~frequent)
        parts.append(pd.DataFrame({
            "client_id": ids, "product_id": product, "message": message, "contacts": 0, "bought": bought, "left": left,
            "sent_at": END - pd.Timedelta(days=28 * (SENDS - k)),
            "probability": pd.Series(message).map(SHARES) * np.where(product == "dues-unlimited", 0.1, 0.45),
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def worth(evidence):
    model = uplift.fit([evidence], MESSAGES, seed=3)
    return model.worth(evidence, END, pd.Index(evidence.members["member_id"]))


def test_what_a_message_adds_is_found_where_it_was_planted(worth):
    mat, towel = worth.products.index("mat"), worth.products.index("towel")
    frequent = np.arange(CLIENTS) < CLIENTS // 2
    added = worth.uplift[:, :, 0]
    # 0.4 was planted; few sends are drawn towards no answer at all, and what is left is where it was planted.
    assert 0.12 < added[frequent, mat].mean() < 0.45
    assert added[~frequent, mat].mean() < 0.7 * added[frequent, mat].mean()
    assert added[:, towel].mean() < 0.7 * added[frequent, mat].mean()


def test_sleeping_dogs_are_let_lie(worth):
    product, message = choose(worth, CLIENTS)
    frequent = np.arange(CLIENTS) < CLIENTS // 2
    assert (product[frequent] == worth.products.index("mat")).mean() > 0.9
    assert (message[~frequent] == -1).mean() > 0.9
    stirred = worth.leaves[:, 1] - worth.leaves[:, 0]
    assert stirred[~frequent].mean() > 0.08
    assert stirred[~frequent].min() > stirred[frequent].max()


def test_nothing_is_given_away_to_those_whom_news_moves_as_much(worth):
    product, message = choose(worth, CLIENTS)
    assert (message[product == worth.products.index("mat")] == 0).mean() > 0.6


def test_what_does_not_fit_is_worth_minus_infinity_and_the_rest_lies_in_its_interval(worth):
    fits = np.isfinite(worth.value)
    assert fits.all()  # everybody holds the membership below the one on offer
    assert (worth.low <= worth.high).all()
    assert ((worth.low <= worth.value) & (worth.value <= worth.high)).mean() > 0.95


def test_a_membership_is_worth_the_difference_to_the_one_held(evidence):
    traits = traits_at(evidence, END, pd.Index(["m000", "nobody"]), ("dues-8", "dues-unlimited", "mat"), ("Yin",))
    assert traits.margin[0].tolist() == [0, 7000, 3000]
    assert traits.dues.tolist() == [15000, 0]
    assert traits.fits.tolist() == [[False, True, True], [False, False, True]]


def test_nothing_after_the_moment_is_seen(evidence):
    early, clients = END - pd.Timedelta(days=100), pd.Index(evidence.members["member_id"][:5])
    before = evidence._replace(purchases=evidence.purchases.before(early),
                               visits=evidence.visits[evidence.visits["attended_at"] < early])  # fmt: skip
    asked = early, clients, ("mat", "towel"), ("Yin", "Hatha")
    for whole, cut in zip(traits_at(evidence, *asked), traits_at(before, *asked), strict=True):
        assert np.array_equal(whole, cut)


def test_a_client_of_whom_nothing_is_known_gets_a_figure_too(evidence, worth):
    model = uplift.fit([evidence], MESSAGES, seed=3)
    found = model.worth(evidence, END, pd.Index(["nobody"]))
    step = found.products.index("dues-unlimited")
    assert np.isfinite(np.delete(found.value, step, axis=1)).all()
    assert np.isneginf(found.value[:, step]).all()


def test_the_budget_goes_to_those_it_adds_most_to():
    value = np.array([[[5.0, 1.0]], [[2.0, 9.0]], [[-1.0, -2.0]], [[3.0, 3.0]]])
    worth = Worth(**dict.fromkeys(Worth._fields))._replace(value=value)
    product, message = choose(worth, 2)
    assert product.tolist() == [0, 0, -1, -1]
    assert message.tolist() == [0, 1, -1, -1]
    assert (choose(worth, 99)[1] == [0, 1, -1, 0]).all()
    assert (choose(worth, 0)[1] == -1).all()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [({"message": "pigeon"}, "message 'pigeon'"), ({"message": "news"}, "nobody was left alone"),
     ({"message": "nothing"}, "nobody was sent anything")],
)  # fmt: skip
def test_a_log_that_cannot_tell_is_refused(evidence, change, sentence):
    with pytest.raises(ValueError, match=sentence):
        uplift.fit([evidence._replace(log=evidence.log.assign(**change))], MESSAGES)
