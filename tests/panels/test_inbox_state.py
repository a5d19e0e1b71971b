"""The inbox's State: what is shown follows what is written, and what a person does is kept, said, or refused."""

import pandas as pd
import pytest

from studiolab.panels import inbox, inbox_state
from studiolab.users import User
from tests.app.small_inbox import keep, small_inbox, wrote

READER = User("rita", "read-only")


@pytest.fixture
def bench(tmp_path):
    made = small_inbox(
        tmp_path, wrote("1", "491", "Is there a class on Tuesday?", name="Ana"),
        wrote("2", "492", "What is a trial?", 5, name="Ben"),
    )  # fmt: skip
    yield made
    made.close()


@pytest.fixture
def state(bench):
    made = inbox_state.State(bench, lambda: User("dana", "front desk")).load()
    made.open("oak")
    yield made
    made.close()


def names(state):
    return [one["name"] for one in state.found["conversations"]]


def test_it_opens_the_studio_that_is_written_to_and_marks_what_is_read(state):
    assert names(state) == ["Ben", "Ana"]
    assert (state.thread["contact"]["name"], state.thread["unread"]) == ("Ben", 1)
    assert [one["unread"] for one in state.found["conversations"]] == [0, 1]


def test_a_new_message_is_there_at_the_next_look(state, bench):
    state.renew()
    assert state.renew() is False
    keep(bench, wrote("3", "491", "And on Friday?", 10, name="Ana"))
    assert state.renew() is True
    assert names(state) == ["Ana", "Ben"]


def test_a_search_and_a_filter_narrow_the_list(state):
    state.search = "tues"
    assert names(state) == ["Ana"]
    state.search = ""
    state.filters = {"state": "closed"}
    assert names(state) == []


def test_deeds_are_kept_and_said(state):
    state.move("QUALIFIED")
    assert (state.thread["contact"]["stage"], state.done) == ("QUALIFIED", "Ben: qualified.")
    state.move("LOST")
    assert "needs a reason" in state.problem
    state.label("trial", True)
    state.note("Evenings only")
    state.assign("dana")
    contact = state.thread["contact"]
    assert (contact["labels"], contact["notes"][0]["text"], contact["assigned"]) == (["trial"], "Evenings only", "dana")
    state.shut(True)
    assert names(state) == ["Ana"]
    state.shut(False)
    state.snooze(24)
    assert state.thread["state"] == "snoozed"


def test_a_message_outside_the_window_is_refused_with_what_to_do(state):
    assert state.thread["window"]["takes"] == "template"
    assert state.send("Hello?") is False
    assert "approved template" in state.problem


def test_a_message_can_be_taken_back_for_a_moment(state, bench):
    keep(bench, wrote("9", "493", "Hi", name="Cem", minutes=0) | {"sent_at": pd.Timestamp.now("UTC")})
    state.renew()
    state.pick(state.found["conversations"][0]["conversation_id"])
    assert state.send("Welcome") is True
    [waits] = state.thread["pending"]
    assert (waits["body"], waits["state"], waits["user_name"]) == ("Welcome", "waiting", "dana")
    state.take_back(waits["outbox_id"])
    assert state.thread["pending"] == []
    assert state.done == "The message is not sent."


def test_who_may_be_the_same_person_is_asked_once(state, bench):
    keep(bench, wrote("7", "ana.quintana@example.org", "Hi", 1, channel="email", name="Anastasia Quintana-Vogel"),
         wrote("8", "777", "Mail me: ana.quintana@example.org", 2, channel="instagram", name="ana_q"))  # fmt: skip
    state.renew()
    mail = next(one for one in state.found["conversations"] if one["channel"] == "email")
    state.pick(mail["conversation_id"])
    [other] = state.alike
    assert (other["name"], bool(other["evidence"])) == ("ana_q", True)
    state.join(other["id"])
    assert {one["channel"] for one in state.thread["contact"]["handles"]} == {"email", "instagram"}
    assert state.alike == []
    [merge] = state.thread["contact"]["merges"]
    state.part(merge["merge_id"])
    assert [one["channel"] for one in state.thread["contact"]["handles"]] == ["email"]


def test_a_draft_is_shown_and_not_sent(state, bench):
    state.suggest()
    assert state.draft["text"]
    assert bench.db.read("outbox").empty


def test_who_only_reads_changes_nothing(bench):
    state = inbox_state.State(bench, lambda: READER).load()
    state.open("oak")
    assert [one["unread"] for one in state.found["conversations"]] == [1, 1]
    state.shut(True)
    assert "Rita is read-only and may not" in state.problem
    assert names(state) == ["Ben", "Ana"]


def test_an_unknown_person_or_studio_is_told(bench):
    state = inbox_state.State(bench, lambda: READER).load()
    state.open("moon", "c-none")
    assert "There is no studio 'moon'" in state.done
    assert "No contact 'c-none'" in state.problem
    assert state.thread == {}


def test_the_view_hands_on_what_the_state_says(state):
    view = inbox.View(state, "oak")
    view.desk.asked = {"n": 1, "what": "search", "text": "ana"}
    assert [one["name"] for one in view.desk.found["conversations"]] == ["Ana"]
    view.desk.asked = {"n": 2, "what": "filter", "name": "state", "value": "closed"}
    assert view.desk.found["conversations"] == []
    assert "Take a filter away" in view.desk.empty
    view.desk.asked = {"n": 3, "what": "move", "to": "CONTACTED", "reason": ""}
    assert view.desk.thread["contact"]["stage"] == "CONTACTED"
    assert "Waiting for an answer" in view.figures.value
