"""The planted experiments: the truth is what is drawn, and the scorecard can say no."""

import numpy as np
import pandas as pd
import pytest

from studiolab.bench import experiments as bench
from studiolab.product_recommender.experiment import trial


@pytest.mark.parametrize("metric", trial.METRICS)
def test_the_planted_lift_is_the_lift_of_the_clients_drawn(metric):
    outcome, rng = bench.Planted(0.04), np.random.default_rng(1)
    some = bench.clients(400_000, rng)
    there, none = (outcome(some, np.full(len(some), arm), rng) for arm in ("B", "holdout"))
    means = [part["bought"].mean() if metric == "conversion" else part[bench.MARGINS].sum(axis=1).mean()
             for part in (there, none)]  # fmt: skip
    assert means[0] - means[1] == pytest.approx(outcome.truth()[metric], rel=0.05)


def test_what_is_drawn_comes_through_orders_and_refunds_as_it_was():
    plan, seen = bench.planned("margin"), {}

    def outcome(clients, arm, rng):
        seen["did"] = bench.Planted(0.04)(clients, arm, rng)
        return seen["did"]

    _, known, _ = bench.drawn(outcome, plan, np.random.default_rng(2))
    did = seen["did"]
    assert (known.conversion == did["bought"]).all()
    assert known.margin == pytest.approx(did[bench.MARGINS].sum(axis=1), abs=1)


def test_any_function_of_clients_and_arm_can_be_played():
    class Nothing:
        def __call__(self, clients, arm, rng):
            bought = rng.random(len(arm)) < np.where(arm == "B", 0.5, 0.1)
            return pd.DataFrame({"bought": bought, "margin_minor": bought * 100.0, "usual_minor": 0.0})

        def truth(self):
            return {"conversion": 0.4, "margin": 40.0}

    found = bench.played(Nothing(), "conversion", [1, 1])
    assert found["better"]
    assert found["days"] < 0.8
    assert found["spared"] < 0.05


def test_the_table_has_power_errors_and_coverage_with_intervals():
    table = bench.table(trials=6, nulls=6).set_index(["figure", "model"])
    power = table.loc[("experiments on conversion, planted lift found", "daily looks")]
    assert power["low"] <= power["value"] <= power["high"]
    assert power["cases"] == 6
    assert table["goal"].notna().sum() == 9
    assert {model for _, model in table.index} >= set(bench.RULES.values())
