"""What people say in the inbox counts wherever something is offered: lists, offers, plans, experiments."""

import pandas as pd
import pytest

from studiolab.app import marketing
from studiolab.product_recommender.reach import DECLINED, REACHED
from studiolab.studio_operations.inbox.contacts import contact_id

from .small_inbox import at, keep, small_inbox, wrote
from .small_shop import small

AGREED = {"email_consent": True, "text_consent": True}
PHONE = "4915112345"
STOPS = [("whatsapp", PHONE, "STOP", "text_consent"), ("sms", f"+{PHONE}", "end", "text_consent"),
         ("email", "Ana@Example.com", "Unsubscribe", "email_consent")]  # fmt: skip


def member(name, **other):
    return {"studio_id": "oak", "member_id": name, "member_name": name.title(), "email": f"{name}@example.com",
            "phone": f"+{PHONE}" if name == "ana" else None, **AGREED} | other  # fmt: skip


def said(bench, name="ana"):
    """What counts of a member: the two columns as they are for whoever offers something."""
    members = bench.as_they_said("oak", bench.db.read("members", "oak"))
    row = members.set_index("member_id").loc[name]
    return {column: row[column] for column in AGREED}


@pytest.fixture
def bench(tmp_path):
    made = small_inbox(tmp_path, members=[member("ana"), member("ben")])
    yield made
    made.close()


@pytest.mark.parametrize(("channel", "who", "text", "column"), STOPS)
def test_a_word_ends_marketing_of_its_kind_and_a_later_one_opens_it_again(bench, channel, who, text, column):
    keep(bench, wrote(1, who, text, channel=channel), wrote(2, "4915199999", "stop"))
    assert said(bench) == AGREED | {column: False}
    assert said(bench, "ben") == AGREED
    keep(bench, wrote(3, who, "start", 60, channel=channel))
    # a mail may say no and not yes: a person writes down that they asked for it again
    if channel == "email":
        contact = bench.conversations("oak", "ana@example.com").conversations[0].contact_id
        bench.consent("oak", contact, "email", True, "asked for it at the desk", "olga")
    assert said(bench) == AGREED


def test_what_staff_write_down_counts_for_all_and_their_later_word_for_its_channel(bench):
    contact = bench.create_contact("oak", {"name": "Ana", "member_id": "ana"}, "olga").contact_id
    assert bench.marketing_consent("oak") == {}
    bench.consent("oak", contact, "all", False, "said so at the desk", "olga")
    assert said(bench) == dict.fromkeys(AGREED, False)
    bench.consent("oak", contact, "email", True, "signed the form", "olga")
    assert said(bench) == AGREED | {"text_consent": False}
    bench.db.write("members", pd.DataFrame([member("ana", email_consent=False)]))
    assert said(bench) == AGREED | {"text_consent": False}  # what was said last in the inbox wins over a file


def test_a_yes_counts_where_the_file_has_a_no_or_nothing(bench):
    bench.db.write("members", pd.DataFrame([member("ana", text_consent=False), member("ben", text_consent=None)]))
    keep(bench, wrote(1, PHONE, "START"))
    assert said(bench) == AGREED
    assert pd.isna(said(bench, "ben")["text_consent"])


def test_a_no_from_a_number_that_two_share_is_for_both_and_a_yes_for_neither(bench):
    file = {"text_consent": False, "phone": f"+{PHONE}"}
    bench.db.write("members", pd.DataFrame([member("ana", phone=f"+{PHONE}"), member("ben", **file)]))
    keep(bench, wrote(1, PHONE, "stop"))
    assert (said(bench)["text_consent"], said(bench, "ben")["text_consent"]) == (False, False)
    keep(bench, wrote(2, PHONE, "start", 5))
    assert (said(bench)["text_consent"], said(bench, "ben")["text_consent"]) == (True, False)


def test_a_no_that_staff_note_of_a_number_they_typed_is_for_all_who_share_it(bench):
    bench.db.write("members", pd.DataFrame([member("ana", phone=f"+{PHONE}"), member("ben", phone=f"+{PHONE}")]))
    contact = bench.create_contact("oak", {"name": "Somebody", "phone": f"+{PHONE}"}, "olga").contact_id
    bench.consent("oak", contact, "all", False, "said so at the desk", "olga")
    assert (said(bench)["text_consent"], said(bench, "ben")["text_consent"]) == (False, False)


def test_of_two_contacts_of_one_member_the_last_word_counts(bench):
    keep(bench, wrote(1, PHONE, "stop all"), wrote(2, "ana@example.com", "Hello", 5, channel="email"))
    assert said(bench) == dict.fromkeys(AGREED, False)
    mail = bench.conversations("oak", "hello").conversations[0].contact_id
    bench.consent("oak", mail, "email", True, "asked for it again", "olga")
    assert said(bench) == AGREED | {"text_consent": False}


def test_a_studio_without_messages_reads_none_and_what_was_read_is_read_once(bench, monkeypatch):
    def unread(*_):
        raise AssertionError

    monkeypatch.setattr(marketing, "MemberFile", unread)
    assert said(bench) == AGREED
    keep(bench, wrote(1, PHONE, "Is there a class today?"))
    assert said(bench) == AGREED
    monkeypatch.undo()
    keep(bench, wrote(2, PHONE, "stop", 1))
    first = bench.marketing_consent("oak")
    monkeypatch.setattr(marketing, "short_messages", unread)
    assert bench.marketing_consent("oak") is first
    assert getattr(bench, "_inboxes", None) is None  # nobody's conversations are stood up for a list


def test_the_campaign_list_leaves_out_who_unsubscribed(tmp_path):
    bench = small(tmp_path)
    before, reached = set(bench.product_campaign("ivy")["customer_id"]), bench.product_reach("ivy")
    assert {"c0", "c1"} <= before
    keep(bench, wrote(1, "c0@example.com", "unsubscribe\n\n-- \nC0", channel="email") | {"studio_id": "ivy"})
    assert set(bench.product_campaign("ivy")["customer_id"]) == before - {"c0"}
    assert "c0@example.com" not in bench.product_export("ivy")
    told = bench.product_reach("ivy")
    assert (told[REACHED], told[DECLINED]) == (reached[REACHED] - 1, reached[DECLINED] + 1)
    contact = bench.conversations("ivy").conversations[0].contact_id
    bench.consent("ivy", contact, "email", True, "asked for offers again", "olga")
    assert set(bench.product_campaign("ivy")["customer_id"]) == before
    bench.close()


def test_nobody_is_exposed_to_an_offer_who_said_no(bench):
    asked = {"name": "Mat offer", "smallest_lift": 0.05, "clients": 400, "window_days": 14}
    experiment = bench.begin_experiment("oak", asked, "olga").experiment_id
    contact = bench.create_contact("oak", {"name": "Ana", "member_id": "ana"}, "olga").contact_id
    bench.consent("oak", contact, "all", False, "said so at the desk", "olga")
    told = bench.expose(experiment, ["ana", "ben"])
    assert ([one.client_id for one in told.exposed], list(told.refused)) == (["ben"], ["ana"])
    bench.consent("oak", contact, "sms", True, "agreed to texts", "olga")
    assert bench.expose(experiment, ["ana"]).refused == {}


def sent(number, minutes, **other):
    """A row of the outbox that went to Ana's WhatsApp."""
    return {"outbox_id": f"o{number}", "studio_id": "oak", "contact_id": contact_id("oak", f"whatsapp:{PHONE}"),
            "handle": f"whatsapp:{PHONE}", "channel": "whatsapp", "account_id": "1", "kind": "text", "body": "Hi",
            "user_name": "olga", "created_at": at(minutes), "send_after": at(minutes), "claimed_at": at(minutes),
            "state": "sent", "attempts": 1} | other  # fmt: skip


def test_what_was_sent_by_itself_or_out_of_the_blue_counts_and_an_answer_does_not(bench):
    week = 7 * 24 * 60
    keep(bench, wrote(1, PHONE, "Is there a class today?", 10))
    rows = [sent(1, 0), sent(2, 20), sent(3, 30, sequence="welcome"), sent(4, 40, kind="template"),
            sent(5, 10 + week - 1), sent(6, 10 + week), sent(7, 50, state="withdrawn"),
            sent(8, 60, sequence="welcome", contact_id="c-of-nobody", handle="whatsapp:4915199999")]  # fmt: skip
    bench.db.write("outbox", pd.DataFrame(rows))
    told = bench.marketing_sent("oak", at(0))
    assert told == {"ana": [at(0), at(30), at(40), at(10 + week)]}
    assert bench.marketing_sent("oak", at(35), at(41)) == {"ana": [at(40)]}
