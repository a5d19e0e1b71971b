"""The inbox of a workbench: conversations, threads, and what people change in them."""

from datetime import datetime

import pandas as pd
import pytest

from studiolab.app import UnknownContact
from studiolab.studio_operations.inbox.contacts import contact_id

from .small_inbox import at, keep, small_inbox, wrote

ANA_ID, BEN_ID = contact_id("oak", "whatsapp:4915111111"), contact_id("oak", "whatsapp:4915222222")


@pytest.fixture
def bench(tmp_path):
    bench = small_inbox(
        tmp_path,
        wrote("a1", "4915111111", "Do you have Salsa on Monday?", 0, name="Ana Müller"),
        wrote("a2", "4915111111", "Yes, at six.", 5, "outbound"),
        wrote("b1", "4915222222", "Trial for two?", 3, name="Ben"),
    )
    yield bench
    bench.close()


def test_the_newest_conversation_is_first_and_who_waits_is_known(bench):
    found = bench.conversations("oak")
    assert [(row.name, row.unread, row.waiting_since) for row in found.conversations] == [
        ("Ana Müller", 0, None),
        ("Ben", 1, at(3)),
    ]
    assert (found.total, found.unread, found.waiting) == (2, 1, 1)
    assert found.conversations[0].last.text == "Yes, at six."


def test_words_are_looked_for_in_card_and_message_without_case_and_accents(bench):
    def names(search):
        return [row.name for row in bench.conversations("oak", search).conversations]

    assert names("MULLER sal") == ["Ana Müller"]
    assert names("trial sal") == []
    assert names("01522 2222") == names("trial") == ["Ben"]
    assert bench.conversations("oak", "salsa").conversations[0].last.text == "Do you have Salsa on Monday?"


def test_what_is_edited_and_taken_back_is_shown_and_found_as_it_stands(bench):
    keep(
        bench,
        wrote("a3", "4915111111", "Salsa on Tuesday?", 6, kind="edit", about="a1"),
        wrote("b2", "4915222222", None, 7, kind="deletion", about="b1"),
        wrote("b3", "4915222222", "I take back a stranger's", 8, kind="deletion", about="a2"),
    )
    first, second = bench.conversation("oak", ANA_ID).messages
    assert (first.body, first.edited_at, second.deleted_at) == ("Salsa on Tuesday?", at(6), None)
    assert bench.conversation("oak", BEN_ID).messages[0].body is None
    assert bench.conversations("oak", "monday").total == bench.conversations("oak", "two").total == 0
    assert bench.conversations("oak", "tuesday").conversations[0].last.text == "Salsa on Tuesday?"


def test_what_came_late_is_found_too(bench):
    assert bench.conversations("oak").total == 2
    keep(bench, wrote("c1", "4915333333", "Old mail", -5000, name="Cy"))
    assert [row.name for row in bench.conversations("oak").conversations] == ["Ana Müller", "Ben", "Cy"]


def test_a_conversation_says_what_its_channel_takes_and_labels_are_known(bench):
    window = bench.conversation("oak", ANA_ID).window
    assert (window.takes, window.until) == ("template", None)
    assert "WhatsApp takes only an approved template" in window.says
    nobody = bench.create_contact("oak", {"name": "Dee"}, "olga").contact_id
    window = bench.conversation("oak", nobody).window
    assert (window.takes, window.says[:22]) == ("closed", "Dee cannot be reached;")
    bench.label("oak", ANA_ID, "trial", True, "olga")
    bench.label("oak", BEN_ID, "friend", True, "olga")
    assert bench.labels("oak") == ["friend", "trial"]


def test_a_thread_is_paged_from_its_end(bench):
    page = bench.conversation("oak", ANA_ID, limit=1)
    assert ([one.body for one in page.messages], page.has_earlier) == (["Yes, at six."], True)
    earlier = bench.conversation("oak", ANA_ID, before=page.messages[0].sent_at)
    assert ([one.body for one in earlier.messages], earlier.has_earlier) == (["Do you have Salsa on Monday?"], False)
    with pytest.raises(UnknownContact, match="inbox contacts"):
        bench.conversation("oak", "c-nobody")


@pytest.mark.parametrize(("year", "count"), [("9999", 3), ("0001", 0)])
def test_a_moment_that_no_calendar_holds_is_before_or_after_everything(tmp_path, year, count):
    bench = small_inbox(tmp_path, *(wrote(str(one), "491", "Hi", one) for one in range(3)))
    [told] = bench.conversations("oak").conversations
    before = pd.Timestamp(datetime.fromisoformat(f"{year}-12-31T00:00:00+00:00"))
    assert len(bench.conversation("oak", told.contact_id, before=before).messages) == count
    bench.close()


def test_what_belongs_to_a_closed_account_is_nobodys_and_says_whose_it_was(bench):
    for name in ("olga", "otto"):
        bench.accounts.add(name, "owner", "a long enough password")
    bench.assign("oak", ANA_ID, "otto", "olga")
    bench.assign("oak", BEN_ID, "olga", "olga")
    assert bench.conversations("oak", assigned="").total == 0
    bench.accounts.close("otto")
    [row] = bench.conversations("oak", assigned="").conversations
    assert (row.contact_id, row.assigned, row.assigned_is_closed) == (ANA_ID, "otto", True)
    assert bench.contact("oak", ANA_ID).assigned_is_closed
    assert [one.contact_id for one in bench.conversations("oak", assigned="otto").conversations] == [ANA_ID]
    assert not bench.contact("oak", BEN_ID).assigned_is_closed


@pytest.mark.parametrize("ask", ["conversations", "contacts_of"])
def test_a_stage_that_there_is_not_is_refused_with_those_there_are(bench, ask):
    with pytest.raises(ValueError, match="stage: there is no 'moon'; there are NEW, CONTACTED"):
        getattr(bench, ask)("oak", stage="moon")
