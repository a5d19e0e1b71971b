from html import unescape

import pytest

from studiolab.panels import class_page, class_planner


@pytest.fixture
def state(workbench):
    return class_planner.State(workbench).load()


def test_the_first_studio_with_visits_is_open_with_a_client(state):
    assert (state.status, state.studio_id) == ("ready", "studio-001")
    assert list(state.studios) == ["studio-001"]
    assert state.client["client_id"] == state.answer["client_id"] == state.client_id
    assert len(state.found) == class_planner.SHOWN


def test_a_search_changes_the_list_and_a_choice_the_answer(state):
    before = state.answer
    state.search = state.found[7]["client_name"]
    assert state.found[0]["client_name"] == state.search
    state.client_id = state.found[0]["client_id"]
    assert state.answer != before
    assert state.client["client_name"] == state.search
    state.search = "nobody of this name"
    assert state.found == []


def test_any_class_of_the_slate_can_be_asked_about(state):
    offered = {row["class_id"] for row in state.answer["recommendations"]}
    for _, class_id in state.slate[:12]:
        state.class_id = class_id
        assert state.why
        assert (state.why == "It is among them.") == (state.class_id in offered)
    state.client_id = state.found[3]["client_id"]
    assert (state.class_id, state.why) == ("", "")


def test_an_unknown_client_is_a_sentence_and_the_last_answer_stays(state):
    before = state.answer
    state.client_id = "nobody"
    assert state.problem.startswith("No client 'nobody' at studio-001")
    assert state.answer == before


def test_the_view_follows_and_opens_what_the_address_asks_for(state):
    wanted = state.found[4]["client_id"]
    view = class_planner.View(state, {"studio_id": "studio-001", "client_id": wanted})
    assert state.client_id == wanted
    assert state.client["client_name"] in view.cards.value
    shown = unescape(view.offers.value)
    assert all(row["reason"] in shown for row in state.answer["recommendations"])
    view.search.value = state.found[0]["client_name"]
    view.picker.value = view.picker.options[0][1]
    assert state.client["client_name"] in view.cards.value
    view.search.value = "nobody of this name"
    assert "holds “nobody of this name”" in unescape(view.notice.value)
    view.other.value = state.slate[0][1]
    assert state.why.split(",")[0] in view.why.value


def test_without_visits_it_says_what_to_import(empty_workbench):
    state = class_planner.State(empty_workbench).load()
    assert (state.status, state.problem) == ("failed", class_planner.NO_VISITS)
    assert "Import a class schedule" in class_planner.View(state).children[1].value


def test_the_advice_on_the_plan_stands_above_the_cards(state, workbench):
    told = workbench.client({"studio_id": "studio-001", "client_id": state.client_id}).advice
    assert told.reason in unescape(class_page.snapshot(state.client))
    assert "Keep the plan" in class_page.snapshot(
        state.client | {"advice": {"decision": "keep", "to_plan": "Four", "effect": 0.0, "reason": "it fits"}}
    )


def test_names_are_text_not_markup(state):
    client = state.client | {"client_name": "<script>x</script>"}
    assert "<script>" not in class_page.snapshot(client)
