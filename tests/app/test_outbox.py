"""The outbox against Meta's API on this machine: sent once, later, again, or not at all."""

import json
import threading

import pandas as pd
import pytest

from studiolab.adapters.channels import message
from studiolab.app import UnknownMessage
from studiolab.studio_operations.inbox.sending import STALE

from ..graph_server import PHONE, TOKEN, GraphServer, error, hangs_up
from .small_channels import signed, small, whatsapp

NOW = pd.Timestamp.now("UTC").floor("s")


@pytest.fixture
def graph():
    server = GraphServer()
    yield server
    server.stop()


@pytest.fixture
def bench(tmp_path, graph):
    made = small(tmp_path, META_GRAPH_URL=graph.url)
    made.connect_channel("oak", "whatsapp", PHONE, {}, {"token": TOKEN}, "olga")
    yield made
    made.close()


def writes(bench, text="Hi", who="4915112345", ago=0, name="wamid.in"):
    """Somebody writes, `ago` seconds before now; the contact's id."""
    told = json.loads(whatsapp(text))
    value = told["entry"][0]["changes"][0]["value"]
    value["messages"][0] |= {"from": who, "id": name, "timestamp": str(int(NOW.timestamp()) - ago)}
    value["contacts"][0]["wa_id"] = who
    body = json.dumps(told).encode()
    bench.receive("whatsapp", signed(body), body).result(30)
    found = bench.conversations("oak", state="all").conversations
    return next(one.conversation_id for one in found if bench.contact("oak", one.contact_id).handles[0].name == who)


def texts(graph):
    return [one["text"]["body"] for one in graph.sent]


def test_an_answer_is_sent_kept_and_in_the_ledger(bench, graph):
    contact = writes(bench)
    told = bench.send_message("oak", contact, "Yes, on Tuesday", "olga")
    assert (told.state, told.says, texts(graph)) == ("sent", "sent", ["Yes, on Tuesday"])
    last = bench.conversation("oak", contact).messages[-1]
    assert (last.body, last.author, last.status, last.direction) == ("Yes, on Tuesday", "olga", "sent", "outbound")
    [entry] = bench.ledger.entries("oak", ["message sent"])
    assert (entry["actor"], entry["payload"]["message_id"]) == ("olga", told.message_id)
    assert bench.ledger.verify()[1] == []


def test_outside_the_window_only_a_template_goes(bench, graph):
    contact = writes(bench, ago=25 * 3600)
    assert "24 hours" in bench.window("oak", contact).says
    with pytest.raises(ValueError, match="only an approved template"):
        bench.send_message("oak", contact, "Still there?", "olga")
    told = bench.send_message("oak", contact, "", "olga", template={"name": "we_miss_you", "language": "de"})
    assert told.state == "sent"
    assert [one["template"]["name"] for one in graph.sent] == ["we_miss_you"]


def test_what_the_channel_takes_later_waits_and_goes_out_later(bench, graph):
    contact = writes(bench)
    graph.says(error(130429, "Rate limit hit", 429))
    told = bench.send_message("oak", contact, "Yes", "olga")
    assert told.state == "waiting"
    assert bench.send_due(NOW + pd.Timedelta(seconds=5)) == 0
    assert bench.send_due(pd.Timestamp(told.send_after) + pd.Timedelta(seconds=30)) == 1
    assert texts(graph) == ["Yes"]
    assert bench.queued(told.outbox_id).state == "sent"


def test_what_is_refused_fails_with_the_reason_and_can_be_sent_again(bench, graph):
    contact = writes(bench)
    graph.says(error(131026, "Message undeliverable"))
    told = bench.send_message("oak", contact, "Yes", "olga")
    assert told.state == "failed"
    assert told.says.startswith("not sent: ")
    assert [one.outbox_id for one in bench.outbox("oak", contact)] == [told.outbox_id]
    later = bench.db.read("outbox").assign(claimed_at=NOW - pd.Timedelta(minutes=2))
    bench.db.write("outbox", later)
    assert bench.send_again(told.outbox_id, "otto").state == "sent"
    assert texts(graph) == ["Yes"]


def test_a_broken_line_leaves_it_unsure_until_a_status_names_it(bench, graph):
    contact = writes(bench)
    graph.says(hangs_up())
    told = bench.send_message("oak", contact, "Yes", "olga")
    assert told.state == "unsure"
    assert bench.send_due(NOW + pd.Timedelta(hours=1)) == 0
    assert len(graph.sent) <= 1
    named = {"id": "wamid.S", "status": "delivered", "timestamp": "1760000005",
             "biz_opaque_callback_data": told.outbox_id}  # fmt: skip
    body = whatsapp(statuses=[named])
    bench.receive("whatsapp", signed(body), body).result(30)
    bench.send_due()
    assert (bench.queued(told.outbox_id).state, bench.queued(told.outbox_id).message_id) == ("sent", "whatsapp:wamid.S")


def test_a_program_that_ended_while_it_sent_leaves_it_unsure(bench, graph):
    contact = writes(bench)
    told = bench.send_message("oak", contact, "Yes", "olga", send_after=NOW + pd.Timedelta(hours=1))
    dead = bench.db.read("outbox").assign(state="sending", claimed_at=NOW)
    bench.db.write("outbox", dead)
    assert bench.send_due(NOW + STALE - pd.Timedelta(seconds=1)) == 0
    assert bench.queued(told.outbox_id).state == "sending"
    assert bench.send_due(NOW + STALE + pd.Timedelta(seconds=1)) == 0
    assert bench.queued(told.outbox_id).state == "unsure"
    assert graph.sent == []


def test_two_programs_send_a_message_once(bench, graph, tmp_path):
    contact = writes(bench)
    for number in range(6):
        bench.send_message("oak", contact, f"no. {number}", "olga", send_after=NOW + pd.Timedelta(hours=1))
    other = small(tmp_path, META_GRAPH_URL=graph.url)
    due = [NOW + pd.Timedelta(hours=1, seconds=7 * turn) for turn in range(8)]
    both = [threading.Thread(target=lambda one=one: [one.send_due(at) for at in due]) for one in (bench, other)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    other.close()
    bench.send_due(due[-1] + pd.Timedelta(seconds=60))
    assert len(texts(graph)) == len(set(texts(graph)))


def test_later_unless_they_write_and_withdrawn(bench, graph):
    contact = writes(bench, ago=60)
    at = NOW + pd.Timedelta(hours=2)
    unless = bench.send_message("oak", contact, "Any questions?", "olga", send_after=at, unless_reply=True)
    undone = bench.send_message("oak", contact, "Oops", "olga", send_after=at)
    assert bench.withdraw_message(undone.outbox_id, "olga").state == "withdrawn"
    with pytest.raises(ValueError, match="is withdrawn"):
        bench.withdraw_message(undone.outbox_id, "olga")
    rows = bench.db.read("outbox", outbox_id=unless.outbox_id)
    bench.db.write("outbox", rows.assign(unless_reply_since=NOW - pd.Timedelta(seconds=30)))
    writes(bench, "I am back", name="wamid.2")
    assert bench.send_due(at + pd.Timedelta(seconds=1)) == 0
    assert bench.queued(unless.outbox_id).says == "withdrawn: they have written meanwhile"
    assert graph.sent == []


def test_a_sequence_runs_is_ended_and_stops_by_itself(bench, graph):
    contact = writes(bench)
    steps = [{"after_hours": 48, "text": "Hi {first_name}, did it fit?"}, {"after_hours": 72, "text": "Last word"}]
    bench.save_sequence("oak", {"name": "trial", "steps": steps}, "olga")
    first, second = bench.start_sequence("oak", contact, "trial", "olga")
    assert (first.text, first.sequence, first.state) == ("Hi Ana, did it fit?", "trial", "waiting")
    assert second.send_after > first.send_after
    assert list(bench.contact("oak", contact).sequences) == ["trial"]
    with pytest.raises(ValueError, match="runs for them already"):
        bench.start_sequence("oak", contact, "trial", "olga")
    assert {one.state for one in bench.stop_sequence("oak", contact, "trial", "olga")} == {"withdrawn"}
    assert bench.contact("oak", contact).sequences == {}
    with pytest.raises(ValueError, match="no sequence 'moon'; there are: trial"):
        bench.start_sequence("oak", contact, "moon", "olga")


def test_nobody_is_written_to_where_nothing_is_connected_or_nobody_is_known(bench):
    contact = writes(bench)
    with pytest.raises(ValueError, match="cannot be reached by sms; there is whatsapp"):
        bench.send_message("oak", contact, "Hi", "olga", channel="sms")
    with pytest.raises(ValueError, match="no contact 'c-none'"):
        bench.send_message("oak", "c-none", "Hi", "olga")
    with pytest.raises(ValueError, match="text: is empty"):
        bench.send_message("oak", contact, "  ", "olga")
    with pytest.raises(UnknownMessage):
        bench.queued("o-none")


def test_an_answer_to_a_mail_belongs_in_its_thread(bench):
    at = NOW - pd.Timedelta(minutes=5)
    rows = [
        message("email", f"m{k}", "us@oak.org", "ana@example.org", "text", "Hi", at + pd.Timedelta(minutes=k))
        | {"studio_id": "oak", "received_at": at} for k in range(2)
    ]  # fmt: skip
    with bench.db.transaction() as changes:
        changes.add("messages", rows)
    contact = next(one.contact_id for one in bench.conversations("oak").conversations)
    bench.send_message("oak", contact, "Yes", "olga", send_after=NOW + pd.Timedelta(hours=1))
    assert bench.db.read("outbox")["about"].tolist() == ["email:m1"]
