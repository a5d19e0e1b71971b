"""The arbiter, by hand and by law."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiolab.next_best_action import KINDS, Candidate, Case, Contact, Rules, decide, of_studio, withheld

NOON = datetime(2026, 10, 5, 16, tzinfo=UTC)  # 12:00 in New York, a Monday
DEAR = {"chance": 0.5, "worth_minor": 1000}
CHEAP = {"chance": 0.1, "worth_minor": 1000}


def candidate(kind="class", offer=None, **given):
    given = {"says": "…", "chance_source": "measured", "worth_source": "known"} | CHEAP | given
    return Candidate(kind=kind, offer=offer or kind, **given)


def case(*candidates, told=(), **given):
    """told : (days before NOON, offer)"""
    contacts = [Contact(at=NOON - timedelta(days=days), offers=[offer]) for days, offer in told]
    given = {"email_consent": True, "text_consent": False, "holds": [], "rules": Rules()} | given
    return Case(**{"studio_id": "oak", "client_id": "ana", "as_of": NOON, "timezone": "America/New_York",
                   "currency": "USD", "contacts": contacts, "candidates": candidates} | given)  # fmt: skip


def lost(action):
    return {one.offer: one.lost for one in action.losers}


def test_the_most_valuable_wins_after_the_cost_of_contact_and_the_others_say_by_how_much_they_lost():
    action = decide(case(candidate("class", **CHEAP), candidate("product", **DEAR), candidate("plan", chance=0.009)))
    assert (action.kind, action.chosen.value_minor) == ("product", 500 - 10)
    assert lost(action) == {"class": "value", "plan": "value"}
    said = {one.offer: one.why for one in action.losers}
    assert said["class"] == "Worth 4.00 USD less than what is chosen."
    assert said["plan"] == "It costs as much to tell as it is likely to bring, or more."


def test_what_brings_no_more_than_it_costs_to_tell_is_left_unsaid():
    action = decide(case(candidate(chance=0.01)))
    assert (action.kind, action.chosen, action.contact_at) == ("nothing", None, None)
    assert action.why == "Nothing is likely to bring more than it costs to tell."
    assert decide(case()).why == "There is nothing to offer."


def test_a_known_interval_goes_through_to_the_value():
    sure = candidate("product", chance_low=0.05, chance_high=0.2)
    chosen = decide(case(sure)).chosen
    assert (chosen.value_low_minor, chosen.value_minor, chosen.value_high_minor) == (40, 90, 190)
    assert decide(case(candidate())).chosen.value_low_minor is None


@pytest.mark.parametrize(
    ("told", "fate"),
    [
        ([(6.9, "x")], "limit"),
        ([(7, "x")], ""),
        ([(8, "x"), (15, "x"), (22, "x"), (27.9, "x")], "limit"),
        ([(8, "x"), (15, "x"), (22, "x"), (28, "x")], ""),
        ([(27.9, "class")], "repeated"),
        ([(28, "class")], ""),
        ([(-20, "x")], "limit"),  # later than what is known of visits: the client was told all the same
    ],
)
def test_contacts_so_far_withhold_the_next_one_until_they_are_old_enough(told, fate):
    action = decide(case(candidate(), told=told))
    assert (action.kind == "class", lost(action).get("class", "")) == (not fate, fate)
    assert withheld(action) == (fate == "limit")


def test_limits_are_what_the_rules_say():
    told = [(1, "x"), (2, "y")]
    assert decide(case(candidate(), told=told, rules=Rules(in_7_days=3))).kind == "class"
    barred = decide(case(candidate(), rules=Rules(in_7_days=0)))
    assert barred.kind == "nothing"
    assert "The rules allow nobody to be told anything in 7 days." in barred.why
    assert decide(case(candidate(), told=[(1, "class")], rules=Rules(in_7_days=2, same_offer_days=1))).kind == "class"


def test_a_limit_spares_no_offer_and_says_when_the_last_contact_was():
    action = decide(case(candidate("class"), candidate("product", **DEAR), told=[(3, "x")]))
    assert lost(action) == {"product": "limit", "class": "limit"}
    assert action.why == (
        "The most valuable was withheld (limit): Told something once in 7 days, the last on 2026-10-02; 1 may be."
    )
    assert (action.contacts_in_7_days, action.contacts_in_28_days) == (1, 1)


def test_the_next_best_goes_where_the_best_was_offered_already_or_is_held():
    best, next_ = candidate("plan", "plan:8", **DEAR), candidate("class")
    told = decide(case(best, next_, told=[(10, "plan:8")]))
    held = decide(case(best, next_, holds=["plan:8"]))
    assert (told.kind, lost(told), withheld(told)) == ("class", {"plan:8": "repeated"}, False)
    assert (held.kind, lost(held), withheld(held)) == ("class", {"plan:8": "already holds"}, False)


@pytest.mark.parametrize(
    ("email", "text", "channel"),
    [(True, True, "e-mail"), (True, False, "e-mail"), (False, True, "text"), (False, False, "desk")],
)
def test_consent_says_which_ways_are_open(email, text, channel):
    action = decide(case(candidate(**DEAR), email_consent=email, text_consent=text))
    assert (action.chosen.channel, action.chosen.cost_minor) == (channel, Rules().cost(channel))


def test_without_consent_who_is_away_is_not_reached():
    away = candidate("message", is_written=True, **DEAR)
    action = decide(case(away, candidate(**DEAR), email_consent=False))
    assert (action.kind, action.chosen.channel, lost(action)) == ("class", "desk", {"message": "consent"})


@pytest.mark.parametrize(
    ("hour", "contact_at"),
    [(8, "2026-10-05T09:00"), (9, "2026-10-05T09:00"), (20, "2026-10-05T20:00"), (21, "2026-10-06T09:00"),
     (0, "2026-10-05T09:00")],
)  # fmt: skip
def test_what_is_written_waits_for_the_end_of_the_quiet_hours_at_the_studio(hour, contact_at):
    at = datetime(2026, 10, 5, (hour + 4) % 24, tzinfo=UTC) + timedelta(days=hour + 4 >= 24)
    assert f"{decide(case(candidate(), as_of=at)).contact_at:%Y-%m-%dT%H:%M}" == contact_at
    at_desk = decide(case(candidate(**DEAR), as_of=at, email_consent=False))
    assert f"{at_desk.contact_at:%Y-%m-%dT%H:%M}" == f"2026-10-05T{hour:02}:00"


def test_hours_that_are_quiet_follow_the_rules_and_the_clocks_that_are_set_back():
    at = datetime(2026, 11, 1, 2, tzinfo=UTC)  # 22:00 in New York; clocks go back that night
    assert decide(case(candidate(), as_of=at)).contact_at.isoformat() == "2026-11-01T09:00:00-05:00"
    day = Rules(quiet_from=11, quiet_until=14)
    assert f"{decide(case(candidate(), rules=day)).contact_at:%H:%M}" == "14:00"
    never = Rules(quiet_from=9, quiet_until=9)
    assert f"{decide(case(candidate(), as_of=at, rules=never)).contact_at:%H:%M}" == "22:00"


def test_a_class_that_begins_before_anybody_may_be_told_is_too_late():
    at = datetime(2026, 10, 5, 4, tzinfo=UTC)  # midnight
    early, late = (candidate("class", offer=f"{h}", starts_at=at + timedelta(hours=h)) for h in (8, 10))
    action = decide(case(early, late, as_of=at))
    assert (action.chosen.offer, lost(action)) == ("10", {"8": "too late"})


def test_of_two_worth_the_same_the_one_that_sells_less_goes_first():
    action = decide(case(*(candidate(kind) for kind in reversed(KINDS))))
    assert [action.kind, *(one.kind for one in action.losers)] == list(KINDS)
    assert action.losers[0].why == "Worth the same; the other goes first."


offers = st.builds(
    candidate,
    kind=st.sampled_from(KINDS),
    offer=st.sampled_from("abcdefgh"),
    chance=st.floats(0, 1),
    worth_minor=st.integers(-1000, 100_000),
    is_written=st.booleans(),
)
cases = st.builds(
    lambda *candidates, **given: case(*candidates, **given),
    told=st.lists(st.tuples(st.floats(0, 60), st.sampled_from("abcdefgh")), max_size=6),
    email_consent=st.booleans(),
    holds=st.lists(st.sampled_from("abcdefgh"), max_size=2),
)


@given(cases, st.lists(offers, max_size=8), st.randoms())
def test_no_choice_breaks_a_rule_or_hangs_on_the_order_and_nothing_open_is_worth_more(given_case, candidates, random):
    candidates = list({(one.kind, one.offer): one for one in candidates}.values())
    one = given_case.model_copy(update={"candidates": candidates})
    action = decide(one)
    random.shuffle(candidates)
    assert decide(one.model_copy(update={"candidates": candidates})) == action
    assert decide(Case.model_validate_json(one.model_dump_json())) == action
    assert len(action.losers) + (action.chosen is not None) == len(candidates)
    assert all(loser.lost and loser.why for loser in action.losers)
    if action.chosen is None:
        return
    chosen, at = action.chosen, one.as_of
    assert chosen.value_minor > 0
    assert chosen.offer not in one.holds
    assert one.email_consent or not chosen.is_written
    assert sum(told.at > at - timedelta(days=7) for told in one.contacts) < 1
    assert sum(told.at > at - timedelta(days=28) for told in one.contacts) < 4
    assert not any(chosen.offer in told.offers and told.at > at - timedelta(days=28) for told in one.contacts)
    assert all(loser.value_minor <= chosen.value_minor for loser in action.losers if loser.lost == "value")


def test_a_studio_lists_the_most_valuable_first_and_counts_what_wins():
    people = [
        case(candidate(chance=chance / 100), client_id=name) for name, chance in (("bo", 20), ("al", 20), ("cy", 30))
    ]
    quiet = case(candidate(), told=[(1, "x")], client_id="di")
    actions, counts = of_studio([*people, quiet], top=2)
    assert [one.client_id for one in actions] == ["cy", "al"]
    assert counts == {"message": 0, "class": 3, "plan": 0, "product": 0, "nothing": 1, "limit": 1}
