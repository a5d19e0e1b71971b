"""What a page is handed of a picture that somebody sent, and what it is told instead."""

import pytest

from studiolab.adapters.channels import message
from studiolab.panels import inbox, inbox_media, inbox_state
from studiolab.users import NOBODY, User
from tests.app.small_inbox import START, keep, small_inbox
from tests.graph_server import PHONE, TOKEN, GraphServer

PNG = b"\x89PNG\r\n\x1a\n" + bytes(500)


@pytest.fixture
def graph():
    server = GraphServer()
    server.files["70"] = PNG
    yield server
    server.stop()


@pytest.fixture
def bench(tmp_path, graph):
    made = small_inbox(tmp_path)
    row = message("whatsapp", "1", PHONE, "491", "image", "Me", START, name="Ana", media=[{"id": "70"}])
    keep(made, row | {"studio_id": "oak", "received_at": START})
    value = {"is_connected": True, "settings": {"graph_url": graph.url}}
    with made.db.transaction() as changes:
        made.write_account(changes, "oak", f"whatsapp:{PHONE}", value)
    made.secrets_file.put("oak", f"whatsapp:{PHONE}", {"token": TOKEN})
    yield made
    made.close()


def state(bench, user=None):
    made = inbox_state.State(bench, lambda: user or User("rita", "read-only")).load()
    made.open("oak")
    return made


def asked(number=1, message_id="whatsapp:1"):
    return {"id": message_id, "number": number}


def test_who_may_look_is_handed_the_bytes(bench):
    told, data = inbox_media.fetched(state(bench), asked())
    assert data == [PNG]
    assert told == {"kind": "media", **asked(), "name": "file.png", "type": "image/png", "is_shown": True}


def test_what_stands_in_the_way_is_a_sentence_and_no_bytes(bench, graph, monkeypatch):
    shown = state(bench)
    assert inbox_media.fetched(shown, asked(message_id="whatsapp:9"))[0]["problem"].startswith("There is no message")
    monkeypatch.setattr(inbox_media, "MOST_BYTES", 100)
    told, data = inbox_media.fetched(shown, asked())
    assert ("studiolab inbox media" in told["problem"], data) == (True, [])
    monkeypatch.setattr(bench, "message_media", None)
    assert inbox_media.fetched(shown, asked()) == ({"kind": "media", **asked(), "problem": inbox_media.UNKNOWN}, [])
    assert shown.problem == ""


def test_who_is_signed_out_is_handed_nothing(bench, graph):
    shown = state(bench)
    shown.who = lambda: NOBODY
    told, data = inbox_media.fetched(shown, asked())
    assert ("sign in again" in told["problem"], data, graph.asked) == (True, [], [])


def test_a_press_on_the_page_brings_it_without_standing_in_the_way(bench, monkeypatch):
    view = inbox.View(state(bench))
    came = []
    monkeypatch.setattr(view.desk, "send", lambda told, data: came.append((told["name"], data)))
    view.desk._handle_custom_msg({"what": "media", "shown": "another", **asked()}, [])
    for thread in [one for one in inbox.threading.enumerate() if one.name == "inbox media"]:
        thread.join(60)
    assert came == [("file.png", [PNG])]
    view.state.close()
