import numpy as np
import pandas as pd
import pytest

from studiolab.bench import forecasts, oracle, score, worlds
from studiolab.revenue_simulator.model import METHODS


@pytest.fixture(scope="module")
def small():
    return worlds.Worlds((21,), 8, 40)


@pytest.fixture(scope="module")
def found(small):
    return oracle.cases(small, (6, 3), (oracle.NAIVE, oracle.SEASONAL, *forecasts.OURS), months=6, draws=400)


def with_model(found, revenue, **ends):
    """`found` with a model "shown" of this revenue."""
    return found.assign(shown=revenue, **{f"shown_{end}": value for end, value in ends.items()})


def figures(rows):
    return {(row["figure"], row["model"], row["months"]): row["value"] for row in rows}


def test_the_oracle_beside_itself_is_one_at_no_distance(found):
    for h in (1, 3):
        own = with_model(found, found["oracle"]).query("foreseeable and months == @h")
        rows = figures(forecasts._beside_oracle(own, "shown", h))
        assert rows["MAPE / oracle's MAPE", "shown", h] == 1
        assert rows["RMS distance to the oracle", "shown", h] == 0


def test_a_forecast_two_per_cent_too_high_is_noticed(found):
    own = with_model(found, found["oracle"] * 1.02).query("foreseeable and months == 1")
    rows = forecasts._beside_oracle(own, "shown", 1)
    assert figures(rows)["RMS distance to the oracle", "shown", 1] == pytest.approx(0.02, abs=0.001)
    assert figures(rows)["bias against the oracle", "shown", 1] == pytest.approx(0.02)
    assert {row["figure"]: row["reached"] for row in rows}["RMS distance to the oracle"] is False


def test_an_interval_half_as_wide_covers_less_and_pays_for_it(found):
    middle, own = found["oracle"], found["foreseeable"]
    half = with_model(found, middle, low=middle - (middle - found["oracle_low"]) / 2,
                      high=middle + (found["oracle_high"] - middle) / 2)  # fmt: skip
    full = with_model(found, middle, low=found["oracle_low"], high=found["oracle_high"])
    short, whole = (pd.DataFrame(forecasts.inside(frame, "shown"))[own] for frame in (half, full))
    assert short["hit"].mean() < whole["hit"].mean() - 0.1
    np.testing.assert_allclose(whole["winkler"], whole["winkler_best"])
    assert short["winkler"].mean() > 1.02 * short["winkler_best"].mean()


def test_a_winkler_score_is_its_width_and_twenty_times_the_miss():
    assert forecasts.winkler(90.0, 110.0, np.array([100.0, 113.0, 89.0])).tolist() == pytest.approx([20, 80, 40])


def test_losses_are_those_worked_by_hand():
    actual, last = pd.Series([100.0, 100.0, 100.0]), pd.Series([90.0, 99.0, 110.0])
    lost = pd.DataFrame(forecasts.losses(actual, pd.Series([110.0, 120.0, 110.0]), last))
    assert lost["right"].tolist() == [1, 0, 0.5]  # up and said so; too small a move to count; no move said
    assert lost["impact"].tolist() == pytest.approx([0.1, 0.4, 0.1])
    assert lost["loss"].tolist() == pytest.approx([6, 12, 6])
    short = forecasts.losses(actual, actual - 10, last)
    assert short["loss"].tolist() == pytest.approx([2, 2, 2])


def test_skill_is_nought_for_the_naive_forecast_and_one_for_the_oracle(found):
    own = with_model(found, found["oracle"]).query("foreseeable and months == 3")
    assert figures(forecasts._metrics_of(own, "shown", "told", 3))[
        "share of achievable skill by MAPE, levers told", "shown", 3] == pytest.approx(1)  # fmt: skip
    own = with_model(found, found["naive"]).query("foreseeable and months == 3")
    rows = figures(forecasts._metrics_of(own, "shown", "told", 3))
    assert rows["share of achievable skill by RMSE, levers told", "shown", 3] == pytest.approx(0)
    assert rows["direction, levers told", "shown", 3] == 0.5


def test_all_models_and_members_are_scored_beside_each_other(small):
    table = score.table(forecasts.metrics(small, back=(3,), models=(oracle.NAIVE, oracle.ETS, *METHODS), months=2))
    members = {f"member {name}" for name in oracle.members(small.model(21, 3))}
    assert set(table["model"]) == {oracle.NAIVE, oracle.ETS, *METHODS, *members, "oracle"}
    assert table["value"][~table["figure"].str.startswith("share")].notna().all()
    told = table[table["figure"] == "MAPE, levers told"].set_index(["model", "months"])["value"]
    assert told["structural", 1] < told["member ridge", 1]


def test_far_ahead_stands_beside_the_naive_and_the_oracle(small):
    table = score.table(forecasts.far_ahead(small, (6,), (oracle.SEASONAL, "structural"), (6,)))
    error = table[table["figure"] == "error against the expectation"].set_index("model")["value"]
    assert error["oracle"] == 0
    assert error["structural"] < error["seasonal naive"]
