"""The inbox's State: what is shown follows what is written, and what a person does is kept, said, or refused."""

import pandas as pd
import pytest

from studiolab.app import inbox as app_inbox
from studiolab.panels import inbox, inbox_state
from studiolab.users import NOBODY, User
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


def test_to_open_the_inbox_stands_no_other_studios_inbox_up(bench, monkeypatch):
    bench.db.write("studios", bench.db.read("studios").assign(studio_id="elm", studio_name="Elm"))
    stood, made = [], app_inbox.InboxIndex
    monkeypatch.setattr(app_inbox, "InboxIndex", lambda db, studio: stood.append(studio) or made(db, studio))
    state = inbox_state.State(bench).load()
    state.open()
    state.close()
    assert (state.studio_id, stood) == ("oak", ["oak"])


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


def test_what_was_opened_can_count_as_unread_until_it_is_opened_again(state):
    state.pick(state.contact_id)
    state.unread()
    assert (state.found["conversations"][0]["unread"], state.thread["unread"]) == (1, 1)
    state.renew(force=True)
    assert state.thread["unread"] == 1
    state.pick(state.contact_id)
    assert state.found["conversations"][0]["unread"] == 0


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


def open_window(bench, state, number="9", who="493", name="Cem"):
    """Somebody who wrote just now, opened."""
    keep(bench, wrote(number, who, "Hi", name=name) | {"sent_at": pd.Timestamp.now("UTC")})
    state.renew()
    state.pick(next(one["conversation_id"] for one in state.found["conversations"] if one["name"] == name))
    return state.contact_id


def test_an_answer_goes_to_whom_it_was_written_whoever_is_open_by_then(state, bench):
    cem = open_window(bench, state)
    dan = open_window(bench, state, "10", "494", "Dan")
    view = inbox.View(state, "oak", dan)
    state.pick(dan)
    told = {"text": "Hello Cem", "later": None, "unless_reply": False, "template": None}
    view.desk.asked = {"n": 1, "what": "send", "shown": cem, **told}
    assert bench.db.read("outbox")["contact_id"].tolist() == [cem]
    view.desk.asked = {"n": 2, "what": "shut", "closed": True, "shown": cem}
    assert "nothing was done" in state.problem
    assert [state.thread["conversation_id"], state.thread["state"]] == [dan, "open"]


@pytest.mark.parametrize("later", ["20026-01-01T09:00:00.000Z", "9999-12-31T23:59:59Z", "soon"])
def test_what_is_refused_is_back_in_the_box(state, bench, later):
    open_window(bench, state)
    for _ in range(2):
        shown = []
        state.observe(lambda change, shown=shown: shown.append(change["new"]), "draft")
        assert state.send("A long answer", later=later) is False
        assert shown[-1]["text"] == "A long answer"
        assert state.problem
        state.unobserve_all("draft")
    assert bench.db.read("outbox").empty


def test_a_session_that_ended_keeps_what_was_typed(bench):
    who = [User("dana", "front desk")]
    state = inbox_state.State(bench, lambda: who[0]).load()
    state.open("oak")
    open_window(bench, state)
    who[0] = NOBODY
    assert state.send("A long answer") is False
    assert (state.draft["text"], state.problem) == ("A long answer", "The sign-in has ended; sign in again.")
    assert bench.db.read("outbox").empty


def test_what_was_sent_cannot_be_taken_back(state, bench):
    open_window(bench, state)
    state.send("Welcome")
    rows = bench.db.read("outbox")
    bench.db.write("outbox", rows.assign(state="sent", message_id="whatsapp:w1"))
    state.take_back(rows["outbox_id"].iloc[0])
    assert "this message is sent" in state.problem.lower()
    assert bench.db.read("outbox")["state"].tolist() == ["sent"]


def test_a_score_says_whose_points_it_counts_in(state):
    state.rate()
    assert state.score["points_says"].startswith("usual points, until 20 leads have joined")
    assert state.score["chance"] is None


def test_opening_hours_are_set_where_a_role_may_and_count_at_once(bench):
    state = inbox_state.State(bench, lambda: User("olga", "manager")).load()
    page = inbox.View(state)
    assert (page.hours.value, page.hours.disabled) == ("MO-SU 09:00-20:00", False)
    page.hours.value = "Monday 9:00-12:00"
    assert (page.hours.value, state.figures["hours"]["by"]) == ("MO 09:00-12:00", "olga")
    page.hours.value = "MO 12:00-09:00"
    assert "does not end after it begins" in state.problem
    assert page.hours.value == state.figures["hours"]["text"] == "MO 09:00-12:00"
    page.hours.value = ""
    assert page.hours.value == "MO-SU 09:00-20:00"
    state.close()
    other = inbox_state.State(bench, lambda: READER).load()
    assert inbox.View(other).hours.disabled
    other.set_hours("MO 09:00-12:00")
    assert other.problem.startswith("Rita")
    assert bench.inbox_hours("oak").is_usual
    other.close()
