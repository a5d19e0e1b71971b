import numpy as np
import pandas as pd
import pytest

from studiolab import grounding
from studiolab.revenue_simulator import fit
from studiolab.revenue_simulator.answers import UnknownStudio
from studiolab.revenue_simulator.insights import MATERIAL, UNLIKELY, findings, insights
from studiolab.revenue_simulator.outlook import Outlook
from studiolab.revenue_simulator.questions import InsightsRequest
from studiolab.revenue_simulator.tactics import MEASURED, TACTICS, WEEKS_A_MONTH
from studiolab.schema import LEVERS

STUDIO = "studio-001"
SEED_FIELDS = {  # S4 3.2.1, as they stand there
    "next_best_actions": {"action", "impact", "expected_revenue_gain", "confidence", "timeline"},
    "risk_factors": {"risk", "probability", "potential_revenue_impact", "mitigation"},
    "opportunities": {"opportunity", "potential_revenue_gain", "actions"},
}


def told(model, studio=STUDIO, months=3, kinds=None, waiting=None, **more):
    request = InsightsRequest(studio_id=studio, projection_months=months, **more)
    return insights(model, request, "2026-11-21T10:00:00+00:00", "USD", kinds, waiting)


def everyone(model, base_month=None):
    return [told(model, studio, base_month=base_month) for studio in model.studio_ids]


def of_kind(answers, part, kind):
    return [(a, row) for a in answers for row in getattr(a.insights, part) if row.kind == kind]


@pytest.fixture(scope="module")
def autumn(model):
    """Insights of all studios after the last month, October: December dips, January rises."""
    return everyone(model)


@pytest.fixture(scope="module")
def spring(model):
    return everyone(model, "2026-04")


# the whole ----------------------------------------------------------------------------------------
def test_the_documents_fields_are_all_there(model):
    answer = told(model).model_dump()
    assert {"insights", "generated_at", "model_version"} <= set(answer)
    for part, fields in SEED_FIELDS.items():
        assert all(fields <= set(row) for row in answer["insights"][part])
    assert told(model, scenario_id="an-id").scenario_id == "an-id"


def test_lists_go_by_money_times_chance_and_hold_nothing_slight_or_unlikely(autumn):
    for answer in autumn:
        found = answer.insights
        for rows, money, chance in ((found.next_best_actions, "expected_revenue_gain", "confidence"),
                                    (found.risk_factors, "potential_revenue_impact", "probability"),
                                    (found.opportunities, "potential_revenue_gain", "confidence")):  # fmt: skip
            weights = [abs(getattr(row, money)) * getattr(row, chance) for row in rows]
            assert weights == sorted(weights, reverse=True)
            assert all(weight > 0.8 * MATERIAL * answer.expected_revenue for weight in weights)
            assert all(UNLIKELY <= getattr(row, chance) <= 1 for row in rows)


def test_a_kind_that_is_not_asked_for_is_empty_and_not_excused(model):
    answer = told(model, insight_types=["risk_factors"])
    assert (answer.insights.next_best_actions, answer.insights.opportunities, answer.uplift) == ([], [], None)
    assert not [note for note in answer.notes if "action" in note or "opportunity" in note]


def test_a_list_that_is_empty_says_so(autumn, spring):
    for answer in autumn + spring:
        empty = [part for part in SEED_FIELDS if not getattr(answer.insights, part)]
        assert len(answer.notes) == len(empty)
    assert any(answer.notes for answer in spring)


def test_the_same_question_has_the_same_answer(model):
    assert told(model) == told(model)


def test_no_two_studios_are_told_the_same(autumn):
    sentences = [row.risk for a in autumn for row in a.insights.risk_factors]
    assert len(set(sentences)) == len(sentences) > 10


# actions ------------------------------------------------------------------------------------------
def test_an_action_brings_what_the_models_own_scenario_says(model):
    """Its lever moves for the part of each month that is left when it shows."""
    answer, held = told(model), model.held_levers(STUDIO)
    for action in answer.insights.next_best_actions:
        ready = np.clip(np.arange(1, 4) - action.timeline_weeks / WEEKS_A_MONTH, 0, 1)
        effect = next(t.effect for t in TACTICS[action.lever] if t.action == action.action)
        low, high = model.support(STUDIO)[action.lever]
        rows = [{action.lever: np.clip(held[action.lever] + effect * share, low, high)} for share in ready]
        gain = model.scenario(STUDIO, rows)["revenue"] - model.scenario(STUDIO, {})["revenue"]
        assert action.expected_revenue_gain == pytest.approx(gain.iloc[-1], abs=0.011)
        assert gain.iloc[-1] > action.cost_per_month


def test_there_are_two_actions_of_a_lever_and_five_levers_at_most_none_later_than_the_months(autumn, model):
    for answer in [*autumn, told(model, months=1)]:
        levers = [action.lever for action in answer.insights.next_best_actions]
        assert len(set(levers)) <= 5
        assert max(levers.count(lever) for lever in levers) <= 2
        weeks = max(action.timeline_weeks for action in answer.insights.next_best_actions)
        assert weeks < answer.projection_months * WEEKS_A_MONTH


def test_more_to_gain_is_more_likely_to_show(autumn):
    for answer in autumn:
        rows = sorted(answer.insights.next_best_actions, key=lambda row: row.expected_revenue_gain)
        assert [row.confidence for row in rows] == sorted(row.confidence for row in rows)
        assert all(row.confidence > 0.5 for row in rows)


def test_the_uplift_says_what_its_tactics_cover_and_what_is_left(autumn):
    for answer in autumn:
        uplift = answer.uplift
        assert uplift.wanted == pytest.approx(0.05 * answer.expected_revenue, abs=0.02)
        assert uplift.left == pytest.approx(max(uplift.wanted - uplift.gain, 0), abs=0.02)
        assert uplift.covered == pytest.approx(min(uplift.gain / uplift.wanted, 1), abs=1e-4)


def test_the_studios_own_measure_changes_money_and_label(model):
    action = TACTICS["upsell_rate"][1].action
    plain, own = (
        {row.action: row for row in told(model, measured_effects=given).insights.next_best_actions}
        for given in (None, {action: 0.04})
    )
    assert own[action].evidence == MEASURED != plain[action].evidence
    assert own[action].expected_revenue_gain < plain[action].expected_revenue_gain


# risks and opportunities ----------------------------------------------------------------------------
def test_summer_is_a_dip_and_january_a_season_by_the_figures_of_all_calendars(model, autumn, spring):
    dips = of_kind(spring, "risk_factors", "season")
    assert len(dips) > 8
    assert {row.month[5:] for _, row in dips} <= {"06", "07"}
    rises = of_kind(autumn, "opportunities", "season")
    assert len(rises) > 8
    assert {row.month for _, row in rises} == {"2027-01"}
    answer, row = rises[0]
    view = Outlook(model, answer.studio_id, 3)
    each = [view.under(view.held, calendar=m)["revenue"][2] for m in range(1, 13)]
    assert row.above == pytest.approx(np.mean(each), abs=0.01)
    assert row.potential_revenue_gain == pytest.approx(answer.expected_revenue - np.mean(each), abs=0.02)


def test_last_year_is_the_historys_and_its_chance_that_of_the_interval(model, autumn):
    rows = of_kind(autumn, "risk_factors", "last year")
    assert rows
    for answer, row in rows:
        known = model.history(answer.studio_id).set_index("month")["total_revenue"]
        assert row.below == pytest.approx(known[pd.Timestamp(row.month) - pd.DateOffset(years=1)], abs=0.01)
        low = model.forecast([answer.studio_id]).set_index("month")["low"][pd.Timestamp(row.month)]
        assert row.below > low
        assert row.probability > 0.04


def test_a_chance_grows_with_the_amount_and_is_even_at_the_forecast(model):
    view = Outlook(model, STUDIO, 3)
    shares = [(view.possible(1) < view.revenue[1] * x).mean() for x in (0.8, 0.95, 1.0, 1.05, 1.3)]
    assert shares == sorted(shares)
    assert shares[2] == pytest.approx(0.5, abs=0.01)
    low, high = model.forecast([STUDIO])[["low", "high"]].iloc[1]
    assert (view.possible(1) < low).mean() == pytest.approx(0.05, abs=0.01)
    assert (view.possible(1) > high).mean() == pytest.approx(0.05, abs=0.01)


def test_upsell_is_compared_with_studios_of_the_same_type_where_there_are_enough(model):
    rates = {studio: model.held_levers(studio)["upsell_rate"] for studio in model.studio_ids}
    order = sorted(rates, key=rates.get)
    weakest, kinds = order[0], dict.fromkeys([order[0], *order[-5:]], "Yoga")
    (row,) = [row for row in told(model, weakest, kinds=kinds).insights.opportunities if row.kind == "upsell"]
    median = np.median([rates[studio] for studio in kinds])
    assert f"{median:.1%}".replace("%", " %") in row.opportunity
    assert "of 6 Yoga studios" in row.opportunity
    assert not of_kind([told(model, order[-1], kinds=kinds)], "opportunities", "upsell")


def test_waiting_lists_name_the_classes_to_add(model):
    fullest = max(model.studio_ids, key=lambda s: Outlook(model, s, 3).expected["fill"].mean())
    _, found, _ = findings(model, fullest, waiting={"Barre": 9.0, "Yoga": 2.0, "Spin": 0.0})
    rows = [finding for finding in found["opportunities"] if finding.kind == "waiting"]
    assert all("11 people a week on waiting lists" in row.text for row in rows)
    assert all(row.actions == ["Add the classes to Barre and Yoga"] for row in rows)


def test_a_month_that_broke_is_told_as_a_shock_and_few_plain_ones_are(model, chain):
    """The world planted one event a studio, some of them for the better."""
    months, shocks = chain.months, {True: [], False: []}
    for s, studio in enumerate(chain.studios["studio_id"]):
        for t in np.flatnonzero(chain.outlier[:, s] & (np.arange(len(months)) > 12))[-1:]:
            for month, broken in ((t, True), (len(months) - 1, False)):
                _, found, _ = findings(model, studio, 3, months[month], types=["risk_factors"])
                shocks[broken] += [finding for finding in found["risk_factors"] if finding.kind == "shock"]
    assert len(shocks[True]) >= 3 > len(shocks[False])
    assert all("was a shock: " in finding.text for finding in shocks[True])


def test_every_number_of_a_sentence_is_a_number_of_the_model(autumn, spring, model):
    """The judge recomputes what a sentence may say from forecast, history, levers and seasons, rounded as words are."""
    for answer in (autumn + spring)[::5]:
        view = Outlook(model, answer.studio_id, 3, answer.base_month, "USD")
        for row in answer.insights.risk_factors:
            if row.kind in ("season", "last year"):
                may = [view.month(m) for m in range(3)]
                may += [view.cash(x) for x in (*view.revenue, *view.low, row.below)]
                may += [view.cash(row.below - x) for x in view.revenue]
                may += [f"{1 - x / row.below:.1%}" for x in view.revenue] + ["1 of 20"]
                assert grounding.ungrounded(row.risk, may) == []


# little or nothing known ----------------------------------------------------------------------------
def bare(months, revenue):
    month = pd.date_range(end="2026-10-01", periods=months, freq="MS")
    return fit(pd.DataFrame({"month": month, "revenue": revenue}))


@pytest.mark.parametrize(
    ("months", "revenue", "sentence"),
    [
        (1, [1000.0], "Months of revenue known: 1, too few to judge risk by: it takes 12."),
        (30, 1000.0, "Revenue was $1,000 in each of the last 12 months: that tells no risk; are the figures real?"),
    ],
)
def test_a_past_that_tells_nothing_is_said_to(months, revenue, sentence):
    answer = told(bare(months, revenue), "studio", months=12)
    assert answer.notes[0].startswith("No action and no opportunity can be told of studio")
    assert answer.notes[1] == sentence
    assert answer.insights.model_dump() == {part: [] for part in SEED_FIELDS}


def test_a_studio_of_revenue_alone_is_told_its_risk_and_what_to_import():
    falling = np.linspace(2000, 1000, 36) * (1 + 0.02 * np.sin(np.arange(36)))
    answer = told(bare(36, falling), "studio")
    assert [row.kind for row in answer.insights.risk_factors] == ["last year"]
    assert answer.insights.risk_factors[0].probability > 0.9
    assert "Import its members, visits and classes" in answer.notes[0]
    assert answer.uplift is None


def test_a_studio_without_revenue_is_refused():
    with pytest.raises(ValueError, match="cannot be predicted from here, so there is nothing to say of it"):
        told(bare(30, 0.0), "studio")


def test_a_studio_that_everybody_left_is_refused(few):
    frame = few.monthly_metrics.copy()
    frame.loc[frame.index[frame["studio_id"] == STUDIO][-1], "total_members"] = 0
    with pytest.raises(ValueError, match="studio-001 has no members at the end of 2026-10, so nobody is there"):
        told(fit(frame, few.lever_plan))


def test_months_that_are_not_known_are_not_guessed(few):
    frame = few.monthly_metrics.copy()
    frame["total_revenue"] = frame["total_revenue"].astype("Float64")
    frame.loc[frame.index[frame["studio_id"] == STUDIO][-2:], "total_revenue"] = pd.NA
    answer = told(fit(frame, few.lever_plan))
    assert answer.base_month == "2026-08"
    assert np.isfinite([row.probability for row in answer.insights.risk_factors]).all()


def test_an_unknown_studio_is_refused_by_name(model):
    with pytest.raises(UnknownStudio, match="no studio 'nobody'; there are 16"):
        told(model, "nobody")


def test_levers_named_are_those_of_the_vocabulary(autumn):
    assert {row.lever for a in autumn for row in a.insights.next_best_actions} <= set(LEVERS)
