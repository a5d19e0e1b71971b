"""Contacts from their events: the same for any order and repetition, and a merge that is taken back was never there."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from studiolab.studio_operations.inbox import identity, stages
from studiolab.studio_operations.inbox.contacts import Event, contact_id, contacts

HANDLES = ["whatsapp:4915111111", "sms:+4915111111", "email:ana@example.com", "instagram:77", "whatsapp:DE.4711"]
IDS = [contact_id("oak", handle) for handle in HANDLES]
KINDS = {
    "changed": st.fixed_dictionaries({"name": st.sampled_from(["Ana", "Ben"])}),
    "stage": st.fixed_dictionaries({"to": st.sampled_from(list(stages.MOVES)), "reason": st.sampled_from(["", "why"])}),
    "consent": st.fixed_dictionaries({"channel": st.sampled_from(["email", "all"]), "allowed": st.booleans()}),
    "label": st.fixed_dictionaries({"label": st.sampled_from(["hot", "kids"]), "is_set": st.booleans()}),
    "note": st.fixed_dictionaries({"text": st.sampled_from(["a", "b"])}),
    "read": st.fixed_dictionaries(
        {"to": st.sampled_from(["2026-01-02T00:00Z", "2026-01-03T00:00Z"])}, optional={"is_back": st.booleans()}
    ),
    "snoozed": st.fixed_dictionaries({"until": st.sampled_from(["2026-02-01T00:00Z", None])}),
    "closed": st.fixed_dictionaries({"is_closed": st.booleans()}),
    "merged": st.fixed_dictionaries({"with": st.sampled_from(IDS)}),
    "unmerged": st.fixed_dictionaries({"merge": st.sampled_from([f"e{n}" for n in range(12)])}),
}


@st.composite
def logs(draw):
    """Up to twelve events of five people, some at the same moment."""
    made = []
    for number in range(draw(st.integers(0, 12))):
        kind = draw(st.sampled_from(list(KINDS)))
        at = pd.Timestamp("2026-01-01", tz="UTC") + pd.Timedelta(hours=draw(st.integers(0, 5)))
        made.append(Event(f"e{number}", draw(st.sampled_from(IDS)), kind, draw(KINDS[kind]), at, "kim"))
    return made


def event(name, who, kind, hours=0, **value):
    at = pd.Timestamp("2026-01-01", tz="UTC") + pd.Timedelta(hours=hours)
    return Event(name, contact_id("oak", who), kind, value, at, "kim")


@given(logs(), st.randoms(use_true_random=False))
def test_any_order_and_repetition_of_the_log_gives_the_same_people(log, chance):
    shuffled = [*log, *chance.choices(log, k=5)] if log else []
    chance.shuffle(shuffled)
    handles = chance.sample(HANDLES, len(HANDLES))
    assert contacts("oak", handles, shuffled) == contacts("oak", HANDLES, log)


@given(logs(), st.sampled_from(IDS), st.sampled_from(IDS))
def test_a_merge_that_is_taken_back_was_never_there(log, one, other):
    later = pd.Timestamp("2026-03-01", tz="UTC")
    merge = Event("m", one, "merged", {"with": other}, later, "kim")
    undone = Event("u", one, "unmerged", {"merge": "m"}, later, "kim")
    assert contacts("oak", HANDLES, [*log, merge, undone]) == contacts("oak", HANDLES, log)
    assert contacts("oak", HANDLES, [undone, *log, merge]) == contacts("oak", HANDLES, log)


@given(logs())
def test_nobody_is_lost_and_nobody_is_two_people(log):
    found = contacts("oak", HANDLES, log)
    assert set(IDS) <= set(found)
    groups = {id(one): one for one in found.values()}.values()
    assert sorted(name for one in groups for name in one.ids) == sorted(found)
    assert sorted(handle for one in groups for handle in one.handles) == sorted(HANDLES)


def test_a_number_joins_two_channels_and_an_unmerge_keeps_them_apart():
    found = contacts("oak", HANDLES, [])
    assert found[IDS[0]] is found[IDS[1]]
    assert found[IDS[0]].merges[0].value["evidence"] == ["sms and whatsapp both say +4915111111"]
    apart = event("u", HANDLES[0], "unmerged", merge=identity.pair(*IDS[:2]))
    found = contacts("oak", HANDLES, [apart])
    assert found[IDS[0]] is not found[IDS[1]]


def test_of_two_who_are_merged_the_one_who_is_further_says_where_they_are():
    log = [
        event("1", HANDLES[2], "stage", 1, to="LOST", reason="no answer"),
        event("2", HANDLES[3], "stage", 2, to="TRIAL_SCHEDULED"),
        event("3", HANDLES[3], "stage", 3, to="CONVERTED"),
        event("4", HANDLES[2], "merged", 4, **{"with": IDS[3]}),
    ]
    merged = contacts("oak", HANDLES, log)[IDS[2]]
    assert merged.stage == "CONVERTED"
    assert [move[1] for move in merged.history] == ["LOST", "TRIAL_SCHEDULED", "CONVERTED"]
    apart = contacts("oak", HANDLES, [*log, event("5", HANDLES[2], "unmerged", 5, merge="4")])
    assert (apart[IDS[2]].stage, apart[IDS[3]].stage) == ("LOST", "CONVERTED")


def test_two_who_move_a_lead_at_once_are_read_alike_by_all():
    first = event("1", HANDLES[2], "stage", 1, to="CONVERTED")
    second = event("2", HANDLES[2], "stage", 2, to="TRIAL_SCHEDULED")
    assert contacts("oak", HANDLES, [second, first])[IDS[2]].stage == "CONVERTED"


def test_what_the_workbench_sees_undoes_nobodys_move():
    moved = event("1", HANDLES[2], "stage", 1, to="QUALIFIED")
    seen = event("2", HANDLES[2], "stage", 2, to="CONTACTED", reason="wrote", only_from=["NEW"])
    assert contacts("oak", HANDLES, [moved, seen])[IDS[2]].stage == "QUALIFIED"
    assert contacts("oak", HANDLES, [seen])[IDS[2]].stage == "CONTACTED"
