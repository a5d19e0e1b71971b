import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from studiolab.revenue_simulator.ensemble import Ensemble
from studiolab.revenue_simulator.tree_shap import GROUPS, MADE_OF, _rounded_down, feature_values, in_money, tree_shap
from studiolab.schema import LEVERS


@pytest.fixture(scope="module")
def asked(few_model):
    """(ensemble, studios, origins, plans, held plans): every studio, three months, joins and fill not moved."""
    panel = few_model.panel
    studios, last = np.arange(len(panel.studios)), panel.last()
    held = np.repeat(panel.plan[last, studios][:, None], 3, axis=1)
    change = 1 + 0.05 * np.random.default_rng(2).standard_normal((len(studios), 1, len(LEVERS)))
    change[:, :, [LEVERS.index("new_members_monthly"), LEVERS.index("class_attendance_rate")]] = 1
    return few_model._learn("ensemble")[0], studios, last, held * change, held


@pytest.mark.parametrize("against", ["the mean learned from", "the held plan"])
def test_base_and_values_add_up_to_the_prediction(few_model, asked, against):
    ensemble, studios, origins, plans, held = asked
    table = tree_shap(ensemble, studios, origins, plans, held if against == "the held plan" else None)
    revenue = few_model.panel.values["total_revenue"][origins, studios]
    predicted = ensemble.simulate(studios, origins, plans)["revenue"][:, -1]
    assert table[["base", *GROUPS]].sum(axis=1).to_numpy() == approx(table["growth"])
    assert revenue * np.exp(table["growth"].to_numpy()) == approx(predicted, rel=1e-6)
    assert in_money(table, revenue).sum(axis=1).to_numpy() == approx(
        predicted - revenue * np.exp(table["base"].to_numpy()), rel=1e-6, abs=0.05
    )


def test_against_the_held_plan_the_base_is_its_prediction_and_only_moved_levers_count(few_model, asked):
    ensemble, studios, origins, plans, held = asked
    table = tree_shap(ensemble, studios, origins, plans, held)
    revenue = few_model.panel.values["total_revenue"][origins, studios]
    assert revenue * np.exp(table["base"].to_numpy()) == approx(
        ensemble.simulate(studios, origins, held)["revenue"][:, -1]
    )
    assert (table[["new_members_monthly", "class_attendance_rate", "season", "state"]] == 0).all().all()
    assert (table[["retention_rate", "avg_ticket_price"]] != 0).all().all()


def test_the_linear_member_is_explained_exactly_feature_by_feature(asked):
    ensemble, studios, origins, plans, held = asked
    x, before = ensemble.asked(studios, origins, plans), ensemble.asked(studios, origins, held)
    alone = type("Alone", (), {"weights": {"ridge": 1.0}, "members": ensemble.members})
    base, values = feature_values(alone, x, before)
    ridge = ensemble.members["ridge"]
    assert base == approx(ridge.predict(before)[:, 0])
    for feature in x:
        one = before.assign(**{feature: x[feature]})
        assert values[feature].to_numpy() == approx(ridge.predict(one)[:, 0] - base, abs=1e-12)


def test_every_feature_belongs_somewhere_and_every_lever_has_one(asked):
    ensemble, studios, origins, plans, _ = asked
    columns = set(ensemble.asked(studios, origins, plans))
    assert set(MADE_OF) <= columns
    assert {owner for owners in MADE_OF.values() for owner in owners} == set(GROUPS) - {"state"}
    made_here = {name for name in columns if name.startswith("planned_") or "_x_" in name or name.endswith("_change")}
    assert made_here <= set(MADE_OF)


@given(value=st.floats(-1e6, 1e6, width=32), ulps=st.integers(-3, 3))
def test_a_threshold_kept_in_single_precision_parts_values_as_it_did(value, ulps):
    threshold = np.array([value])
    for _ in range(abs(ulps)):
        threshold = np.nextafter(threshold, np.sign(ulps) * np.inf)
    assert (value <= threshold) == (np.float32(value) <= _rounded_down(threshold).astype("float32"))


def test_a_member_that_has_no_weight_is_neither_learned_nor_asked(few_model, asked):
    _, studios, origins, plans, held = asked
    alone = Ensemble(few_model.panel, 0, weights={"ridge": 1.0})
    table = tree_shap(alone, studios, origins, plans, held)
    revenue = few_model.panel.values["total_revenue"][origins, studios]
    assert list(alone.members) == ["ridge"]
    assert revenue * np.exp(table["growth"].to_numpy()) == approx(
        alone.simulate(studios, origins, plans)["revenue"][:, -1]
    )
