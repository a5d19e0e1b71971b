"""Who walked in and never wrote: written to by what their card has, over what is connected."""

import pandas as pd
import pytest

from ..graph_server import PHONE, TOKEN
from ..twilio_server import AUTH, NUMBER, SID, TwilioServer
from .small_channels import signed, small, whatsapp

ANA = {"name": "Ana Roth", "email": "ana@people.example", "phone": "+4915112345"}
DIGITS = ANA["phone"][1:]


@pytest.fixture
def twilio():
    server = TwilioServer()
    yield server
    server.stop()


@pytest.fixture
def bench(tmp_path, graph, twilio):
    given = {"META_GRAPH_URL": graph.url, "TWILIO_API_URL": twilio.url, "TWILIO_ACCOUNT_SID": SID,
             "TWILIO_AUTH_TOKEN": AUTH}  # fmt: skip
    made = small(tmp_path, **given)
    yield made
    made.close()


def walked_in(bench, **other):
    return bench.create_contact("oak", ANA | other, "olga").contact_id


def connect(bench, channel):
    account, secrets = {"sms": (NUMBER, {}), "whatsapp": (PHONE, {"token": TOKEN})}[channel]
    bench.connect_channel("oak", channel, account, {}, secrets, "olga")


def test_a_phone_number_on_the_card_is_written_to_by_sms_and_the_conversation_is_theirs(bench, twilio):
    contact = walked_in(bench)
    connect(bench, "whatsapp")
    connect(bench, "sms")
    assert bench.window("oak", contact).takes == "free"
    told = bench.send_message("oak", contact, "Lovely to meet you!", "olga")
    assert (told.state, told.handle) == ("sent", f"sms:{ANA['phone']}")
    assert [one["To"] for one in twilio.sent] == [ANA["phone"]]
    thread = bench.conversation("oak", contact)
    assert [one.body for one in thread.messages] == ["Lovely to meet you!"]
    assert (thread.contact.name, [one.handle for one in thread.contact.handles]) == ("Ana Roth", [told.handle])
    [merge] = thread.contact.merges
    assert merge.evidence == [f"olga wrote to {ANA['phone']}, which the card has"]
    bench.send_message("oak", contact, "See you on Monday", "olga")  # now they have a handle
    assert len(bench.conversation("oak", contact).messages) == 2
    alone = bench.unmerge_contacts("oak", contact, merge.merge_id, "olga")
    assert len(bench.contacts_of("oak").contacts) == 2
    assert alone.handles == [] or alone.name != "Ana Roth"


def test_by_whatsapp_alone_only_a_template_reaches_who_never_wrote(bench, graph):
    contact = walked_in(bench)
    connect(bench, "whatsapp")
    window = bench.window("oak", contact)
    assert (window.takes, window.says[:29]) == ("template", "They have not written yet: Wh")
    with pytest.raises(ValueError, match="only an approved template"):
        bench.send_message("oak", contact, "Lovely to meet you!", "olga")
    assert bench.contact("oak", contact).handles == []  # what was refused changes nobody
    told = bench.send_message("oak", contact, "", "olga", template={"name": "welcome", "language": "de"})
    assert (told.state, told.handle) == ("sent", f"whatsapp:{DIGITS}")
    assert [one["template"]["name"] for one in graph.sent] == ["welcome"]


def test_a_sequence_begins_with_who_walked_in(bench, twilio):
    contact = walked_in(bench)
    connect(bench, "sms")
    bench.save_sequence("oak", {"name": "hello", "steps": [{"after_hours": 0, "text": "Hi {first_name}"}]}, "olga")
    [queued] = bench.start_sequence("oak", contact, "hello", "olga")
    assert (queued.channel, queued.text) == ("sms", "Hi Ana")
    assert list(bench.contact("oak", contact).sequences) == ["hello"]


def test_who_said_no_as_another_contact_of_the_same_member_is_not_written_to_unasked(bench, twilio):
    bench.db.write("members", pd.DataFrame([{"studio_id": "oak", "member_id": "ana", "text_consent": True}]))
    contact, other = walked_in(bench, member_id="ana"), bench.create_contact("oak", {"member_id": "ana"}, "olga")
    connect(bench, "sms")
    assert bench.contact("oak", contact).consent[0].allowed is None  # of e-mail nobody said anything
    bench.consent("oak", other.contact_id, "all", False, "said so at the desk", "olga")
    assert bench.contact("oak", contact).consent[0].allowed is False
    bench.save_sequence("oak", {"name": "hello", "steps": [{"after_hours": 0, "text": "Hi {first_name}"}]}, "olga")
    with pytest.raises(ValueError, match="They have asked not to be written to"):
        bench.start_sequence("oak", contact, "hello", "olga")
    with pytest.raises(ValueError, match="They have asked not to be written to"):
        bench.send_message("oak", contact, "Hi", "olga")
    bench.consent("oak", contact, "sms", True, "agreed to texts", "olga")
    assert bench.send_message("oak", contact, "Hi", "olga").state == "sent"


def test_who_cannot_be_reached_is_told_of_in_a_sentence(bench):
    nameless = bench.create_contact("oak", {"name": "Ben"}, "olga").contact_id
    with pytest.raises(ValueError, match="Ben cannot be reached; put an e-mail address or a phone number in"):
        bench.window("oak", nameless)
    contact = walked_in(bench)
    with pytest.raises(ValueError, match="has given an e-mail address and a phone number, and no account that writes"):
        bench.send_message("oak", contact, "Hi", "olga")
    with pytest.raises(ValueError, match="cannot be reached by instagram; there is a phone number, an e-mail address"):
        bench.send_message("oak", contact, "Hi", "olga", channel="instagram")


def test_a_number_that_somebody_wrote_from_is_theirs_and_nobody_is_merged_unasked(bench, twilio):
    connect(bench, "sms")
    connect(bench, "whatsapp")
    body = whatsapp("Hello")
    bench.receive("whatsapp", signed(body), body).result(30)
    contact = walked_in(bench)
    with pytest.raises(ValueError, match=f"{DIGITS} is Ana's already; write to them there, or merge the two"):
        bench.send_message("oak", contact, "Hi", "olga")
    [other] = bench.conversations("oak").conversations
    bench.merge_contacts("oak", contact, other.contact_id, "olga")
    told = bench.send_message("oak", contact, "Hi", "olga", channel="sms")  # the number they have on WhatsApp
    assert (told.state, [one["To"] for one in twilio.sent]) == ("sent", [ANA["phone"]])
    assert {one.channel for one in bench.contact("oak", contact).handles} == {"whatsapp", "sms"}
