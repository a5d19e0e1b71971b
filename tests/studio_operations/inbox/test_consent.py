"""Consent: a word that is the whole message counts, the same word in a sentence does not."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiolab.studio_operations.inbox import consent
from studiolab.studio_operations.inbox.contacts import contact_id, contacts

AT = pd.Timestamp("2026-01-05T09:00Z")
ANA = contact_id("oak", "whatsapp:1")


@pytest.mark.parametrize("word", [
    "STOP", "Stop!", " stop. ", "🛑 STOP 🛑", "stop please", "Bitte abmelden", "BAJA", "arrêt", "Désabonner",
    "disiscrivimi", "SAIR", "afmelden", "band karo", "बंद करो", "İPTAL", "dur", "wypisz mnie", "إيقاف",
    "停止", "s\u200btop",
])  # fmt: skip
def test_a_word_that_is_the_whole_message_ends_marketing(word):
    assert consent.asked(word) == (False, "")


@pytest.mark.parametrize("text", [
    "a non-stop class", "Can you stop by?", "The bus stop is near", "I will start on Monday",
    "stoppen die Kurse im Sommer?", "", None, "cancel", "Yes", "ok", "🙂",
])  # fmt: skip
def test_the_word_in_a_sentence_says_nothing(text):
    assert consent.asked(text) is None
    assert consent.may_ask_to_stop(text) == ""


def test_a_wish_in_a_sentence_is_for_a_person_to_read():
    for text in ("Please stop sending me offers", "Ich will keine Werbung mehr", "Don’t text me again"):
        assert consent.asked(text) is None
        assert consent.may_ask_to_stop(text)


def test_carriers_take_cancel_as_stop_and_nobody_else_does():
    assert consent.asked("CANCEL", "sms") == (False, "")
    assert consent.asked("CANCEL", "whatsapp") is None
    assert consent.asked("STOP ALL", "sms") == (False, "all")


def told(*words):
    events = [
        consent.stated(ANA, f"m{n}", "whatsapp:1", word, AT + pd.Timedelta(days=n)) for n, word in enumerate(words)
    ]
    return contacts("oak", ["whatsapp:1"], filter(None, events))[ANA].consent


def test_start_brings_them_back_and_a_word_for_a_class_is_no_first_yes():
    assert told("STOP")["whatsapp"] == (False, AT, "wrote 'STOP'")
    assert told("STOP", "start")["whatsapp"][0] is True
    assert told("STOP", "Anmelden")["whatsapp"][0] is True
    assert told("Anmelden") == {}


@pytest.mark.parametrize(("said", "filed", "allowed"), [
    ({}, None, None), ({}, True, True), ({}, False, False),
    ({"whatsapp": (False, AT, "wrote 'STOP'")}, True, False),
    ({"whatsapp": (False, AT, ""), "all": (True, AT + pd.Timedelta(days=1), "")}, None, True),
    ({"whatsapp": (True, AT + pd.Timedelta(days=1), ""), "all": (False, AT, "")}, None, True),
])  # fmt: skip
def test_the_last_word_counts_and_without_one_the_member_file(said, filed, allowed):
    found = consent.effective(said, "whatsapp", text_consent=filed)
    may, sentence = consent.may_market(found)
    assert (found.allowed, may) == (allowed, allowed is True)
    assert may or sentence.endswith("What they ask may be answered.")


def test_a_mail_may_say_no_above_its_signature_or_in_its_subject():
    def said(body, subject=None, handle="email:ana@example.com"):
        event = consent.stated(ANA, "m", handle, body, AT, subject)
        return event and event.value["allowed"]

    assert said("Unsubscribe\n\nAna Roth\nOak Street 1") is False
    assert said("", "unsubscribe") is False
    assert said("Start\n\nwhen does the course do that?") is None
    assert said("When is it?", "Stop") is None
    assert said("Stop\n\nAna", handle="whatsapp:1") is None


@given(st.text(max_size=200), st.sampled_from(["sms", "whatsapp", "email"]))
def test_any_text_is_read_without_a_fault(text, channel):
    assert consent.asked(text, channel) in (None, (False, ""), (False, "all"), (True, ""), (True, "back"))
    assert isinstance(consent.may_ask_to_stop(text), str)


NO, YES = (False, AT, "no"), (True, AT + pd.Timedelta(days=1), "yes")


@pytest.mark.parametrize(("said", "counts"), [
    ({}, {}),
    ({"instagram": NO}, {}),
    ({"email": NO}, {"email_consent": False}),
    ({"sms": NO}, {"text_consent": False}),
    ({"whatsapp": NO, "sms": YES}, {"text_consent": False}),  # who ended one kind of texts gets none
    ({"whatsapp": NO, "all": YES}, {"email_consent": True, "text_consent": True}),
    ({"all": NO, "sms": YES}, {"email_consent": False, "text_consent": True}),
    ({"all": NO}, {"email_consent": False, "text_consent": False}),
])  # fmt: skip
def test_what_was_said_takes_the_place_of_the_member_files_columns(said, counts):
    assert consent.marketing(said) == counts


WORDS = st.tuples(st.booleans(), st.integers(0, 3).map(lambda day: AT + pd.Timedelta(days=day)), st.just("said"))


@given(st.lists(st.dictionaries(st.sampled_from(["email", "sms", "all"]), WORDS), max_size=4), st.randoms())
def test_of_several_contacts_the_last_word_counts_in_any_order_and_of_two_at_once_the_no(said, chance):
    found = consent.together(said)
    assert consent.together(chance.sample(said, len(said))) == found
    for channel, (allowed, at, _) in found.items():
        words = [one[channel] for one in said if channel in one]
        assert at == max(word[1] for word in words)
        assert allowed == all(word[0] for word in words if word[1] == at)
