"""What people change in the inbox: undone by the opposite, the same for whoever looks, and lost by nobody."""

import subprocess
import sys

import pandas as pd
import pytest

from studiolab.app import UnknownContact
from studiolab.studio_operations.inbox.contacts import contact_id

from .small_inbox import at, keep, small_inbox, wrote

ANA, SMS, MAIL, BEN = (contact_id("oak", handle) for handle in (
    "whatsapp:4915111111", "sms:+4915111111", "email:ana@example.com", "whatsapp:4915222222"))  # fmt: skip
MEMBERS = [
    {"studio_id": "oak", "member_id": "m1", "member_name": "Ana Müller", "email": "Ana@example.com",
     "phone": "0151 11111", "email_consent": True, "text_consent": False},
]  # fmt: skip
WRITER = """
import sys
from pathlib import Path
from tests.app.small_studio import open_small
bench, (contact, name, count) = open_small(Path(sys.argv[1])), sys.argv[2:5]
for n in range(int(count)):
    bench.note("oak", contact, f"{name} {n}", name)
    bench.label("oak", contact, f"{name} {n}", True, name)
"""


@pytest.fixture
def bench(tmp_path):
    bench = small_inbox(
        tmp_path,
        wrote("a1", "4915111111", "Salsa on Monday?", 0, name="Ana"),
        wrote("s1", "+4915111111", "Hello again", 1, channel="sms"),
        wrote("e1", "ana@example.com", "Ring 0152 22222, Ben's number", 2, channel="email", name="Ana Müller"),
        wrote("b1", "4915222222", "Trial?", 3, name="Ben"),
        members=MEMBERS,
    )
    yield bench
    bench.close()


def test_what_channels_vouch_for_is_one_person_with_the_evidence_said(bench):
    ana = bench.contact("oak", SMS)
    assert ana == bench.contact("oak", ANA)
    assert ana.merges[0].evidence == ["sms and whatsapp both say +4915111111"]
    assert (ana.member_id, ana.name, ana.phone) == ("m1", "Ana Müller", "+4915111111")
    assert ana.member_says == "the member file has +4915111111, which they write from"
    assert len(bench.conversation("oak", ANA).messages) == 2
    assert bench.conversations("oak").total == 3


def test_weaker_evidence_is_a_suggestion_that_a_person_takes_up_or_turns_down(bench):
    best, other = bench.suggested_merges("oak")
    assert {best.contact_id, best.with_contact_id} == {min(ANA, SMS), MAIL}
    assert [one.points for one in best.evidence] == [0.9, 0.5]
    assert best.score == pytest.approx(0.95)
    assert other.evidence[0].says.startswith("one wrote +4915222222 in a message")
    merged = bench.merge_contacts("oak", ANA, MAIL, "kim", [one.says for one in best.evidence])
    assert {one.channel for one in merged.handles} == {"whatsapp", "sms", "email"}
    assert len(bench.suggested_merges("oak")) == 1
    bench.not_the_same("oak", MAIL, BEN, "kim")
    assert bench.suggested_merges("oak") == []
    assert bench.ledger.entries("oak", ["contact merged"])[0]["payload"]["with"] == MAIL


def test_unmerging_brings_back_exactly_what_was_there(bench):
    bench.note("oak", MAIL, "prefers mail", "kim")
    bench.move_lead("oak", MAIL, "LOST", "moved away", "kim")
    bench.move_lead("oak", ANA, "QUALIFIED", "", "kim")
    before = [bench.contact("oak", one) for one in (ANA, MAIL)]
    merged = bench.merge_contacts("oak", ANA, MAIL, "kim")
    assert (merged.stage, len(merged.history), len(merged.notes)) == ("QUALIFIED", 2, 1)
    own = next(one.merge_id for one in merged.merges if one.by == "kim")
    bench.unmerge_contacts("oak", MAIL, own, "kim")
    assert [bench.contact("oak", one) for one in (ANA, MAIL)] == before


def test_a_join_by_the_workbench_can_be_taken_back_and_is_not_repeated(bench):
    (join,) = bench.contact("oak", ANA).merges
    bench.unmerge_contacts("oak", ANA, join.merge_id, "kim")
    keep(bench, wrote("a9", "4915111111", "Hi", 20))
    assert bench.contact("oak", ANA).ids == [ANA]
    again = bench.merge_contacts("oak", ANA, SMS, "kim")
    assert sorted(again.ids) == sorted([ANA, SMS])
    with pytest.raises(ValueError, match="one contact already"):
        bench.merge_contacts("oak", SMS, ANA, "kim")


def test_stages_move_as_the_machine_allows_and_by_what_the_books_prove(bench):
    assert bench.contact("oak", BEN).stage == "NEW"
    keep(bench, wrote("b2", "4915222222", "Come on Monday", 9, "outbound"))
    ben = bench.contact("oak", BEN)
    assert [(move.to, move.reason, move.by) for move in ben.history] == [("CONTACTED", "the studio wrote to them", "")]
    with pytest.raises(ValueError, match="CONTACTED to LOST needs a reason"):
        bench.move_lead("oak", BEN, "LOST", " ", "kim")
    bench.move_lead("oak", BEN, "LOST", "too far away", "kim")
    with pytest.raises(ValueError, match="it can become CONTACTED"):
        bench.move_lead("oak", BEN, "CONVERTED", "", "kim")
    ana = {"studio_id": "oak", "customer_id": "m1", "amount": 100, "currency": "EUR", "status": "paid"}
    order = {"line_id": "l1", "order_id": "o1", "revenue_kind": "intro", "created_at": at(30)}
    visit = {"studio_id": "oak", "visit_id": "v1", "member_id": "m1", "class_name": "Salsa", "attended_at": at(60),
             "status": "no_show"}  # fmt: skip
    bench.db.write("orders", pd.DataFrame([ana | order]))
    bench.db.write("visits", pd.DataFrame([visit]))
    told = bench.contact("oak", ANA)
    assert [(move.to, move.reason) for move in told.history] == [
        ("TRIAL_SCHEDULED", "bought an introductory offer"), ("NO_SHOW", "did not come to Salsa")]  # fmt: skip
    bench.db.write("orders", pd.DataFrame([ana | order | {"line_id": "l2", "revenue_kind": "membership",
                                                          "created_at": at(90)}]))  # fmt: skip
    assert bench.contact("oak", ANA).stage == "CONVERTED"


def test_consent_is_the_last_word_and_a_no_still_gets_answers(bench):
    def says(channel):
        return next(one for one in bench.contact("oak", ANA).consent if one.channel == channel)

    assert (says("whatsapp").allowed, says("whatsapp").why) == (False, "the member file says no")
    bench.consent("oak", ANA, "all", True, "signed the form", "kim")
    assert says("sms").allowed
    stop = wrote("a5", "4915111111", "STOP", 0)
    keep(bench, stop | {"sent_at": pd.Timestamp.now("UTC")})
    assert (says("whatsapp").allowed, says("sms").allowed) == (False, True)
    assert says("whatsapp").says.startswith("No marketing: wrote 'STOP' on ")
    assert says("whatsapp").says.endswith("What they ask may be answered.")
    keep(bench, wrote("a6", "4915111111", "I love your non-stop class", 99999999))
    assert not says("whatsapp").allowed


def test_closed_and_snoozed_conversations_open_when_they_write_again(bench):
    assert bench.close_conversation("oak", BEN, True, "kim").state == "closed"
    assert [row.name for row in bench.conversations("oak", state="closed").conversations] == ["Ben"]
    assert bench.conversations("oak", state="waiting").total == 2
    later = pd.Timestamp.now("UTC") + pd.Timedelta(days=1)
    assert bench.snooze("oak", MAIL, later, "kim").state == "snoozed"
    now = pd.Timestamp.now("UTC")
    for number, (who, channel) in enumerate((("4915222222", "whatsapp"), ("ana@example.com", "email"))):
        keep(bench, wrote(f"x{number}", who, "Hello?", channel=channel) | {"sent_at": now})
    assert bench.conversations("oak").total == 3
    assert bench.snooze("oak", MAIL, later, "kim").state == "snoozed"
    assert bench.snooze("oak", MAIL, None, "kim").state == "open"


def test_what_was_read_can_be_unread_again_and_read_again(bench):
    def unread():
        return {row.contact_id: row.unread for row in bench.conversations("oak").conversations}[BEN]

    keep(bench, wrote("b2", "4915222222", "Anybody?", 4), wrote("b3", "4915222222", "Yes", 5, direction="outbound"))
    for _ in range(2):
        bench.mark_unread("oak", BEN, "kim")
        assert unread() == 1
        bench.mark_read("oak", BEN, "kim")
        assert unread() == 0
    new = bench.create_contact("oak", {"name": "Cy", "email": "cy@example.com"}, "kim").contact_id
    with pytest.raises(ValueError, match="not written yet"):
        bench.mark_unread("oak", new, "kim")


def test_small_changes_are_kept_and_taken_back(bench):
    assert bench.mark_read("oak", BEN, "kim").contact_id == BEN
    assert [row.unread for row in bench.conversations("oak").conversations if row.contact_id == BEN] == [0]
    assert bench.label("oak", BEN, " hot  lead ", True, "kim").labels == ["hot lead"]
    assert bench.conversations("oak", label="hot lead").total == 1
    assert bench.label("oak", BEN, "hot lead", False, "kim").labels == []
    assert bench.assign("oak", BEN, "kim", "kim").assigned == "kim"
    assert bench.conversations("oak", assigned="").total == 2
    (note,) = bench.note("oak", BEN, "call <b>him</b>", "kim").notes
    assert bench.conversations("oak", "CALL him").total == 1
    (note,) = bench.note("oak", BEN, "called", "lee", note.note_id).notes
    assert (note.text, note.by) == ("called", "lee")
    assert bench.note("oak", BEN, "", "lee", note.note_id).notes == []
    changed = bench.change_contact("oak", BEN, {"name": "Ben Li", "phone": "0151 99999"}, "kim")
    assert (changed.name, changed.phone) == ("Ben Li", "+4915199999")
    assert bench.change_contact("oak", BEN, {"name": ""}, "kim").name == "Ben"
    for wrong in ({"email": "no"}, {"phone": "12"}, {"member_id": "m9"}, {"hair": "red"}, {}):
        with pytest.raises(ValueError, match=next(iter(wrong), "nothing")):
            bench.change_contact("oak", BEN, wrong, "kim")


def test_a_lead_that_walked_in_is_a_contact_until_they_write(bench):
    new = bench.create_contact("oak", {"name": "Cy Young", "phone": "0151 33333"}, "kim")
    assert (new.stage, new.handles, new.phone) == ("NEW", [], "+4915133333")
    assert bench.contacts_of("oak", "young").total == 1
    assert bench.conversations("oak").total == 3
    keep(bench, wrote("c1", "4915133333", "It is me", 50))
    (hers,) = (one for one in bench.suggested_merges("oak") if new.contact_id in (one.contact_id, one.with_contact_id))
    assert hers.evidence[0].says == "staff noted +4915133333, which the other writes from"
    with pytest.raises(ValueError, match="is Ben already"):
        bench.create_contact("oak", {"handle": "whatsapp:4915222222"}, "kim")


def test_canned_replies_are_filled_in_with_what_is_known(bench):
    bench.save_canned_reply("oak", "welcome", "Hi {first_name}, welcome to {studio}! {user}", "kim")
    assert bench.filled_reply("oak", "welcome", ANA, "kim") == "Hi Ana, welcome to Oak! kim"
    with pytest.raises(ValueError, match=r"in the place of \{__class__\}"):
        bench.save_canned_reply("oak", "bad", "{__class__}", "kim")
    assert bench.save_canned_reply("oak", "welcome", "", "kim") is None
    assert bench.canned_replies("oak") == []


def test_two_programs_that_write_at_once_lose_nothing(bench, tmp_path):
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), BEN, name, "15"])
               for name in ("ann", "bob")]  # fmt: skip
    for _ in range(5):
        bench.label("oak", BEN, "ours", True, "kim")
    assert [writer.wait(120) for writer in writers] == [0, 0]
    ben = bench.contact("oak", BEN)
    due = {f"{name} {n}" for name in ("ann", "bob") for n in range(15)}
    assert {note.text for note in ben.notes} == due
    assert set(ben.labels) == due | {"ours"}
    moments = bench.db.read("contact_events", "oak")["happened_at"]
    assert moments.is_unique


def test_nobody_is_found_by_a_name_that_is_none(bench):
    with pytest.raises(UnknownContact):
        bench.note("oak", "c-none", "x", "kim")
    with pytest.raises(UnknownContact):
        bench.merge_contacts("oak", ANA, "c-none", "kim")
    assert bench.db.read("contact_events", "oak").empty
