import numpy as np
import pytest

from studiolab.bench import uplift as bench
from studiolab.bench.uplift_hidden import hidden_of, moods, shown, tastes, visits_of
from studiolab.bench.uplift_reach import Clients, reached, worth
from studiolab.product_recommender.uplift.model import Worth, choose
from studiolab.world import offers


@pytest.fixture(scope="module")
def one():
    return bench.drawn(5, studios=1, months=20, log_months=8)[0]


@pytest.fixture(scope="module")
def hidden(one):
    return hidden_of(one)


def test_who_knows_the_true_tastes_and_moods_too_is_told_the_truth(one, hidden):
    crowd, t, who = hidden.crowd, hidden.t, hidden.who
    plain = offers.more_unseen(offers.Effects(), 0)
    true = Clients(crowd.type_taste[who][:, None], np.log(crowd.rate[who])[:, None], crowd.mood[who, t][:, None])
    found = worth(one, hidden, true, plain, np.random.default_rng(0))[:, 0]
    expected = offers.truth(one.world, one.as_of, one.evidence.log, plain).worth
    assert np.array_equal(np.isfinite(found), np.isfinite(expected))
    fits = np.isfinite(expected)
    assert found[fits] == pytest.approx(expected[fits], abs=1e-6)


def test_the_truth_lies_among_what_is_drawn_as_often_as_it_should(one, hidden):
    rng, crowd, t, who = np.random.default_rng(1), hidden.crowd, hidden.t, hidden.who
    rate, mood = moods(visits_of(one, hidden), hidden, 300, rng)
    drawn = {"taste": tastes(*shown(one, hidden), 300, rng).transpose(0, 2, 1), "rate": rate[:, None],
             "mood": mood[:, :, t][:, None]}  # fmt: skip
    true = {
        "taste": crowd.type_taste[who],
        "rate": np.log(crowd.rate[who])[:, None],
        "mood": crowd.mood[who, t][:, None],
    }
    for name, known in true.items():
        low, high = np.quantile(drawn[name], (0.1, 0.9), axis=2)
        assert 0.7 < ((low < known) & (known < high)).mean() < 0.9, name


def test_knowing_the_rules_is_worth_more_than_chance_and_less_than_knowing_the_clients(one):
    true, most = one.truth.worth, len(one.truth.clients)
    told = Worth(**dict.fromkeys(Worth._fields))
    values = {"oracle": true, "seen": one.seen, "rules": reached(one, draws=500),
              "chance": np.where(np.isfinite(true), np.random.default_rng(0).random(true.shape), -np.inf)}  # fmt: skip
    added = {}
    for name, value in values.items():
        product, message = choose(told, most, value)
        sent = np.flatnonzero(message >= 0)
        added[name] = true[sent, product[sent], message[sent]].sum()
    assert added["oracle"] > added["seen"] > added["rules"] > max(added["chance"], 0)
    assert added["rules"] > 0.6 * added["oracle"]
