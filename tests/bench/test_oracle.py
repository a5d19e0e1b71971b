import numpy as np
import pytest

from studiolab.bench import oracle, worlds


@pytest.fixture(scope="module")
def small():
    return worlds.Worlds((21,), 8, 40)


@pytest.fixture(scope="module")
def found(small):
    return oracle.cases(small, (6, 3), (oracle.NAIVE, oracle.SEASONAL), months=6, draws=400)


def test_every_origin_is_asked_only_what_came_after_it(found, small):
    assert found.groupby("origin")["months"].max().to_dict() == {3: 3, 6: 6}
    last, total = worlds.revenues(small.chain(21, 3))[-1], worlds.revenues(small.chain(21))
    near = found.query("origin == 3 and months == 1").sort_values("studio")
    np.testing.assert_allclose(near["last"], last)
    np.testing.assert_allclose(near["naive"], last)
    np.testing.assert_allclose(near["actual"], total[-3])
    np.testing.assert_allclose(near["seasonal naive"], total[-15])


def test_the_oracle_of_told_levers_is_nearer_to_what_came_than_any_rule_of_thumb(found):
    off = {name: (found[name] / found["actual"] - 1)[found["foreseeable"]].abs().mean()
           for name in ("oracle", "naive", "seasonal naive")}  # fmt: skip
    assert off["oracle"] < min(off["naive"], off["seasonal naive"])


def test_what_was_asked_is_not_asked_again(small, found):
    asked = []
    small.say = asked.append
    again = oracle.cases(small, (6, 3), (oracle.NAIVE, oracle.SEASONAL), months=2, draws=400)
    assert asked == []
    assert len(again) == 2 * 2 * 8
    np.testing.assert_allclose(again["oracle"], found.query("months <= 2")["oracle"])


def test_a_forecast_that_nobody_would_use_is_the_last_month_again():
    class Wild:
        def forecast(self, history, months, level):
            return {"mean": np.full(months, history[-1] + 9)}

    class Calm:
        def forecast(self, history, months, level):
            return {"mean": np.full(months, history[-1] + 0.1)}

    history = np.log([100.0, 110.0])
    assert np.exp(oracle._one(Wild(), history, 2, False)).tolist() == [pytest.approx([110, 110])]
    assert np.exp(oracle._one(Calm(), history, 2, False)[0]) == pytest.approx([110 * np.exp(0.1)] * 2)
