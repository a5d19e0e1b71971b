import json

import numpy as np
import pytest
from typer.testing import CliRunner

from studiolab import cli
from studiolab.bench import explained, revenue, scenarios, score, speed, worlds


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


def test_every_speed_comes_as_a_figure_and_as_a_share_of_its_goal(small):
    table = score.table(speed.speed(small, batch=500, calls=5, fleet=3)).set_index("figure")["value"]
    for name, goal in speed.GOALS.items():
        name, goal = ("3 " + name, goal * 3 / speed.FLEET) if name.startswith("studios") else (name, goal)
        assert table[f"{name} / goal"] == pytest.approx(table[name] / goal)
    assert (table > 0).all()


def test_the_command_prints_a_table_a_part():
    words = ["bench", "revenue", "--part", "http", "--seed", "21", "--studios", "4", "--json"]
    done = CliRunner().invoke(cli.app, words, prog_name="studiolab")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert list(found) == ["http"]
    assert set(found["http"][0]) == set(score.COLUMNS)
    assert CliRunner().invoke(cli.app, words[:-1], prog_name="studiolab").stdout.startswith("Http")


def test_an_unknown_part_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="expected scenario, alone"):
        revenue.scorecard(("scenarios",), (21,))


def test_worlds_of_the_reported_run_are_none_that_anything_was_developed_on():
    assert min(worlds.SEEDS) > 400
