import numpy as np
import pandas as pd
import pytest
from pytest import approx

from studiolab.revenue_simulator import fit, structural
from studiolab.revenue_simulator.model import COLUMNS
from studiolab.world import make_chain, truth

STUDIO = "studio-002"


def shop(months=30):
    month = pd.date_range("2023-01-01", periods=months, freq="MS")
    return pd.DataFrame({"studio_id": "shop", "month_year": month, "total_revenue": 100_000, "currency": "EUR"})


def test_a_forecast_is_the_scenario_of_holding_every_lever(model):
    forecast, scenario = model.forecast([STUDIO]), model.scenario(STUDIO, model.held_levers(STUDIO))
    assert list(forecast.columns) == list(scenario.columns) == COLUMNS
    assert forecast["revenue"].tolist() == approx(scenario["revenue"].tolist())
    assert forecast["month"].tolist() == list(pd.date_range("2026-11-01", periods=3, freq="MS"))


def test_intervals_hold_the_revenue_and_confidence_is_a_rate(model):
    forecast = model.forecast(months=12)
    assert (forecast["low"] < forecast["revenue"]).all()
    assert (forecast["revenue"] < forecast["high"]).all()
    assert forecast["confidence"].between(0, 1).all()


@pytest.mark.parametrize("method", ["structural", "ensemble", "stack"])
def test_each_method_answers_a_what_if(few_model, method):
    answer = few_model.scenario(STUDIO, {"new_members_monthly": 40}, months=2, method=method)
    assert answer[["revenue", "members", "retention"]].notna().all(axis=None)


def test_answers_from_an_earlier_month_use_nothing_after_it(model, chain):
    """The same parameters, but the state of the base month: members continue from there."""
    then = model.forecast([STUDIO], base_month="2026-01")
    assert then["month"].iloc[0] == pd.Timestamp("2026-02-01")
    history = model.history(STUDIO).set_index("month")
    assert then["members"].iloc[0] == approx(history["total_members"]["2026-01-01"], rel=0.12)


def test_a_base_month_outside_the_history_is_refused(model):
    with pytest.raises(ValueError, match="there is history from 2023-07 to 2026-10"):
        model.forecast([STUDIO], base_month="2030-01")


def test_a_studio_with_revenue_alone_is_forecast_beside_the_others(chain):
    few = chain.monthly_metrics[chain.monthly_metrics["studio_id"] <= "studio-002"]
    both = fit(pd.concat([few, shop()]), chain.lever_plan)
    answer = both.forecast()
    assert answer["studio_id"].unique().tolist() == ["shop", "studio-001", "studio-002"]
    alone = answer[answer["studio_id"] == "shop"]
    assert alone["revenue"].tolist() == approx([1000] * 3, rel=0.01)
    assert alone["members"].isna().all()
    with pytest.raises(ValueError, match="import its members, visits and classes"):
        both.scenario("shop", {"avg_ticket_price": 10})


def test_studios_may_be_chosen(chain):
    only = fit(chain.monthly_metrics, chain.lever_plan, studios=["studio-001", "studio-002"])
    assert only.studio_ids == ["studio-001", "studio-002"]


def test_the_same_seed_gives_the_same_answers(few):
    two = [fit(few.monthly_metrics, few.lever_plan, seed=3) for _ in "ab"]
    first, second = (m.scenario("studio-001", {"upsell_rate": 0.3}, method="ensemble") for m in two)
    pd.testing.assert_frame_equal(first, second)


def test_a_closed_month_and_a_missing_month_do_not_stop_the_model(chain):
    data = chain.monthly_metrics[chain.monthly_metrics["studio_id"] <= "studio-003"].reset_index(drop=True)
    data.loc[20, ["total_classes_held", "offered_spots", "total_class_attendance"]] = 0
    data = data.drop(index=[60, 61])
    answer = fit(data, chain.lever_plan).forecast()
    assert np.isfinite(answer[["revenue", "low", "high"]].to_numpy(float)).all()


@pytest.mark.parametrize(
    ("months", "studio", "says"), [(0, STUDIO, "1 to 12"), (13, STUDIO, "1 to 12"), (3, "nowhere", "no studio")]
)
def test_questions_out_of_range_are_refused(model, months, studio, says):
    with pytest.raises(ValueError, match=says):
        model.forecast([studio], months=months)


def test_no_revenue_at_all_says_what_to_import():
    with pytest.raises(ValueError, match="import sales or monthly figures"):
        fit(pd.DataFrame({"month": ["2024-01"], "revenue": [None]}))


def reference():
    chain = make_chain(30, 60, seed=900)
    return chain.monthly_metrics, chain.lever_plan


def test_one_studio_alone_learns_from_a_reference_and_says_how_much_it_borrowed():
    chain = make_chain(6, 60, seed=31)
    held = chain.lever_plan.groupby("studio_id").tail(1)
    true = truth.rollout(chain, held.loc[held.index.repeat(3)], 3, 0).set_index("studio_id")["revenue"]
    off = {"alone": [], "taught": []}
    for studio in chain.studios["studio_id"]:
        one = chain.studio(studio)
        for name, given in (("alone", None), ("taught", reference)):
            model = fit(one.monthly_metrics, one.lever_plan, reference=given)
            answer = model.forecast(months=3)["revenue"].to_numpy()
            off[name].append(np.abs(answer / true[studio].to_numpy() - 1).mean())
            assert 0 < model.borrowed(studio) < 1
    assert np.mean(off["taught"]) < np.mean(off["alone"])
    assert np.mean(off["taught"]) < 0.015


def test_a_studio_of_one_year_is_taught_and_borrows_more_than_one_of_five():
    borrowed = {}
    for months in (12, 60):
        chain = make_chain(1, months, seed=32)
        model = fit(chain.monthly_metrics, chain.lever_plan, reference=reference)
        borrowed[months] = model.borrowed("studio-001")
        assert np.isfinite(model.forecast(months=12)["revenue"]).all()
    assert borrowed[12] > borrowed[60]


def test_many_studios_need_no_reference(chain):
    def never():
        raise AssertionError("this was not to be asked")

    many = make_chain(20, 24, seed=33)
    assert not fit(many.monthly_metrics, many.lever_plan, reference=never).taught


def test_many_studios_of_few_months_are_measured_as_themselves(monkeypatch):
    """Nothing is held out of so short a history, so no studio may stand in for another."""
    chain = make_chain(studios=12, months=14, seed=3)
    whole = fit(chain.monthly_metrics, chain.lever_plan)._learned["structural"][1][0]
    monkeypatch.setattr(structural, "TEACHERS", 10)
    few = fit(chain.monthly_metrics, chain.lever_plan)._learned["structural"][1][0]
    assert few.typical[:3] == approx(whole.typical[:3], rel=0.2)
