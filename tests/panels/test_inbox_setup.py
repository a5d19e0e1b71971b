"""The inbox's settings on the page: set, said, refused, and no secret in what the page is told."""

import json

import pytest

from studiolab.panels import inbox_setup, inbox_state
from studiolab.panels.inbox_views import Setup
from studiolab.users import User
from tests.app.small_channels import small
from tests.graph_server import PHONE, TOKEN

STEPS = [{"after_hours": 48, "text": "Hi {first_name}",
          "template": {"name": "still_there", "language": "de", "values": ["{first_name}"]}}]  # fmt: skip


@pytest.fixture
def at(tmp_path, graph):
    """A State of a studio as a role sees it."""
    bench = small(tmp_path, META_GRAPH_URL=graph.url)

    def at(role):
        state = inbox_state.State(bench, lambda: User("olga", role)).load()
        state.open("oak")
        return state

    yield at
    bench.close()


def press(state, what, **given):
    return inbox_setup.done(state, {"what": what, "studio": "oak", "given": given})


def test_an_account_is_connected_asked_and_disconnected_and_its_token_is_told_nobody(at):
    state = at("manager")
    given = {"channel": "whatsapp", "account": PHONE, "settings": {}, "secrets": {"token": TOKEN}}
    wrong = press(state, "connect", **given | {"secrets": {"token": "not-the-token-of-anybody"}})
    assert set(wrong) == {"problem"}
    assert press(state, "connect", **given)["done"].startswith("It is connected: ")
    told = inbox_setup.told(state)
    [account] = told["channels"][0]["accounts"]
    assert (account["account"], account["is_connected"], account["is_sample"]) == (PHONE, True, False)
    assert list(told["channels"][0]["secrets"]) == ["token"]
    assert TOKEN not in json.dumps([told, wrong, state.settled, state.found])
    assert PHONE in press(state, "sync")["done"]
    assert press(state, "disconnect", channel="whatsapp", account=PHONE)["done"] == f"{PHONE} is disconnected."
    assert press(state, "sync")["done"] == "Nothing is connected yet."


def test_replies_follow_ups_documents_agents_and_hours_are_kept_and_go(at):
    state = at("owner")
    assert press(state, "canned", name="hello", text="Hi {first_name}")["done"] == "“hello” is kept."
    assert "nothing to put in the place" in press(state, "canned", name="x", text="{price}")["problem"].lower()
    assert press(state, "sequence", name="quiet", steps=STEPS)["done"] == "“quiet” is kept."
    assert "at least 1" in press(state, "sequence", name="none", steps=[])["problem"]
    paper = {"name": "Prices.csv", "text": "question,answer\nWhat is a trial?,Free of charge\n"}
    assert press(state, "knowledge", **paper)["done"] == "Prices.csv is kept: 1 piece to cite."
    changes = {"provider": "openai", "model": "strong", "temperature": 0.5, "max_tokens": None}
    assert press(state, "agent", agent="smart_reply", changes=changes)["done"].startswith("Kept: ")
    assert "0.5" not in press(state, "agent", agent="smart_reply", changes={"temperature": 9})["problem"]
    assert press(state, "hours", hours="MO 09:00-12:00")["done"].endswith("MO 09:00-12:00.")
    assert "does not end after it begins" in press(state, "hours", hours="MO 12:00-09:00")["problem"]
    told = inbox_setup.told(state)
    assert told["canned"] == [{"name": "hello", "text": "Hi {first_name}"}]
    assert told["sequences"][0]["steps"] == STEPS
    assert [one["text"] for one in told["knowledge"]["documents"]] == [paper["text"].strip()]
    assert told["agents"]["agents"][0]["own"] == {"provider": "openai", "model": "strong", "temperature": 0.5}
    assert told["hours"] == "MO 09:00-12:00"
    for what, given in (("canned", {"name": "hello", "text": ""}), ("end", {"name": "quiet"}),
                        ("forget", {"name": "Prices.csv"})):  # fmt: skip
        assert "is gone" in press(state, what, **given)["done"]
    assert press(state, "hours", hours=" ")["done"].endswith("MO-SU 09:00-20:00.")
    told = inbox_setup.told(state)
    assert (told["canned"], told["sequences"], told["knowledge"]["documents"]) == ([], [], [])


@pytest.mark.parametrize(("role", "may"), [("read-only", set()), ("front desk", {"share"})])
def test_a_role_sees_and_changes_what_it_may(at, role, may):
    state = at(role)
    assert {right for right, has in inbox_setup.told(state)["may"].items() if has} == may
    for what, (right, _) in inbox_setup.DEEDS.items():
        if right not in may:
            assert press(state, what)["problem"].startswith(f"Olga is {role} and may not")
    state.who = lambda: User("visitor", "nobody")
    assert inbox_setup.told(state) == {}
    assert press(state, "sync")["problem"] == "The sign-in has ended; sign in again."


def test_what_nobody_thought_of_says_so_and_logs_no_secret(at, caplog):
    state = at("owner")
    assert press(state, "connect", secrets={"token": TOKEN}) == {"problem": inbox_setup.UNKNOWN}
    assert "connect failed (KeyError)" in caplog.text
    assert TOKEN not in caplog.text


def test_a_press_is_answered_and_then_what_is_set_is_shown(at):
    view = Setup(at("owner"))
    view.is_shown, said = True, []
    view.sheet.send = lambda told: said.append(told)
    view.press({"n": 7, "what": "canned", "studio": "oak", "given": {"name": "hello", "text": "Hi"}})
    assert said == [{"n": 7, "done": "“hello” is kept."}]
    assert view.sheet.told["canned"] == [{"name": "hello", "text": "Hi"}]


def test_a_press_in_a_studio_that_was_left_changes_no_other(at):
    state = at("owner")
    bench = state.workbench
    other = next(one for one in state.studios if one != "oak")
    state.open(other)
    assert press(state, "canned", name="hello", text="Hi") == {"problem": inbox_setup.OTHER}
    assert state.problem == inbox_setup.OTHER
    assert [bench.canned_replies(one) for one in ("oak", other)] == [[], []]
