"""How far a lead has come by itself."""

import pandas as pd

from studiolab.studio_operations.inbox import canned
from studiolab.studio_operations.inbox.contacts import contacts
from studiolab.studio_operations.inbox.progress import Record, moves, suggested

NOW = pd.Timestamp("2026-02-01T12:00Z")


def ago(days):
    return NOW - pd.Timedelta(days=days)


def history(**known):
    found = contacts("oak", [], moves("c", Record("m1", **known), NOW))
    return [(to, at) for at, to, _, _ in found["c"].history] if found else []


def test_books_move_a_lead_from_trial_to_member():
    assert history(intro_at=ago(9), visit=(ago(5), "attended", "Yoga"), came_at=ago(5), bought_at=ago(1)) == [
        ("TRIAL_SCHEDULED", ago(9)), ("CONVERTED", ago(1))]  # fmt: skip
    assert history(visit=(ago(5), "no_show", "Yoga")) == [("TRIAL_SCHEDULED", ago(5)), ("NO_SHOW", ago(5))]
    assert history(visit=(ago(5), "no_show", "Yoga"), bought_at=ago(2))[-1] == ("CONVERTED", ago(2))
    assert history(joined_at=ago(400), has_plan=True, visit=(ago(390), "attended", "Yoga")) == [("CONVERTED", ago(400))]
    assert history(joined_at=ago(4)) == history() == history(visit=(ago(-3), "booked", "Yoga")) == []


def test_what_a_person_has_to_decide_is_suggested():
    assert suggested("NEW", Record("m1", visit=(ago(-3), "booked", "Yoga")), NOW) == [
        (ago(-3), "TRIAL_SCHEDULED", "is booked for Yoga on 2026-02-04")]  # fmt: skip
    assert [to for _, to, _ in suggested("LOST", Record("m1", bought_at=ago(1)), NOW)] == ["CONTACTED"]
    assert [to for _, to, _ in suggested("CONVERTED", Record("m1", left_at=ago(1)), NOW)] == ["LOST"]
    assert [to for _, to, _ in suggested("NO_SHOW", Record("m1", came_at=ago(1)), NOW)] == ["TRIAL_SCHEDULED"]
    assert suggested("CONVERTED", Record("m1", bought_at=ago(1)), NOW) == []


def test_canned_replies_are_filled_once_and_call_nobody_by_a_number():
    assert canned.filled("Hi {first_name}!", "{studio} {user}", "Oak", "kim") == "Hi {studio}!"
    assert canned.filled("Hi {first_name}, welcome to {studio}!", "+49151", "Oak", "") == "Hi, welcome to Oak!"
    assert canned.problem("Hi {nmae}").startswith("there is nothing to put in the place of {nmae}; there are name, ")
    assert canned.problem("Hi {name}") == ""
    assert canned.problem("  ") == "a canned reply needs a text"
