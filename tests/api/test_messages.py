"""Messages and sequences over HTTP: sent, kept, withdrawn, sent again, and who may."""

import json
import time
from datetime import timedelta

import httpx
import pytest

from studiolab.api import app
from studiolab.studio_operations.inbox import sending
from studiolab.studio_operations.inbox.contacts import contact_id
from studiolab.studio_operations.inbox.outbox_replies import Queued
from studiolab.studio_operations.inbox.sequences import Sequence

from ..app.small_channels import TOKEN, signed, small, whatsapp
from ..graph_server import PHONE, error
from ..graph_server import TOKEN as OURS

ANA, OAK = contact_id("oak", "whatsapp:4915112345"), {"studio_id": "oak"}
LATER = "2100-01-01T08:00:00Z"


@pytest.fixture
def bench(tmp_path, graph, monkeypatch):
    monkeypatch.setitem(sending.GAPS, "whatsapp", timedelta(seconds=1))
    bench = small(tmp_path, META_GRAPH_URL=graph.url)
    bench.connect_channel("oak", "whatsapp", PHONE, {}, {"token": OURS}, "olga")
    body = whatsapp("When is salsa?").replace(b"1760000000", str(int(time.time())).encode())
    bench.receive("whatsapp", signed(body), body).result(30)
    yield bench
    bench.close()


@pytest.fixture
def oak(bench, served):
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with (
        served(app(bench, bench.settings)) as address,
        httpx.Client(base_url=f"{address}/api", timeout=60, headers=headers, params=OAK) as client,
    ):
        yield client


def soon():
    """An hour from now, as the API takes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))


def test_a_message_is_sent_and_told(oak, graph):
    told = Queued.model_validate(oak.post("/messages", json={"conversation_id": ANA, "text": "At six."}).json())
    assert (told.state, told.user_name, graph.sent[0]["text"]["body"]) == ("sent", "terminal", "At six.")
    assert oak.get(f"/messages/outbox/{told.outbox_id}").json() == json.loads(told.model_dump_json())
    assert oak.get("/messages/outbox").json() == []
    assert oak.get("/messages/outbox/o-none").status_code == 404


def test_a_message_for_later_waits_is_listed_and_withdrawn_once(oak, graph):
    given = {"conversation_id": ANA, "text": "Still there?", "send_after": soon(), "unless_reply": True}
    told = oak.post("/messages", json=given).json()
    assert told["state"] == "waiting"
    assert (
        oak.get("/messages/outbox").json() == oak.get("/messages/outbox", params={"contact_id": ANA}).json() == [told]
    )
    gone = oak.delete(f"/messages/outbox/{told['outbox_id']}")
    assert (gone.status_code, gone.json()["state"], gone.json()["says"]) == (200, "withdrawn", "withdrawn: by terminal")
    twice = oak.delete(f"/messages/outbox/{told['outbox_id']}")
    assert (twice.status_code, "this message is withdrawn" in twice.json()["detail"]) == (422, True)
    assert (oak.get("/messages/outbox").json(), graph.sent) == ([], [])
    for wrong in ({"send_after": "2026-12-01T08:00:00"}, {"send_after": LATER}, {"text": " "}, {"color": "red"}):
        assert oak.post("/messages", json=given | wrong).status_code == 422
    assert oak.post("/messages").json() == {"detail": "the body is missing"}
    assert oak.get("/messages/outbox").json() == []


def test_what_failed_is_sent_again_and_what_is_sent_is_not(oak, graph):
    graph.script = [error(131026, "Message undeliverable")]
    told = oak.post("/messages", json={"conversation_id": ANA, "text": "Hi"}).json()
    assert (told["state"], oak.get("/messages/outbox").json()) == ("failed", [told])
    where = f"/messages/outbox/{told['outbox_id']}/again"
    assert oak.post(where).json()["state"] in ("waiting", "sent")  # a person gets one in six seconds
    until = time.monotonic() + 60
    while oak.get(f"/messages/outbox/{told['outbox_id']}").json()["state"] != "sent":
        assert time.monotonic() < until
        time.sleep(0.1)
    assert [one["text"]["body"] for one in graph.sent] == ["Hi"]
    assert oak.post(where).status_code == 422
    assert oak.post("/messages/outbox/o-none/again").status_code == 404


def test_a_sequence_is_kept_begun_and_ended(oak, bench):
    given = {
        "name": "No answer",
        "steps": [{"after_hours": 1, "text": "Hi {first_name}"}, {"after_hours": 2, "text": "Bye"}],
    }
    kept = Sequence.model_validate(oak.put("/sequences", json=given).json())
    assert [(step.after_hours, step.text) for step in kept.steps] == [(1, "Hi {first_name}"), (2, "Bye")]
    other = oak.put("/sequences", json=given | {"steps": [{"after_hours": 48, "text": "Hi", "template": "follow_up"}]})
    assert oak.get("/sequences").json() == [other.json()]  # one of the same name takes its place
    begun = oak.post(f"/sequences/No answer/{ANA}").json()
    assert [(one["sequence"], one["state"]) for one in begun] == [("No answer", "waiting")]
    assert oak.get("/messages/outbox").json() == begun
    again = oak.post(f"/sequences/No answer/{ANA}")
    assert (again.status_code, "runs for them already" in again.json()["detail"]) == (422, True)
    ended = oak.delete(f"/sequences/No answer/{ANA}").json()
    assert [(one["outbox_id"], one["state"]) for one in ended] == [(begun[0]["outbox_id"], "withdrawn")]
    assert oak.delete(f"/sequences/No answer/{ANA}").json() == []
    assert oak.post(f"/sequences/Other/{ANA}").status_code == 404
    assert oak.post("/sequences/No answer/c-nobody").status_code == 404
    assert oak.delete("/sequences/No answer/c-nobody").status_code == 404
    for wrong in ({"name": ""}, {"steps": []}, {"steps": [{"after_hours": -1, "text": "Hi"}]}, {"color": "red"}):
        assert oak.put("/sequences", json=given | wrong).status_code == 422


@pytest.mark.parametrize(("role", "writes"), [("front desk", True), ("read-only", False)])
def test_who_may_share_writes_and_who_may_look_reads(oak, bench, role, writes):
    waiting = bench.send_message("oak", ANA, "Hi", "olga", send_after=soon())
    bench.accounts.add("kim", role, "correct horse battery")
    oak.headers["Authorization"] = f"Bearer {bench.sign_in('kim', 'correct horse battery')['token']}"
    named = {"name": "x", "steps": [{"after_hours": 1, "text": "Hi"}]}
    assert [oak.get(path).status_code for path in ("/messages/outbox", "/sequences")] == [200, 200]
    done = [
        oak.put("/sequences", json=named), oak.post(f"/sequences/x/{ANA}"), oak.delete(f"/sequences/x/{ANA}"),
        oak.post("/messages", json={"conversation_id": ANA, "text": "Hi", "send_after": soon()}),
        oak.delete(f"/messages/outbox/{waiting.outbox_id}"), oak.post(f"/messages/outbox/{waiting.outbox_id}/again"),
    ]  # fmt: skip
    assert [one.status_code for one in done] == ([200] * 5 + [422] if writes else [403] * 6)
    del oak.headers["Authorization"]
    assert oak.get("/messages/outbox").status_code == oak.put("/sequences", json=named).status_code == 401
