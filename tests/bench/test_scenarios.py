import numpy as np
import pytest

from studiolab.bench import scenarios, score, worlds


@pytest.fixture(scope="module")
def small():
    return worlds.Worlds((21,), 8, 40)


def test_scenarios_are_scored_in_three_kinds_beside_the_ensemble_and_habit(small):
    table = score.table(scenarios.scenario(small, draws=200, methods=("structural",)))
    assert table["figure"].nunique() == 3
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()
    error = table[table["months"] == 3].set_index(["figure", "model"])["value"].unstack()
    assert (error["structural"] < error["same as last month"] / 2).all()
    assert table["goal"].notna().sum() == 9


def test_an_answer_two_per_cent_too_high_is_two_per_cent_off():
    expected = np.full((4, 3), 100.0)
    assert scenarios.errors(expected * 1.02, expected, 1)["error"].tolist() == pytest.approx([0.02] * 12)
    assert scenarios.errors(expected, expected, 1)["error"].sum() == 0


def test_a_studio_alone_errs_less_when_it_is_taught(small):
    table = score.table(scenarios.alone(small, studios=2, draws=200))
    error = table.groupby("model")["value"].mean()
    assert error["taught by the reference"] < error["alone"]
    assert (table["cases"] == 2).all()
