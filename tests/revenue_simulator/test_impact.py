import json

import numpy as np
import pytest
from pydantic import ValidationError
from pytest import approx

from studiolab.revenue_simulator import explain
from studiolab.revenue_simulator.answers import UnknownStudio
from studiolab.revenue_simulator.impact import impact
from studiolab.revenue_simulator.questions import ANALYSES, ImpactQuery, ImpactRequest, impact_asked, in_words
from studiolab.schema import LEVERS

STUDIO = "studio-001"
PLAN = {"avg_ticket_price": 170.0, "upsell_rate": 0.3, "staff_utilization_rate": 0.9}


@pytest.fixture(scope="module")
def model(workbench):
    return workbench.model


def ask(model, kind="sensitivity", **given):
    return impact(model, ImpactRequest(studio_id=STUDIO, analysis_type=kind, **given))


def of(answer, field):
    return {row.lever: getattr(row, field) for row in answer.lever_impacts}


@pytest.mark.parametrize("kind", ANALYSES)
def test_every_analysis_has_the_documents_keys_and_ranks_all_seven(model, kind):
    answer = ask(model, kind, levers=PLAN)
    told = json.loads(answer.model_dump_json())
    assert {"analysis_type", "lever_impacts", "correlation_matrix"} <= set(told)
    documented = {"lever", "impact_score", "revenue_sensitivity", "rank", "recommendation"}
    assert all(documented <= set(row) for row in told["lever_impacts"])
    assert {"retention_vs_revenue", "ticket_vs_revenue", "attendance_vs_revenue"} <= set(told["correlation_matrix"])
    assert len(told["correlation_matrix"]) == 7 + 21
    scores = [row.impact_score for row in answer.lever_impacts]
    assert scores == sorted(scores, reverse=True)
    assert set(of(answer, "lever").values()) == set(LEVERS)
    assert [row.rank for row in answer.lever_impacts] == list(range(1, 8))


def test_the_score_is_the_share_of_the_strongest_or_the_correlation_itself(model):
    answer = ask(model)
    strongest = max(abs(row.revenue_sensitivity) for row in answer.lever_impacts)
    for row in answer.lever_impacts:
        assert row.impact_score == approx(abs(row.revenue_sensitivity) / strongest, abs=1e-4)
    for row in ask(model, "correlation").lever_impacts:
        assert row.impact_score == abs(row.correlation)


def test_figures_are_those_of_explain_to_the_cent(model):
    answer = ask(model, "shapley", levers=PLAN, projection_months=2, target_basis="sum")
    there = {"months": 2, "basis": "sum"}
    whole, local = explain.shapley(model, STUDIO, PLAN, **there), explain.sensitivity(model, STUDIO, PLAN, **there)
    assert of(answer, "contribution") == approx(whole.values.to_dict(), abs=0.0051)
    assert of(answer, "revenue_sensitivity") == approx(local["per_percent"].to_dict(), abs=0.0051)
    added = answer.planned_revenue - answer.held_revenue
    assert sum(of(answer, "contribution").values()) == approx(added, abs=0.05)
    past = explain.correlation(model, STUDIO)
    assert of(answer, "correlation") == approx(past.loc[list(LEVERS), "revenue"].to_dict(), abs=1e-6)
    assert answer.months_known == 19


def test_held_and_planned_say_from_where_to_where(model):
    answer, held = ask(model, "shapley", levers=PLAN), model.held_levers(STUDIO)
    assert of(answer, "planned") == approx(held | PLAN, abs=0.0051)
    assert of(answer, "held") == approx(held, abs=0.0051)
    assert answer.extrapolating == [
        lever for lever in LEVERS if lever in PLAN and not _covers(model, lever, PLAN[lever])
    ]


def _covers(model, lever, value):
    low, high = model.support(STUDIO)[lever]
    return low <= value <= high


def test_what_is_recommended_follows_the_sign_and_the_assumed_cost(model):
    for row in ask(model).lever_impacts:
        less = row.revenue_sensitivity < 0
        assert f"1 % {'less' if less else 'more'} brings {abs(row.revenue_sensitivity):,.2f}" in row.recommendation
        dear = less == (row.lever == "staff_utilization_rate")
        assert ("no cost of it is assumed" in row.recommendation) == (not dear)
    planned = ask(model, "shapley", levers=PLAN)
    for row in planned.lever_impacts:
        words = "Not moved" if row.lever not in PLAN else "Keep" if row.contribution > 0 else "Think again"
        assert row.recommendation.startswith(words)
    assert all("whether it drives revenue" in row.recommendation for row in ask(model, "correlation").lever_impacts)


def test_more_members_at_the_start_make_a_price_count_more(model):
    few, many = (
        ask(model, levers={"current_member_count": members}, projection_months=1).lever_impacts
        for members in (100, 400)
    )
    price = [next(row for row in rows if row.lever == "avg_ticket_price") for rows in (few, many)]
    assert abs(price[1].revenue_per_unit) > 3 * abs(price[0].revenue_per_unit)


def test_another_question_has_another_id_and_the_same_one_the_same(model):
    asked = [{}, {"kind": "elasticity"}, {"levers": PLAN}, {"target_basis": "mean"}, {"base_month": "2026-09"}]
    ids = [ask(model, **question).analysis_id for question in asked]
    assert len(set(ids)) == len(asked)
    assert ask(model, base_month="2026-10").analysis_id == ids[0]


def test_a_plan_as_held_shares_out_nothing(model):
    answer = ask(model, "shapley", levers={"upsell_rate": model.held_levers(STUDIO)["upsell_rate"]})
    assert set(of(answer, "contribution").values()) == set(of(answer, "impact_score").values()) == {0.0}


def test_an_address_says_the_same_as_a_request():
    query = ImpactQuery(studio_id=STUDIO, analysis_type="shapley", upsell_rate="0.3", current_member_count="250",
                        projection_months="2", base_month="2026-10-01")  # fmt: skip
    assert ImpactRequest(**impact_asked(query)) == ImpactRequest(
        studio_id=STUDIO, analysis_type="shapley", projection_months=2, base_month="2026-10",
        levers={"upsell_rate": 0.3, "current_member_count": 250},
    )  # fmt: skip
    assert set(impact_asked(ImpactQuery(studio_id=STUDIO))) <= set(ImpactRequest.model_fields)


# errors -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"levers": {"upsell_rate": np.nan}}, "levers.upsell_rate: Input should be a finite number, got nan"),
        (
            {"levers": {"retention_rate": 1.2}},
            "levers.retention_rate: Input should be less than or equal to 1, got 1.2",
        ),
        ({"levers": {"prize": 1}}, "levers.prize: no such key"),
        ({"analysis_type": "guess"}, "analysis_type: Input should be 'sensitivity', 'elasticity', 'correlation' or "),
    ],
)
def test_a_wrong_question_is_refused_with_where_what_and_why(given, sentence):
    with pytest.raises(ValidationError) as caught:
        ImpactRequest.model_validate({"studio_id": STUDIO} | given)
    assert in_words(caught.value.errors()).startswith(sentence)


def test_shapley_without_a_plan_asks_for_one(model):
    with pytest.raises(ValueError, match="levers names no lever; shapley shares out what a plan changes, so set one"):
        ask(model, "shapley", levers={"current_member_count": 200})


def test_studios_without_levers_or_unknown_are_refused(model):
    with pytest.raises(ValueError, match="'till' has no 9 months of member"):
        impact(model, ImpactRequest(studio_id="till"))
    with pytest.raises(UnknownStudio, match="no studio 'nobody'; there are 4: studio-001"):
        impact(model, ImpactRequest(studio_id="nobody"))
