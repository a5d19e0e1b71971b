import base64
import re
from html import unescape

import pytest
from pydantic import SecretStr

from studiolab.app import Workbench
from studiolab.panels import class_page, class_planner, class_state
from studiolab.settings import Settings
from studiolab.users import NOBODY, User

from ..llm_server import says


@pytest.fixture
def state(workbench):
    return class_state.State(workbench).load()


def test_the_first_studio_with_visits_is_open_with_a_client(state):
    assert (state.status, state.studio_id) == ("ready", "studio-001")
    assert list(state.studios) == ["studio-001"]
    assert state.client["client_id"] == state.answer["client_id"] == state.client_id
    assert len(state.found) == class_state.SHOWN


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
    shown = unescape(view.plans[0].offers.value)
    assert all(row["reason"] in shown for row in state.answer["recommendations"])
    view.search.value = state.found[0]["client_name"]
    view.picker.value = view.picker.options[0][1]
    assert state.client["client_name"] in view.cards.value
    view.search.value = "nobody of this name"
    assert "holds “nobody of this name”" in unescape(view.notice.value)
    view.other.value = state.slate[0][1]
    assert state.why.split(",")[0] in view.why.value


def test_without_visits_it_says_what_to_import(empty_workbench):
    state = class_state.State(empty_workbench).load()
    assert (state.status, state.problem) == ("failed", class_state.NO_VISITS)
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


# saving, sharing, the concierge -------------------------------------------------------------------
@pytest.fixture
def writing(copied, tmp_path):
    """A State on a copy of `home`, for a test that writes."""
    copied(tmp_path)
    bench = Workbench(Settings(STUDIOLAB_HOME=tmp_path))
    state = class_state.State(bench, lambda: User("kim", "front desk")).load()
    members = bench.db.read("members", "studio-001")
    reached = members[members["email_consent"] & members["text_consent"]]["member_id"]
    state.client_id = reached.iloc[0]
    yield state
    bench.close()


def test_a_saved_set_is_in_the_ledger_under_the_persons_name(writing):
    view = class_planner.View(writing)
    view.plans[0].save.click()
    assert "Saved as entry 1 of the ledger, by kim" in view.notice.value
    entry = writing.workbench.ledger.entry(1)
    assert (entry["actor"], entry["payload"]["answer"]) == ("kim", writing.answer)


@pytest.mark.parametrize(
    ("words", "name"),
    [("E-mail draft", "classes.eml"), ("Calendar", "classes.ics"), ("For the app", "classes.json"),
     ("Table (CSV)", "recommendations.csv")],
)  # fmt: skip
def test_what_is_handed_on_is_a_download(writing, words, name):
    view = class_planner.View(writing)
    next(button for button in view.plans[0].share if button.description == words).click()
    assert f'download="{name}"' in view.plans[0].ready.value
    data = re.search(r"base64,([^\"]+)", view.plans[0].ready.value)[1]
    assert base64.b64decode(data).decode() == writing.shared["content"]
    writing.client_id = writing.found[3]["client_id"]
    assert view.plans[0].ready.value == ""


def test_a_text_message_is_shown_to_be_copied(writing):
    view = class_planner.View(writing)
    view.plans[0].share[3].click()
    assert "STOP to end" in view.plans[0].ready.value


def test_without_a_mail_server_the_button_says_what_to_do(writing):
    view = class_planner.View(writing)
    view.plans[0].share[0].click()
    assert "set SMTP_HOST and MAIL_FROM" in unescape(view.notice.value)


def test_who_may_only_look_can_press_nothing_and_is_told_why(workbench):
    state = class_state.State(workbench, lambda: User("rita", "read-only")).load()
    plan = class_planner.View(state).plans[0]
    assert all(button.disabled for button in (plan.save, *plan.share))
    assert "rita is read-only" in plan.save.tooltip
    state.save()
    assert "Rita is read-only and may not save and share plans" in state.problem


def test_without_a_language_model_the_concierges_tab_says_so_and_shows_the_behaviour_models(writing):
    view = class_planner.View(writing)
    assert "The concierge is choosing" in view.plans[1].offers.value
    writing.ask_concierge(wait=True)
    shown = unescape(view.plans[1].offers.value)
    assert "Shown from the behaviour model because no language model is set up" in shown
    assert writing.answer["recommendations"][0]["reason"] in shown


def test_the_concierges_words_are_shown_saved_and_made_again(writing, llm_server, monkeypatch):
    offered = writing.answer["recommendations"]
    picks = [{"class_id": row["class_id"], "confidence": 0.8, "rationale": f"You will like <b>{row['class_name']}</b>."}
             for row in offered[:3]]  # fmt: skip
    llm_server.script(says({"recommendations": picks}))
    writing.workbench.settings = writing.workbench.settings.model_copy(
        update={"llm_base_url": llm_server.url, "llm_provider": "openai", "openai_api_key": SecretStr("k")}
    )
    view = class_planner.View(writing)
    writing.ask_concierge(wait=True)
    assert "You will like &lt;b&gt;" in view.plans[1].offers.value
    assert "80% sure" in view.plans[1].offers.value
    assert [row["source"] for row in writing.concierge["recommendations"]].count("concierge") == 3
    view.plans[1].save.click()
    entry = writing.workbench.ledger.entry(1)
    assert entry["payload"]["answer"] == writing.concierge
    assert writing.workbench.replay(1).same


def test_those_to_talk_to_open_with_one_choice(state):
    view = class_planner.View(state)
    _, client = view.watched.options[1]
    view.watched.value = client
    assert state.client["client_id"] == client


def test_weights_learnt_from_the_studio_give_another_set_that_is_saved_as_such(writing):
    view = class_planner.View(writing)
    before = writing.answer
    view.weights.value = "fitted"
    assert writing.answer["weights"] != before["weights"]
    assert sum(writing.answer["weights"].values()) == pytest.approx(1)
    view.plans[0].save.click()
    assert writing.workbench.ledger.entry(1)["payload"]["answer"] == writing.answer
    assert writing.workbench.replay(1).same
    assert "plan saved" in view.happened.value


def test_rights_end_with_the_sign_in_and_not_with_the_page(writing):
    view = class_planner.View(writing)
    writing.who = lambda: NOBODY
    view.plans[0].save.click()
    assert writing.problem == "The sign-in has ended; sign in again."
    assert writing.workbench.ledger.entries() == []
