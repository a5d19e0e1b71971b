import numpy as np
import pytest

from studiolab.panels.planner_state import State
from studiolab.panels.revenue_planner import View
from studiolab.schema import LEVERS


@pytest.fixture
def view(workbench):
    state = State(workbench).load()
    state.studio_id = "studio-002"
    return View(state)


def drawn(view, trace):
    """Last value of a line of the chart."""
    return next(line for line in view.chart.data if line.name == trace).y[-1]


def test_a_lever_that_a_person_moves_changes_line_cards_and_nothing_of_today(view):
    before, card, today = drawn(view, "expected"), view.cards.value, drawn(view, "levers as today")
    view.levers["retention_rate"].slider.value += 1.5
    assert view.state.levers["retention_rate"] == pytest.approx(view.state.today["retention_rate"] + 0.015)
    assert drawn(view, "expected") == view.state.answer["predictions"]["month_3"]["revenue"] > before
    assert view.cards.value != card
    assert drawn(view, "levers as today") == today


def test_the_line_starts_at_the_last_known_month_and_the_band_holds_it(view):
    line, band = view.chart.data[2], view.chart.data[0]
    assert line.y[0] == view.history["total_revenue"].iloc[-1]
    middle, edges = np.array(line.y[1:], float), np.array(band.y, float)
    high, low = edges[1 : 1 + len(middle)], edges[1 + len(middle) : -1][::-1]
    assert (low < middle).all()
    assert (middle < high).all()


def test_the_browsers_rounding_of_a_value_is_no_move(view):
    slider = view.levers["retention_rate"].slider
    slider.value = round(slider.value, 1)
    assert view.state.levers == view.state.today
    assert view.state.past == []


def test_a_plan_shows_its_sentence_and_table_and_can_be_applied_and_undone(view):
    assert view.plan.apply.disabled
    view.plan.ask.click()
    assert "can be reached by moving" in view.plan.reply.value
    assert view.plan.reply.value.split("<h2>")[0].count("<tr>") == 1 + len(LEVERS)
    view.plan.apply.click()
    moved = {
        name for name, lever in view.levers.items() if lever.slider.value > view.state.today[name] * lever.per + 0.2
    }
    assert moved == {bind["lever"] for bind in view.state.plan["binds"]} | moved
    assert "Following the plan" in view.notice.value
    view.undo.click()
    for name, lever in view.levers.items():
        assert lever.slider.value == pytest.approx(view.state.today[name] * lever.per)
    assert view.notice.value == ""


def test_another_way_to_the_target_can_be_chosen_and_is_followed(view):
    view.plan.ask.click()
    assert "Ways to the same target" in view.plan.reply.value
    name, way = view.plan.way.options[1]
    view.plan.way.value = way
    view.plan.apply.click()
    other = view.state.plan["other_plans"][way]
    assert view.state.levers == {lever: other["levers"][lever] for lever in LEVERS}, name
    reached = view.state.answer["predictions"]["month_3"]["revenue"]
    assert reached == pytest.approx(other["achievable_revenue"], rel=1e-4)


def test_a_target_out_of_reach_offers_what_would_bring_it_and_a_press_allows_it(view):
    view.plan.target.value = round(view.state.held["predictions"]["month_3"]["revenue"] * 1.25)
    view.plan.ask.click()
    assert "out of reach" in view.plan.reply.value
    assert "What would bring it" in view.plan.reply.value
    view.plan.steps.children[0].click()
    assert view.state.plan["reachable"]
    assert view.plan.steps.children == ()


def test_what_earns_most_needs_no_target(view):
    view.plan.best.click()
    assert "Nothing within these limits earns more" in view.plan.reply.value
    assert view.state.plan["target_revenue"] is None
    assert not view.plan.apply.disabled


def test_what_is_kept_stands_beside_what_comes_until_it_is_dropped(view):
    assert view.drop.layout.display == "none"
    view.levers["retention_rate"].slider.value += 1
    view.keep.click()
    kept = drawn(view, "expected")
    view.levers["retention_rate"].slider.value += 1
    assert drawn(view, "kept to compare") == kept < drawn(view, "expected")
    assert "Kept" in view.compared.value
    assert f"+${drawn(view, 'expected') - kept:,.0f}" in view.compared.value
    view.back.click()
    assert drawn(view, "expected") == kept
    view.drop.click()
    assert view.compared.value == ""


def test_a_lever_beyond_the_data_warns_and_says_how_far_the_data_goes(view):
    view.levers["retention_rate"].slider.value = 99.9
    low, high = view.state.support["retention_rate"]
    assert (
        f"Retention at 99.9 % (seen: {low:.1%} to {high:.1%})".replace("%", " %").replace("  ", " ")
        in view.notice.value
    )


def test_ranges_are_the_business_ranges_and_the_marks_lie_within(view):
    price = view.levers["avg_ticket_price"].slider
    assert (price.min, price.max) == (50, 500)
    assert "--today:" in view.levers["avg_ticket_price"].marks.value


def test_a_studio_of_revenue_alone_has_its_forecast_and_says_why_nothing_moves(view):
    view.state.studio_id = "till"
    assert all(lever.slider.disabled for lever in view.levers.values())
    assert "Only revenue is known" in view.reason.value
    assert "€" in view.cards.value
    assert drawn(view, "expected") == view.state.answer["predictions"]["month_3"]["revenue"]
    assert view.plan.ask.disabled
    view.state.studio_id = "studio-001"
    assert drawn(view, "revenue so far") == view.state.history["total_revenue"].iloc[-1] == view.chart.data[2].y[0]
    assert view.chart.layout.yaxis.tickprefix == "$"
    assert not any(lever.slider.disabled for lever in view.levers.values())
    assert view.reason.value == ""


def test_what_to_do_and_to_watch_is_told_of_the_open_studio(view):
    view.state.studio_id = "studio-002"
    action = view.state.insights["insights"]["next_best_actions"][0]
    assert action["action"] in view.advice.value
    assert f"+${action['expected_revenue_gain']:,.0f}</b>" in view.advice.value
    view.state.studio_id = "till"
    assert "No action and no opportunity can be told of till" in view.advice.value
    assert action["action"] not in view.advice.value


def test_no_raw_name_of_a_column_is_shown(view):
    view.plan.ask.click()
    text = "".join(
        [
            view.plan.reply.value,
            view.cards.value,
            view.advice.value,
            *(lever.label.value for lever in view.levers.values()),
        ]
    )
    assert [lever for lever in LEVERS if lever in text] == []


def test_without_studios_it_says_which_command_to_run(empty_workbench):
    view = View(State(empty_workbench).load())
    assert "studiolab import" in "".join(getattr(child, "value", "") for child in view.children)


def test_while_the_model_trains_it_says_so_and_fills_in_when_it_is_there(workbench):
    state = State(workbench)
    view = View(state)
    assert "Learning from your data" in view.children[1].value
    view.seen.drawn = True  # as a browser says
    state.load()
    assert drawn(view, "expected") > 0
