import numpy as np
import pytest

from studiolab.bench import explained, worlds


@pytest.fixture(scope="module")
def small():
    return worlds.Worlds((21,), 8, 40)


def test_true_shapley_values_agree_with_themselves_and_not_with_their_opposite(small):
    chain = small.chain(21)
    held = np.repeat(worlds.held(chain)[:1], 3, axis=0)
    asked = worlds.plans_within_limits(chain, np.random.default_rng(2))[0]
    true = explained.true_shares(chain, 0, held, asked)
    assert explained.compared(true, true) == pytest.approx({"rank": 1, "sign": 1, "square": 0, "size": (true**2).sum()})
    assert explained.compared(-true, true)["rank"] == pytest.approx(-1)
    assert explained.compared(-true, true)["sign"] == 0


def test_explanations_and_insights_are_scored(small):
    rows = {row["figure"]: row["value"] for row in explained.explained(small, 4)}
    assert rows["rank correlation of Shapley values with the true ones"] > 0.7
    rows = {row["figure"]: row for row in explained.insights(small, 6, origins=(3,))}
    assert rows["true / stated money of actions"]["cases"] > 20
    assert 0.7 < rows["true / stated money of actions"]["value"] < 1.4
