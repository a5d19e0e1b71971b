"""The inbox's State: what is shown follows what is written, and what a person does is kept, said, or refused."""

import json

import pandas as pd
import pytest

from studiolab.app import inbox as app_inbox
from studiolab.panels import inbox, inbox_shown, inbox_state
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


def test_what_began_as_a_draft_is_sent_with_where_its_words_come_from(state, bench, monkeypatch):
    sent = []
    monkeypatch.setattr(bench, "send_message", lambda *given, **more: sent.append(more.get("draft")) or True)
    for change in ("{}", "{} See you!", ""):
        state.suggest()
        text = change.format(state.draft["text"]) or "12"
        sources = [one["piece_id"] for one in state.draft["sources"]]
        state.send(text, later="2030-01-01T09:00")
    state.fill("none")
    state.send("Hello", later="2030-01-01T09:00")
    first = {"written_by": "templates", "model": None, "sources": sources, "is_changed": False}
    assert sent == [first, first | {"is_changed": True}, None, None]


def test_where_words_come_from_outlives_a_look_at_another_and_a_refusal(state, bench, monkeypatch):
    sent, ben = [], state.contact_id
    ana = next(one["conversation_id"] for one in state.found["conversations"] if one["name"] == "Ana")
    state.suggest()
    text = state.draft["text"]
    state.pick(ana)
    state.pick(ben)
    assert state.send(text, later="soon") is False
    monkeypatch.setattr(bench, "send_message", lambda *given, **more: sent.append(more.get("draft")) or True)
    state.send(text, later="2030-01-01T09:00", contact_id=ana)
    state.pick(ana)
    state.send(text, later="2030-01-01T09:00", contact_id=ben)
    state.send(text, later="2030-01-01T09:00", contact_id=ben)
    assert [bool(one) for one in sent] == [False, True, False]
    assert sent[1]["is_changed"] is False


def test_a_word_in_common_is_no_draft(state, bench, monkeypatch):
    sent = []
    monkeypatch.setattr(bench, "send_message", lambda *given, **more: sent.append(more.get("draft")) or True)
    for share in (0.2, 0.5):
        state.suggest()
        words = sorted(set(state.draft["text"].split()))
        state.send(" ".join(words[: max(1, int(share * len(words)))]), later="2030-01-01T09:00")
    assert [bool(one) for one in sent] == [False, True]


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
    view.desk._handle_custom_msg({"what": "search", "text": "ana"}, [])
    assert [one["name"] for one in view.desk.found["conversations"]] == ["Ana"]
    view.desk._handle_custom_msg({"what": "filter", "name": "state", "value": "closed"}, [])
    assert view.desk.found["conversations"] == []
    assert "Take a filter away" in view.desk.empty
    view.desk._handle_custom_msg({"what": "move", "to": "CONTACTED", "reason": ""}, [])
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
    view.desk._handle_custom_msg({"what": "send", "shown": cem, **told}, [])
    assert bench.db.read("outbox")["contact_id"].tolist() == [cem]
    view.desk._handle_custom_msg({"what": "shut", "closed": True, "shown": cem}, [])
    assert "nothing was done" in state.problem
    assert [state.thread["conversation_id"], state.thread["state"]] == [dan, "open"]


@pytest.mark.parametrize("later", ["20026-01-01T09:00:00.000Z", "9999-12-31T23:59:59Z", "soon"])
def test_what_is_refused_is_back_in_the_box(state, bench, later):
    open_window(bench, state)
    for _ in range(2):
        shown = []
        state.observe(lambda change, shown=shown: shown.append(change["new"]), "draft")
        assert state.send("A long answer", later=later) is False
        assert (shown[-1]["text"], shown[-1]["later"]) == ("A long answer", later)
        assert state.problem
        state.unobserve_all("draft")
    assert bench.db.read("outbox").empty


def test_what_is_refused_while_another_is_open_is_back_once_they_are_opened(state, bench):
    cem = open_window(bench, state)
    dan = open_window(bench, state, "10", "494", "Dan")
    assert state.send("For Cem", later="soon", unless_reply=True, contact_id=cem) is False
    assert "What you wrote to Cem is in the box once you open them." in state.problem
    assert state.draft == {}
    state.pick(cem)
    assert [state.draft[name] for name in ("text", "later", "unless_reply")] == ["For Cem", "soon", True]
    state.pick(dan)
    state.pick(cem)
    assert state.draft == {}


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


def test_a_thread_goes_back_as_far_as_somebody_asks(state, bench, monkeypatch):
    monkeypatch.setattr(inbox_shown, "MESSAGES", 2)
    keep(bench, *(wrote(f"m{one}", "491", f"No. {one}", 10 + one, name="Ana") for one in range(4)))
    state.renew()
    state.pick(state.found["conversations"][0]["conversation_id"])
    said = [one["body"] for one in state.thread["messages"]]
    assert (said, state.thread["has_earlier"]) == (["No. 2", "No. 3"], True)
    state.earlier()
    assert [one["body"] for one in state.thread["messages"]] == ["No. 0", "No. 1", "No. 2", "No. 3"]
    state.earlier()
    assert (len(state.thread["messages"]), state.thread["has_earlier"]) == (5, False)


def test_who_somebody_is_and_what_they_agreed_to_is_changed_and_said(state):
    state.change({"name": "Benno", "email": "benno@example.org"})
    contact = state.thread["contact"]
    assert (contact["name"], contact["email"], state.done) == ("Benno", "benno@example.org", "Changed.")
    state.change({"phone": "none"})
    assert "is no number" in state.problem
    state.consent("whatsapp", True, "said so at the desk")
    [told] = [one for one in state.thread["contact"]["consent"] if one["channel"] == "whatsapp"]
    assert (told["allowed"], told["why"]) == (True, "said so at the desk")
    assert state.done == "Benno: offers are welcome."


def test_a_new_contact_is_open_at_once_and_everybody_lists_them(state):
    state.add({"name": "Cleo", "phone": "+49 151 2345678"})
    assert (state.thread["contact"]["name"], state.thread["window"]["takes"]) == ("Cleo", "closed")
    assert names(state) == ["Ben", "Ana"]
    state.filters = {"state": "people"}
    assert names(state) == ["Ben", "Ana", "Cleo"]
    state.add({"name": " "})
    assert "needs a name" in state.problem


def test_labels_narrow_the_list_and_are_known(state):
    state.label("trial", True)
    assert state.settled["labels"] == ["trial"]
    state.filters = {"state": "open", "label": "trial"}
    assert names(state) == ["Ben"]


def test_a_conversation_is_read_and_a_draft_is_told_what_to_say(state, bench, monkeypatch):
    state.analyse()
    assert state.analysis["conversation_id"] == state.thread["conversation_id"]
    assert state.analysis["sentiment"] == "neutral"
    state.pick(state.found["conversations"][1]["conversation_id"])
    assert state.analysis == {}
    asked, ask = [], bench.smart_reply
    monkeypatch.setattr(bench, "smart_reply", lambda *what: asked.append(what[2:]) or ask(*what))
    state.suggest("Tuesday is full")
    assert (asked, bool(state.draft["text"])) == ([("Tuesday is full",)], True)


def test_a_template_goes_with_its_language_and_what_fills_its_gaps(state, bench):
    template = {"name": "we_miss_you", "language": "de", "values": ["Ben", "Tuesday"]}
    assert state.thread["window"]["takes"] == "template"
    state.send("We miss you", template=template)
    [row] = bench.db.read("outbox").to_dict("records")
    assert (row["kind"], json.loads(row["template"])) == ("template", template)
    state.send("We miss you", template=template | {"values": ["x"] * 30})
    assert (state.draft["template"]["name"], state.draft["text"]) == ("we_miss_you", "We miss you")


def test_the_page_has_contacts_and_settings_beside_conversations(bench):
    state = inbox_state.State(bench, lambda: User("olga", "manager")).load()
    page = inbox.View(state, view="contacts")
    assert [row["cells"][0]["text"] for row in page.people.grid.rows] == ["Ben", "Ana"]
    assert (page.people.says.value, page.setup.sheet.told) == ("2 contacts.", {})
    page.people.search.value = "tues"
    assert [row["cells"][3]["text"] for row in page.people.grid.rows] == ["Is there a class on Tuesday?"]
    page.people.grid.picked = page.people.grid.rows[0]["id"]
    assert (state.thread["contact"]["name"], page.tabs.selected_index) == ("Ana", 0)
    page.tabs.selected_index = 2
    assert page.setup.sheet.told["hours"] == "MO-SU 09:00-20:00"
    state.close()
