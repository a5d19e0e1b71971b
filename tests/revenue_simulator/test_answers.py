import json
import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from studiolab.revenue_simulator import answers, levers
from studiolab.revenue_simulator.questions import ForecastRequest, ForwardRequest, InverseRequest, in_words
from studiolab.revenue_simulator.tactics import ASSUMED
from studiolab.schema import LEVERS

STUDIO = "studio-001"
# S4 3.2.1 and S1 "API Usage", as they stand there.
DOCUMENTED_LEVERS = {
    "retention_rate": 0.75, "avg_ticket_price": 150.0, "class_attendance_rate": 0.70, "new_members_monthly": 25,
    "staff_utilization_rate": 0.85, "upsell_rate": 0.25, "total_classes_held": 120,
}  # fmt: skip
DOCUMENTED_FORWARD = {"studio_id": STUDIO, "base_month": "2026-10", "projection_months": 3, "levers": DOCUMENTED_LEVERS,
                      "include_confidence_intervals": True}  # fmt: skip
DOCUMENTED_INVERSE = {
    "studio_id": STUDIO, "base_month": "2026-10", "target_revenue": 50000.0, "target_months": 3,
    "current_state": {"retention_rate": 0.90, "avg_ticket_price": 140.0, "class_attendance_rate": 0.65,
                      "new_members_monthly": 20, "staff_utilization_rate": 0.80, "upsell_rate": 0.20,
                      "total_classes_held": 100, "current_member_count": 250},
    "constraints": {"max_retention_increase": 0.05, "max_ticket_increase": 20.0, "max_new_members_increase": 10,
                    "prioritize_low_cost_levers": True},
}  # fmt: skip


@pytest.fixture(scope="module")
def model(workbench):
    return workbench.model


def forward(model, **given):
    return answers.forward(model, ForwardRequest(studio_id=STUDIO, **({"levers": {}} | given)))


def inverse(model, **given):
    return answers.inverse(model, InverseRequest(studio_id=STUDIO, **given))


def refused(kind, **given):
    with pytest.raises(ValidationError) as caught:
        kind.model_validate({"studio_id": STUDIO} | given)
    return in_words(caught.value.errors())


# forward ------------------------------------------------------------------------------------------
def test_the_documents_own_forward_request_gets_the_documents_keys(model):
    answer = answers.forward(model, ForwardRequest(**DOCUMENTED_FORWARD)).model_dump()
    documented = "scenario_id predictions growth_rate total_projected_revenue model_version prediction_accuracy"
    assert set(documented.split()) <= set(answer)
    month = "revenue member_count confidence_interval confidence_score"
    assert [set(month.split()) <= set(answer["predictions"][f"month_{h}"]) for h in (1, 2, 3)] == [True] * 3


def test_a_forward_answer_is_the_models_scenario_to_the_cent(model):
    answer = forward(model, levers={"avg_ticket_price": 160})
    table = model.scenario(STUDIO, {"avg_ticket_price": 160}, 3)
    months = list(answer.predictions.values())
    assert [m.revenue for m in months] == pytest.approx(table["revenue"].tolist(), abs=0.0051)
    assert [m.member_count for m in months] == table["members"].round().astype(int).tolist()
    assert [m.retention_rate for m in months] == pytest.approx(table["retention"].tolist(), abs=1e-6)
    assert [m.month for m in months] == ["2026-11", "2026-12", "2027-01"]
    assert all(m.confidence_interval[0] < m.revenue < m.confidence_interval[1] for m in months)


def test_growth_total_and_accuracy_are_what_their_names_say(model):
    answer = forward(model)
    months = list(answer.predictions.values())
    assert answer.base_revenue == model.history(STUDIO)["total_revenue"].iloc[-1]
    assert answer.growth_rate == pytest.approx(months[2].revenue / answer.base_revenue - 1, abs=1e-6)
    assert answer.total_projected_revenue == pytest.approx(sum(m.revenue for m in months), abs=0.005)
    assert answer.prediction_accuracy == pytest.approx(sum(m.confidence_score for m in months) / 3, abs=2e-6)


def test_both_forms_of_a_month_and_none_at_all_are_the_same_question(model):
    ids = {forward(model, base_month=form).scenario_id for form in ("2026-10", "2026-10-01", None)}
    assert len(ids) == 1


def test_another_question_has_another_id(model):
    asked = [{}, {"levers": {"upsell_rate": 0.2}}, {"projection_months": 2}, {"base_month": "2026-09"}]
    assert len({forward(model, **question).scenario_id for question in asked}) == 4


def test_one_set_of_levers_equals_the_same_set_each_month(model):
    once = forward(model, levers={"upsell_rate": 0.2})
    rows = forward(model, levers=[{"upsell_rate": 0.2}] * 3)
    assert rows.predictions == once.predictions


def test_more_members_at_the_start_bring_more_revenue(model):
    few, many = (forward(model, levers={"current_member_count": n}).predictions["month_1"].revenue for n in (100, 300))
    assert many > 2 * few


def test_intervals_are_left_out_on_request(model):
    answer = forward(model, include_confidence_intervals=False)
    assert [m.confidence_interval for m in answer.predictions.values()] == [None] * 3


def test_only_a_lever_beyond_the_data_is_called_extrapolating(model):
    _, highest = model.support(STUDIO)["avg_ticket_price"]
    assert forward(model, levers={"avg_ticket_price": highest, "upsell_rate": 0.2}).extrapolating == []
    assert forward(model, levers=[{}, {"avg_ticket_price": highest + 1}, {}]).extrapolating == ["avg_ticket_price"]


def test_a_studio_of_revenue_alone_is_forecast_without_members_and_without_nan(model):
    answer = answers.forecast(model, ForecastRequest(studio_id="till", projection_months=2))
    months = json.loads(answer.model_dump_json())["predictions"]
    assert [(m["member_count"], m["retention_rate"]) for m in months.values()] == [(None, None)] * 2
    assert all(math.isfinite(m["revenue"]) for m in months.values())
    assert answer.base_revenue == 9290.00


def test_levers_of_a_studio_of_revenue_alone_are_refused_with_a_way_out(model):
    with pytest.raises(ValueError, match=r"'till' has no 9 months.*or use forecast"):
        answers.forward(model, ForwardRequest(studio_id="till", levers={}))


@pytest.mark.parametrize("month", ["2020-01", "2026-11"])
def test_a_base_month_without_history_is_refused_with_the_months_there_are(model, month):
    with pytest.raises(ValueError, match=f"base_month is {month}; studio-001 has history from 2025-03 to 2026-10"):
        forward(model, base_month=month)


def test_an_unknown_studio_is_named_beside_known_ones(model):
    with pytest.raises(answers.UnknownStudio, match="no studio 'nobody'; there are 4: studio-001"):
        answers.forecast(model, ForecastRequest(studio_id="nobody"))


# questions ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"levers": {}, "colour": "red"}, "colour: no such key"),
        ({"levers": {"prize": 3}}, "levers.prize: no such key"),
        (
            {"levers": {"retention_rate": 1.2}},
            "levers.retention_rate: Input should be less than or equal to 1, got 1.2",
        ),
        ({"levers": {"retention_rate": True}}, "levers.retention_rate: Input should be a valid number, got True"),
        ({"levers": {"upsell_rate": math.nan}}, "levers.upsell_rate: Input should be a finite number, got nan"),
        ({"levers": {}, "base_month": "2026-13"}, "base_month: is no month such as 2026-10, got '2026-13'"),
        ({"levers": [{}, {}]}, "levers has 2 rows for 3 months"),
        (
            {"levers": {}, "projection_months": 13},
            "projection_months: Input should be less than or equal to 12, got 13",
        ),
        ({}, "levers: is missing"),
    ],
)
def test_a_wrong_question_is_refused_with_where_what_and_why(given, sentence):
    assert refused(ForwardRequest, **given) == sentence


@pytest.mark.parametrize("target", [0, -5, math.inf])
def test_a_target_that_is_no_amount_is_refused(target):
    assert refused(InverseRequest, target_revenue=target).startswith("target_revenue: Input should be")


# inverse ------------------------------------------------------------------------------------------
def test_the_documents_own_inverse_request_gets_the_documents_keys(model):
    answer = answers.inverse(model, InverseRequest(**DOCUMENTED_INVERSE)).model_dump()
    documented = ("optimization_id target_revenue achievable_revenue achievement_rate recommended_levers lever_changes "
                  "action_plan confidence_score")  # fmt: skip
    assert set(documented.split()) <= set(answer)
    change = "current recommended change_pct impact_on_revenue feasibility_score estimated_cost"
    assert all(set(change.split()) <= set(answer["lever_changes"][lever]) for lever in LEVERS)
    action = "priority lever action expected_impact timeline_weeks"
    assert all(set(action.split()) <= set(step) for step in answer["action_plan"])


@settings(max_examples=25, deadline=None)
@given(
    push=st.floats(0.9, 1.6), months=st.integers(1, 6), basis=st.sampled_from(["last", "mean", "sum"]),
    ticket=st.floats(0, 30), joins=st.floats(0, 20),
)  # fmt: skip
@example(push=1.0670966914177449, months=2, basis="mean", ticket=0.94140625, joins=5.0)
def test_a_plan_keeps_its_limits_and_its_levers_replayed_bring_what_it_says(model, push, months, basis, ticket, joins):
    now = [m.revenue for m in forward(model, projection_months=months).predictions.values()]
    target = push * {"last": now[-1], "mean": sum(now) / months, "sum": sum(now)}[basis]
    limits = {"max_ticket_increase": ticket, "max_new_members_increase": joins}
    plan = inverse(model, target_revenue=target, target_months=months, target_basis=basis, constraints=limits)
    steps = dict(zip(LEVERS, levers.limits(limits), strict=True))
    for lever, change in plan.lever_changes.items():
        assert abs(change.recommended - change.current) <= steps[lever] + 0.011
    rows = [row.model_dump(exclude={"month"}) for row in plan.monthly_levers]
    replayed = [m.revenue for m in forward(model, levers=rows, projection_months=months).predictions.values()]
    brought = {"last": replayed[-1], "mean": sum(replayed) / months, "sum": sum(replayed)}[basis]
    assert brought == pytest.approx(plan.achievable_revenue, rel=2e-4)
    assert plan.achievement_rate == pytest.approx(plan.achievable_revenue / plan.target_revenue, abs=1e-5)
    assert plan.achievement_rate > 1 - 1e-5 if plan.reachable else plan.achievement_rate < 1 - 1e-6


def test_the_cost_is_that_of_each_lever_over_even_steps(model):
    plan = inverse(model, target_revenue=1e5)
    monthly = sum(change.cost_per_month for change in plan.lever_changes.values())
    assert plan.cost == pytest.approx(monthly * (1 / 3 + 2 / 3 + 1), abs=0.1)


def test_a_target_out_of_reach_says_what_is_best_and_what_holds_it_back(model):
    plan = inverse(model, target_revenue=1e5, constraints={"max_ticket_increase": 1})
    assert not plan.reachable
    assert f"the best is {plan.achievable_revenue:,.2f} in the last month" in plan.message
    assert "at your limit: avg_ticket_price" in plan.message
    assert {"lever": "avg_ticket_price", "bound": "limit"} in [bind.model_dump() for bind in plan.binds]


def test_a_target_below_todays_course_needs_nothing(model):
    plan = inverse(model, target_revenue=1000)
    assert (plan.reachable, plan.cost, plan.action_plan, plan.binds) == (True, 0, [], [])
    assert plan.message.startswith("Reached without a change")


def test_a_lever_that_stands_at_zero_has_no_relative_change(model):
    change = inverse(model, target_revenue=1e5, current_state={"upsell_rate": 0.0}).lever_changes["upsell_rate"]
    assert (change.current, change.change_pct) == (0, None)
    assert change.recommended > 0


def test_actions_come_in_order_of_what_they_bring_and_never_promise_more_than_the_lever(model):
    plan = inverse(model, target_revenue=1e5)
    impacts = [action.expected_impact for action in plan.action_plan]
    assert impacts == sorted(impacts, reverse=True)
    for lever, change in plan.lever_changes.items():
        promised = sum(action.expected_impact for action in plan.action_plan if action.lever == lever)
        assert promised <= max(change.impact_on_revenue, 0) + 0.02
    assert {action.evidence for action in plan.action_plan} == {ASSUMED}


def test_the_tactics_of_a_plan_say_how_far_they_carry_it_and_come_in_time(model):
    plan = inverse(model, target_revenue=1e5, target_months=1)
    assert all(action.timeline_weeks < 52 / 12 for action in plan.action_plan)
    covers = {cover.lever: cover for cover in plan.tactic_cover}
    assert {action.lever for action in plan.action_plan} <= set(covers)
    assert len(covers) <= 5
    for lever, cover in covers.items():
        change = plan.lever_changes[lever].recommended - plan.lever_changes[lever].current
        assert cover.left == pytest.approx((1 - cover.covered) * change, abs=0.011)
