"""A mailbox in the inbox: connected, read, answered, and what is unsure settled by what comes back."""

import pytest

from studiolab.adapters.channels.email_imap import Channel

from .small_channels import MAIL_KEY, small

STUDIO, ANA = "hello@studio.example", "ana@people.example"


@pytest.fixture
def servers(dovecot, office):
    return {"imap_host": "127.0.0.1", "imap_port": str(dovecot.port), "imap_security": "none",
            "smtp_host": "127.0.0.1", "smtp_port": str(office.port), "smtp_security": "none"}  # fmt: skip


@pytest.fixture
def bench(tmp_path, servers):
    bench = small(tmp_path)
    bench.connect_channel("oak", "email", f" {STUDIO.title()}", servers, {"password": MAIL_KEY}, "olga")
    yield bench
    bench.close()


def test_a_person_writes_is_answered_and_writes_back_in_one_conversation(bench, servers, office):
    ana = Channel(servers | {"account": ANA}, {"password": MAIL_KEY})
    ana.send(f"email:{STUDIO}", "May I come on Monday?", "a-1", subject="Trial")
    [synced] = bench.sync_channels("oak", "email")
    assert (synced.messages, synced.error) == (1, "")
    [listed] = bench.conversations("oak").conversations
    thread = bench.conversation("oak", listed.contact_id)
    [question] = thread.messages

    told = bench.send_message("oak", listed.contact_id, "Yes, at six.", "olga", about=question.message_id)
    assert told.state == "sent"
    [answer] = [row for row in ana.sync({})[0].messages if row["direction"] == "inbound"]
    assert (answer["subject"], answer["body"]) == ("Re: Trial", "Yes, at six.")

    office.breaks = "DELIVERED"  # the line ends once the server has the message
    told = bench.send_message("oak", listed.contact_id, "Bring a mat.", "olga", about=question.message_id)
    assert told.state == "unsure"
    office.breaks = None
    bench.send_due()
    assert bench.queued(told.outbox_id).state == "unsure"
    second = [row for row in ana.sync({})[0].messages if row["body"] == "Bring a mat."]
    ana.send(f"email:{STUDIO}", "I will!", "a-2", about=second[0]["message_id"])
    bench.sync_channels("oak", "email")
    bench.send_due()
    assert bench.queued(told.outbox_id).state == "sent"

    said = [(one.direction, one.body) for one in bench.conversation("oak", listed.contact_id).messages]
    assert ("inbound", "May I come on Monday?") in said
    assert said.count(("outbound", "Yes, at six.")) == 1  # the copy in the sent mail is the same message
    assert said.count(("inbound", "I will!")) == 1
    assert len(bench.conversations("oak").conversations) == 1


def test_mail_in_files_comes_into_the_same_conversations_once(bench, tmp_path):
    told = f"From: Bo <bo@people.example>\nTo: {STUDIO}\nMessage-ID: <b1@people.example>\n\nHello\n"
    (tmp_path / "old.mbox").write_text(f"From bo@people.example\n{told}\nFrom x\n{told.replace('b1', 'b2')}")
    (tmp_path / "b1.eml").write_text(told)
    found = bench.replay_files("oak", [tmp_path / "old.mbox", tmp_path / "b1.eml"])
    assert (found.read, found.new, found.skipped) == (3, 2, [])
    assert bench.replay_files("oak", [tmp_path / "old.mbox"], STUDIO).new == 0
    [listed] = bench.conversations("oak").conversations
    assert len(bench.conversation("oak", listed.contact_id).messages) == 2


def test_a_bounce_says_so_at_the_message(bench, dovecot, office):
    office.says = {}
    told = (f"From: MAILER-DAEMON@mx.example\nTo: {STUDIO}\nContent-Type: multipart/report; boundary=x\n\n"
            "--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; "
            f"gone@people.example\nAction: failed\nDiagnostic-Code: smtp; 550 no such mailbox\n\n--x\n"
            "Content-Type: text/rfc822-headers\n\nFrom: {STUDIO}\nTo: gone@people.example\n"
            "Message-ID: <o-1.outbox@studio.example>\n\n--x--\n").replace("{STUDIO}", STUDIO)  # fmt: skip
    dovecot.deliver(STUDIO, told.encode())
    bench.sync_channels("oak", "email")
    status = bench.db.read("message_statuses", "oak", status="failed").iloc[0]
    assert (status["outbox_id"], status["reason"]) == ("o-1", "550 no such mailbox")


def test_who_walked_in_is_written_to_at_the_address_of_their_card_and_answers_there(bench, servers):
    contact = bench.create_contact("oak", {"name": "Cleo", "email": "Cleo@people.example"}, "olga").contact_id
    told = bench.send_message("oak", contact, "Lovely to meet you!", "olga", subject="Your first class")
    assert (told.state, told.handle) == ("sent", "email:cleo@people.example")
    cleo = Channel(servers | {"account": "cleo@people.example"}, {"password": MAIL_KEY})
    [letter] = [row for row in cleo.sync({})[0].messages if row["direction"] == "inbound"]
    cleo.send(f"email:{STUDIO}", "Thank you!", "c-1", about=letter["message_id"])
    bench.sync_channels("oak", "email")
    thread = bench.conversation("oak", contact)
    assert {(one.body, one.direction) for one in thread.messages} == {
        ("Lovely to meet you!", "outbound"), ("Thank you!", "inbound")}  # fmt: skip
    assert thread.contact.name == "Cleo"
