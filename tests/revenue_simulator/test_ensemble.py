import numpy as np
from pytest import approx

from studiolab.revenue_simulator.features import inputs
from studiolab.schema import LEVERS


def test_features_do_not_see_past_their_origin(model):
    panel = model.panel
    studio, origin, horizon = np.array([0, 1, 2]), np.array([20, 25, 30]), np.array([1, 2, 3])
    plans = panel.plan[origin, studio]
    before = inputs(panel, studio, origin, horizon, plans)
    late = {name: value.copy() for name, value in panel.values.items()}
    for name in late:
        late[name][31:] = 12345.0
    corrupted = type(panel)(panel.months, panel.studios, late, panel.plan)
    after = inputs(corrupted, studio, origin, horizon, plans)
    assert after.equals(before)


def test_every_documented_input_is_there(model):
    columns = set(inputs(model.panel, np.array([0]), np.array([20]), np.array([1]), model.panel.plan[20, :1]).columns)
    named = {"month_index", "year_index", "prev_month_revenue", "3_month_avg_retention", "ltv_estimate", "is_january",
             "retention_x_ticket", "attendance_x_classes", "upsell_x_members", "current_member_count"}  # fmt: skip
    assert named | {f"planned_{lever}" for lever in LEVERS} <= columns


def test_member_weights_add_to_one_and_the_answer_is_their_mean(few_model):
    model, ensemble = few_model, few_model._learn("ensemble")[0]
    assert sum(ensemble.weights.values()) == approx(1)
    assert set(ensemble.weights) == {"xgboost", "lightgbm", "random_forest", "ridge"}
    studio, origin = np.array([3]), np.array([len(model.panel.months) - 1])
    plans = np.repeat(model.panel.plan[-1, 3][None, None], 2, axis=1)
    answer = ensemble.simulate(studio, origin, plans)["revenue"]
    table = inputs(model.panel, studio.repeat(2), origin.repeat(2), np.array([1, 2]), plans[0])
    grown = sum(w * ensemble.members[name].predict(table)[:, 0] for name, w in ensemble.weights.items())
    assert answer[0] == approx(model.panel.values["total_revenue"][-1, 3] * np.exp(grown))
