from threading import Thread

import pytest

from studiolab.panels.planner_state import State, table
from studiolab.schema import LEVERS


@pytest.fixture
def state(workbench):
    """A planner at the sample chain's second studio."""
    state = State(workbench).load()
    state.studio_id = "studio-002"
    return state


def revenue(answer, month=3):
    return answer["predictions"][f"month_{month}"]["revenue"]


def test_it_opens_with_todays_levers_and_an_answer_that_changes_nothing(state):
    assert state.status == "ready"
    assert set(state.levers) == set(LEVERS)
    assert state.levers == state.today
    assert state.answer == state.held
    assert state.problem == ""


def test_a_better_retention_brings_more_revenue_and_more_members(state):
    state.levers = state.levers | {"retention_rate": state.support["retention_rate"][1]}
    assert revenue(state.answer) > revenue(state.held)
    last, today = state.answer["predictions"]["month_3"], state.held["predictions"]["month_3"]
    assert last["member_count"] > today["member_count"]


def test_months_ask_for_as_many_months(state):
    state.months = 6
    assert list(state.answer["predictions"]) == [f"month_{n}" for n in range(1, 7)]
    assert list(table(state.answer)["month"].dt.strftime("%Y-%m"))[-1] == "2027-04"


def test_insights_follow_studio_and_months_and_not_the_levers(state):
    first = state.insights
    assert (first["studio_id"], first["projection_months"]) == ("studio-002", 3)
    state.move("avg_ticket_price", state.today["avg_ticket_price"] + 5)
    assert state.insights == first
    state.months = 6
    assert state.insights["projection_months"] == 6
    state.studio_id = "till"
    assert state.insights["notes"][0].startswith("No action and no opportunity can be told of till")


def test_a_lever_beyond_the_data_is_named_as_extrapolating(state):
    state.levers = state.levers | {"retention_rate": 0.999}
    assert state.answer["extrapolating"] == ["retention_rate"]


def test_following_a_plan_brings_what_the_plan_promised_and_ends_when_a_lever_moves(state):
    state.ask_plan()
    assert state.plan["reachable"]
    state.apply_plan()
    assert revenue(state.answer) == pytest.approx(state.target, rel=1e-4)
    assert state.levers["avg_ticket_price"] == state.plan["recommended_levers"]["avg_ticket_price"]
    state.move("upsell_rate", state.levers["upsell_rate"] + 0.01)
    assert state.path == []
    assert revenue(state.answer) > state.target


def test_undo_takes_back_a_plan_and_then_the_moves_before_it(state):
    state.move("avg_ticket_price", state.today["avg_ticket_price"] + 5)
    state.move("avg_ticket_price", state.today["avg_ticket_price"] + 9)
    moved = dict(state.levers)
    state.ask_plan()
    state.apply_plan()
    state.undo()
    assert (state.levers, state.path) == (moved, [])
    state.undo()
    assert state.levers == state.today
    assert state.answer == state.held
    state.undo()
    assert state.levers == state.today


def test_undo_takes_back_a_reset(state):
    state.move("upsell_rate", 0.3)
    state.reset()
    assert state.levers == state.today
    state.undo()
    assert state.levers["upsell_rate"] == 0.3


def test_an_impossible_target_is_answered_in_the_owners_words(state):
    state.target = 1e9
    state.ask_plan()
    assert state.plan == {}
    assert state.problem.startswith("The target")
    assert "_" not in state.problem


def test_a_target_far_off_comes_back_with_the_best_there_is(state):
    state.target = revenue(state.held) * 2
    state.ask_plan()
    assert not state.plan["reachable"]
    assert revenue(state.held) < state.plan["achievable_revenue"] < state.target


def test_another_studio_starts_afresh(state):
    state.move("upsell_rate", 0.3)
    state.ask_plan()
    state.studio_id = "studio-001"
    assert (state.plan, state.past, state.levers) == ({}, [], state.today)
    assert state.answer["studio_id"] == "studio-001"


def test_a_studio_of_revenue_alone_is_forecast_and_has_no_levers(state):
    state.studio_id = "till"
    assert (state.levers, state.today, state.problem) == ({}, {}, "")
    assert state.answer["predictions"]["month_1"]["member_count"] is None
    assert revenue(state.answer) > 0


def test_an_unknown_studio_gives_the_first_and_says_so(workbench):
    state = State(workbench)
    state.studio_id = "nowhere"
    state.load()
    assert state.studio_id == "studio-001"
    assert state.problem.startswith("There is no studio “nowhere” here")


def test_an_empty_database_is_a_status_of_its_own(empty_workbench):
    state = State(empty_workbench).load()
    assert (state.status, state.problem) == ("empty", "")


def test_who_hears_that_it_is_ready_may_open_another_studio_in_another_thread(workbench):
    state = State(workbench)

    def open_another(_):
        other = Thread(target=state.set_trait, args=("studio_id", "studio-002"), daemon=True)
        other.start()
        other.join(20)
        assert not other.is_alive(), "the loading thread still holds the state"

    state.observe(open_another, "status")
    state.load()
    assert state.answer["studio_id"] == "studio-002"
