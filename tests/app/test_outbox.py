"""The outbox against Meta's API on this machine: sent once, later, again, or not at all."""

import json
import threading

import pandas as pd
import pytest

from studiolab.adapters.channels import message
from studiolab.adapters.errors import StudiolabError
from studiolab.app import UnknownMessage, outbox_sender
from studiolab.studio_operations.inbox.sending import STALE

from ..graph_server import PHONE, TOKEN, error, hangs_up
from .small_channels import signed, small, whatsapp

NOW = pd.Timestamp.now("UTC").floor("s")


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


def test_a_message_that_began_as_an_agents_draft_says_so_in_the_ledger_also_when_it_is_sent_later(bench, graph):
    contact = writes(bench)
    draft = {"written_by": "language model", "model": "gpt-x", "sources": ["plans#1"], "is_changed": True}
    bench.send_message("oak", contact, "It is 89", "olga", draft=draft, send_after=NOW + pd.Timedelta(hours=1))
    bench.send_message("oak", contact, "Hello", "olga")
    bench.send_due(NOW + pd.Timedelta(hours=2))
    told = {len(one["payload"]): one["payload"].get("draft") for one in bench.ledger.entries("oak", ["message sent"])}
    assert sorted(told.items()) == [(5, None), (6, draft | {"agent": "smart_reply"})]
    with pytest.raises(ValueError, match="draft"):
        bench.send_message("oak", contact, "Hi", "olga", draft={"written_by": "a parrot"})


def test_outside_the_window_only_a_template_goes(bench, graph):
    contact = writes(bench, ago=25 * 3600)
    assert "24 hours" in bench.window("oak", contact).says
    window = bench.conversation("oak", contact).window
    assert (window.takes, window.until, window.says) == ("template", None, bench.window("oak", contact).says)
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
    steps = [{"after_hours": 48, "text": "Hi {first_name}, did it fit?", "template": "fit"},
             {"after_hours": 72, "text": "Last word", "template": "last"}]  # fmt: skip
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


@pytest.mark.parametrize("hours", [30, 24 * 80])
def test_a_sequence_says_at_once_which_step_whatsapp_would_not_take(bench, hours):
    contact = writes(bench)
    steps = [{"after_hours": 0, "text": "Did it fit?"}, {"after_hours": hours, "text": "Last word"}]
    bench.save_sequence("oak", {"name": "trial", "steps": steps}, "olga")
    said = "Step 2 of 'trial' is due .* UTC, a day or more after they wrote: WhatsApp then takes only an approved"
    with pytest.raises(ValueError, match=said):
        bench.start_sequence("oak", contact, "trial", "olga")
    assert bench.db.read("outbox").empty
    bench.save_sequence("oak", {"name": "trial", "steps": [steps[0], steps[1] | {"template": "last_word"}]}, "olga")
    bench.start_sequence("oak", contact, "trial", "olga")
    first, second = bench.db.read("outbox").sort_values("send_after").to_dict("records")
    assert (first["template"], json.loads(second["template"])["name"]) == (None, "last_word")


def test_the_gaps_of_a_steps_template_are_filled_as_its_text_is(bench):
    contact = writes(bench)
    template = {"name": "last_word", "language": "de", "values": ["{first_name}", "from {user} of {studio}"]}
    steps = [{"after_hours": 30, "text": "{first_name}?", "template": template}]
    bench.save_sequence("oak", {"name": "trial", "steps": steps}, "olga")
    bench.start_sequence("oak", contact, "trial", "olga")
    [row] = bench.db.read("outbox").to_dict("records")
    studio = bench.db.read("studios", "oak")["studio_name"].iloc[0]
    assert json.loads(row["template"]) == template | {"values": ["Ana", f"from olga of {studio}"]}


def test_a_sequence_over_mail_waits_as_long_as_it_likes_and_sends_no_template(bench):
    rows = [message("email", "m0", "us@oak.org", "ana@example.org", "text", "Hi", NOW - pd.Timedelta(days=9))]
    with bench.db.transaction() as changes:
        changes.add("messages", [one | {"studio_id": "oak", "received_at": NOW} for one in rows])
    contact = next(one.contact_id for one in bench.conversations("oak").conversations)
    steps = [{"after_hours": 100, "text": "Still there?", "template": "still_there"}]
    bench.save_sequence("oak", {"name": "trial", "steps": steps}, "olga")
    with pytest.raises(ValueError, match="is not connected to oak"):
        bench.start_sequence("oak", contact, "trial", "olga")
    with bench.db.transaction() as changes:
        bench.write_account(changes, "oak", "email:us@oak.org", {"is_connected": True})
    [waits] = bench.start_sequence("oak", contact, "trial", "olga")
    [row] = bench.db.read("outbox").to_dict("records")
    assert (waits.state, row["kind"], row["template"]) == ("waiting", "text", None)


def test_nobody_is_written_to_where_nothing_is_connected_or_nobody_is_known(bench):
    contact = writes(bench)
    with pytest.raises(ValueError, match="cannot be reached by sms; there is whatsapp"):
        bench.send_message("oak", contact, "Hi", "olga", channel="sms")
    with pytest.raises(ValueError, match="no contact 'c-none'"):
        bench.send_message("oak", "c-none", "Hi", "olga")
    with pytest.raises(ValueError, match="has 4,097 characters and whatsapp takes 4,096"):
        bench.send_message("oak", contact, "x" * 4097, "olga")
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


def test_a_moment_that_no_calendar_holds_is_refused_and_holds_nobody_up(bench, graph):
    contact = writes(bench)
    with pytest.raises(ValueError, match="more than a year ahead"):
        bench.send_message("oak", contact, "Far", "olga", send_after="9999-12-31T23:59:59Z")
    assert bench.send_message("oak", contact, "Near", "olga", send_after="0001-01-01T00:00:00Z").state == "sent"
    assert texts(graph) == ["Near"]


@pytest.mark.parametrize("nothing", ["\u200b\u200e", "\0", " \u2060\n"])
def test_what_nobody_could_see_is_empty(bench, nothing):
    contact = writes(bench)
    with pytest.raises(ValueError, match="text: is empty"):
        bench.send_message("oak", contact, nothing, "olga")


def test_what_turns_out_to_be_sent_stands_in_the_thread_and_in_the_ledger(bench, graph):
    contact = writes(bench)
    graph.says(hangs_up())
    told = bench.send_message("oak", contact, "Yes", "olga")
    named = {"id": "wamid.S", "status": "delivered", "timestamp": str(int(NOW.timestamp())),
             "biz_opaque_callback_data": told.outbox_id}  # fmt: skip
    body = whatsapp(statuses=[named])
    bench.receive("whatsapp", signed(body), body).result(30)
    bench.send_due()
    found = bench.conversation("oak", contact)
    assert [(one.body, one.author, one.status) for one in found.messages][1:] == [("Yes", "olga", "delivered")]
    assert found.pending == []
    assert len(bench.ledger.entries("oak", ["message sent"])) == 1


def test_a_fault_that_nobody_thought_of_leaves_one_message_unsure_and_the_next_goes_out(bench, graph):
    first, second = writes(bench), writes(bench, who="4915199999", name="wamid.9")
    due = NOW + pd.Timedelta(hours=1)
    waits = [bench.send_message("oak", one, f"to {one}", "olga", send_after=due) for one in (first, second)]
    rows = bench.db.read("outbox", outbox_id=min(one.outbox_id for one in waits))
    bench.db.write("outbox", rows.assign(kind="template", template='"no template"'))
    assert bench.send_due(due) == 1
    assert sorted(bench.queued(one.outbox_id).state for one in waits) == ["sent", "unsure"]


def test_what_could_not_be_sent_in_time_waits_again_before_it_is_taken_for_lost(bench, graph, monkeypatch):
    contacts = [writes(bench, who=f"491519999{k}", name=f"wamid.{k}") for k in range(3)]
    due = NOW + pd.Timedelta(hours=1)
    told = [bench.send_message("oak", one, f"no. {k}", "olga", send_after=due) for k, one in enumerate(contacts)]
    monkeypatch.setattr(outbox_sender, "HELD", 0.0)
    assert bench.send_due(due) == 0
    assert {bench.queued(one.outbox_id).state for one in told} == {"waiting"}
    monkeypatch.undo()
    assert bench.send_due(due + pd.Timedelta(minutes=1)) == 3
    assert sorted(texts(graph)) == ["no. 0", "no. 1", "no. 2"]


def test_what_was_not_tried_yet_waits_again_when_the_database_fails(bench, graph, monkeypatch):
    contact = writes(bench)
    for text in ("One", "Two", "Three"):
        bench.send_message("oak", contact, text, "olga", send_after=(NOW + pd.Timedelta(hours=1)).to_pydatetime())

    def full(*_):
        raise StudiolabError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(bench, "_keep_sent", full)
        with pytest.raises(StudiolabError, match="disk is full"):
            bench.send_due(NOW + pd.Timedelta(hours=2))
    assert sorted(bench.db.read("outbox")["state"]) == ["sending", "waiting", "waiting"]
    assert len(graph.sent) == 1


def sequence(bench, contact, *steps):
    bench.save_sequence("oak", {"name": "trial", "steps": [{"after_hours": 1, "text": one} for one in steps]}, "olga")
    return bench.start_sequence("oak", contact, "trial", "olga")


def test_a_sequence_sleeps_at_night_and_is_over_after_its_last_step(bench, graph):
    contact = writes(bench)
    [only] = sequence(bench, contact, "Did it fit?")
    noon = at_noon(only)
    night = noon + pd.Timedelta(hours=11)
    assert bench.send_due(night) == 0
    assert bench.queued(only.outbox_id).send_after > night
    assert list(bench.contact("oak", contact).sequences) == ["trial"]
    assert bench.send_due(noon + pd.Timedelta(days=2)) == 1
    assert texts(graph) == ["Did it fit?"]
    assert bench.contact("oak", contact).sequences == {}


def test_a_word_over_another_channel_ends_what_is_sent_unless_they_write(bench, graph):
    contact = writes(bench, ago=60)
    [only] = sequence(bench, contact, "Did it fit?")
    other = bench.create_contact("oak", {"name": "Ana", "email": "ana@example.org"}, "olga").contact_id
    later = pd.Timestamp.now("UTC") + pd.Timedelta(seconds=5)
    row = message("email", "m1", "us@oak.org", "ana@example.org", "text", "I am here", later)
    with bench.db.transaction() as changes:
        changes.add("messages", [row | {"studio_id": "oak", "received_at": later}])
    mail = next(one.conversation_id for one in bench.conversations("oak").conversations if one.channel == "email")
    for one in {other, mail} - {contact}:
        if one not in bench.contact("oak", contact).ids:
            bench.merge_contacts("oak", contact, one, "olga")
    assert bench.send_due(at_noon(only)) == 0
    assert bench.queued(only.outbox_id).says == "withdrawn: they have written meanwhile"
    assert bench.contact("oak", contact).sequences == {}


def at_noon(told):
    there = pd.Timestamp(told.send_after).tz_convert("Europe/Berlin") + pd.Timedelta(days=1)
    return there.replace(hour=12).tz_convert("UTC")


def test_who_opted_out_is_not_written_to_after_they_were_told_apart_again(bench, graph):
    first = writes(bench)
    second = writes(bench, who="4915199999", name="wamid.9")
    merged = bench.merge_contacts("oak", first, second, "olga")
    [only] = sequence(bench, first, "Did it fit?")
    whose = next(one for one in merged.handles if f"whatsapp:{one.name}" == only.handle)
    bench.unmerge_contacts("oak", first, merged.merges[0].merge_id, "olga")
    bench.consent("oak", whose.contact_id, "all", False, "said so", "olga")
    assert bench.send_due(at_noon(only)) == 0
    assert "asked not to be written to" in bench.queued(only.outbox_id).says
    assert texts(graph) == []


def test_the_outbox_of_merged_contacts_is_one(bench):
    first, second = writes(bench), writes(bench, who="4915199999", name="wamid.9")
    told = bench.send_message("oak", second, "Hi", "olga", send_after=NOW + pd.Timedelta(hours=1))
    bench.merge_contacts("oak", first, second, "olga")
    assert [one.outbox_id for one in bench.outbox("oak", first)] == [told.outbox_id]
