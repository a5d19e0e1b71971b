"""Reasons of small weeks by hand; conflicts and changes of drawn ones against a search of every week and `check`."""

import random
from dataclasses import replace

import pytest
from pytest import approx

from studiolab.studio_calendar import Window, daily
from studiolab.studio_operations.timetable import reasons as why
from studiolab.studio_operations.timetable.changes import Change, Prices, apply
from studiolab.studio_operations.timetable.check import check
from studiolab.studio_operations.timetable.explain import explain, infeasible
from studiolab.studio_operations.timetable.feasible import placeable
from studiolab.studio_operations.timetable.problem import Pin

from .weeks import drawn, holdable, lesson, person, places, room, timetable, week

FULL = ("a MO 09:00 hall ana", "b MO 10:00 hall ana", "c MO 11:00 hall ana")


def only(problem, *texts):
    """The Explanation of the one class that is left out."""
    (found,) = explain(problem, timetable(problem, *texts))
    return found


def kinds(found):
    return {change.kind: change for change in found.changes}


def test_a_style_that_nobody_teaches_is_the_reason_and_somebody_who_learns_it_the_change():
    found = only(week([lesson("a", "pole")]))
    assert (found.reason, found.conflict.class_ids, found.proven) == (why.NO_INSTRUCTOR, ("a",), True)
    assert found.sentence == "A is not placed: no instructor teaches pole."
    assert [(change.kind, change.effort) for change in found.changes] == [("style", Prices().style)]


@pytest.mark.parametrize(
    ("asked", "said", "changes"),
    [
        ({"max_capacity": 23}, "the largest it may use holds 20", {"smaller", "seats"}),
        ({"features": frozenset(["bar"])}, "no room has bar", {"feature"}),
    ],
)
def test_a_class_that_no_room_suits_says_what_is_missing(asked, said, changes):
    found = only(week([lesson("a", **asked)]))
    assert found.reason == why.NO_ROOM
    assert said in found.sentence
    assert set(kinds(found)) == changes


def test_windows_shorter_than_the_class_are_widened_by_what_they_lack():
    brief = person(windows=(Window("MO", 9 * 60, 9 * 60 + 40),))
    found = only(week([lesson("a")], people=[brief]))
    assert found.reason == why.SHORT
    window = kinds(found)["window"]
    assert window.effort == approx(20 * Prices().window)
    assert window.edits[0].availability == (Window("MO", 540, 600),)
    assert kinds(found)["shorter"].edits[0].minutes == 40


def test_a_pin_beside_the_windows_is_the_reason_and_can_be_loosened():
    monday = person(windows=daily("09:00", "12:00", ["MO"]))
    problem = week([lesson("a")], people=[monday], opening=daily("09:00", "12:00", ["MO", "TU"]), pins=[Pin("a", "TU")])
    found = only(problem)
    assert (found.reason, found.conflict.pins) == (why.PINNED, ("a",))
    assert kinds(found)["pin"].edits == (Pin("a"),)


def test_instructors_who_teach_all_day_are_named_with_their_classes():
    found = only(week([lesson(name) for name in "abcd"], rooms=[room(), room("attic")]), *FULL)
    assert (found.reason, found.blockers) == (why.INSTRUCTORS, ("a", "b", "c"))
    assert set(found.conflict.class_ids) == {"a", "b", "c", "d"}
    assert found.proven
    assert "(Ana) has other classes whenever they could hold it: A, B, C." in found.sentence
    assert kinds(found)["opening"].effort == 60 * Prices().opening


def test_rooms_that_are_full_are_named_with_their_classes():
    found = only(week([lesson(name) for name in "abcd"], people=[person(), person("ben")]), *FULL)
    assert (found.reason, found.blockers) == (why.ROOMS, ("a", "b", "c"))


def test_a_site_at_its_limit_asks_for_one_class_more_at_a_time():
    problem = week(
        [lesson(name) for name in "abcd"], [room(), room("attic")], [person(), person("ben")], most_at_once=1
    )
    found = only(problem, *FULL)
    assert found.reason == why.SITE
    assert kinds(found)["one more"].edits == (2,)


def test_an_instructor_who_cannot_be_in_the_other_site_in_time_is_the_reason():
    rooms = [room("hall", site="north"), room("attic", site="south")]
    classes = [lesson("a", minutes=120, site="north"), lesson("b", site="south")]
    found = only(week(classes, rooms, travel=30), "a MO 09:00 hall ana")
    assert (found.reason, found.blockers) == (why.FAR, ("a",))
    assert set(found.conflict.class_ids) == {"a", "b"}
    assert kinds(found)["site"].placements[0].room_id == "hall"


def test_where_rooms_and_instructors_are_free_at_different_times_both_are_named():
    classes = [lesson("a", minutes=120, max_capacity=5), lesson("b", "yoga"), lesson("c")]
    pins = [Pin("a", start=600, room_id="attic"), Pin("b", start=540)]
    problem = week(classes, [room(), room("attic", 5)], [person(), person("ben", ["yoga"])], pins=pins)
    found = only(problem, "a MO 10:00 attic ana", "b MO 09:00 hall ben")
    assert (found.reason, found.blockers) == (why.APART, ("b", "a"))
    assert (set(found.conflict.class_ids), set(found.conflict.pins)) == ({"a", "b", "c"}, {"a", "b"})


def test_a_class_that_fits_once_another_moves_is_placed_by_moving_it():
    problem = week([lesson("a", minutes=90), lesson("b", minutes=90)])
    found = only(problem, "a MO 09:30 hall ana")
    assert (found.reason, found.conflict.class_ids) == (why.MOVES, ())
    move = kinds(found)["move"]
    assert {(p.class_id, p.start) for p in move.placements} == {("a", 540), ("b", 630)} or (
        {(p.class_id, p.start) for p in move.placements} == {("a", 630), ("b", 540)}
    )
    assert move.price == move.effort - move.gain == approx(10 - 115)


def test_a_class_that_could_only_come_with_a_worse_week_costs_more_than_it_brings():
    late = daily("09:30", "11:00", ["MO"])
    problem = week([lesson("a", minutes=90, preferred=late), lesson("b", minutes=90)])
    problem = replace(problem, weights=replace(problem.weights, placed=5.0, continuity=0.0, room_fit=0.0))
    found = only(problem, "a MO 09:30 hall ana")
    assert (found.reason, found.proven) == (why.COSTS, False)  # 5 for b is less than a's 20; by hand, not proven
    best = replace(timetable(problem, "a MO 09:30 hall ana"), status="optimal")
    assert explain(problem, best)[0].proven
    assert kinds(found)["rearrange"].gain == approx(5 - 20)


def test_a_free_place_that_was_overlooked_is_pointed_out():
    found = only(week([lesson("a"), lesson("b")]), "a MO 09:00 hall ana")
    assert found.reason == why.FREE
    assert [change.kind for change in found.changes] == ["place"]


def test_the_pin_of_another_class_belongs_to_the_conflict_and_can_be_loosened():
    problem = week([lesson("a", minutes=90), lesson("b", minutes=90)], pins=[Pin("a", start=570)])
    found = only(problem, "a MO 09:30 hall ana")
    assert (set(found.conflict.class_ids), found.conflict.pins) == ({"a", "b"}, ("a",))
    assert kinds(found)["move"].edits == (Pin("a"),)
    assert kinds(found)["move"].effort == Prices().move + Prices().pin


def test_a_question_about_a_placed_class_or_a_faulty_week_is_refused():
    problem = week([lesson("a"), lesson("b")])
    with pytest.raises(ValueError, match="class a is placed or not known"):
        explain(problem, timetable(problem, "a MO 09:00 hall ana"), ["a"])
    with pytest.raises(ValueError, match="lies outside the opening hours"):
        explain(problem, timetable(problem, "a MO 08:00 hall ana"))


def test_classes_that_must_all_be_placed_and_cannot_are_named_without_those_that_could():
    problem = week([lesson(name) for name in "abcd"] + [lesson("e", "yoga", 30)], [room(), room("attic")],
                   [person(), person("ben", ["yoga"])], place_all=True)  # fmt: skip
    found = infeasible(problem, timetable(problem, *FULL, "e MO 09:00 attic ben"))
    assert (set(found.class_ids), found.pins, found.proven) == (set("abcd"), (), True)


def stuffed(seed):
    """A drawn studio and a week filled in any order, or None where a pinned class found no place."""
    problem, dice = drawn(seed), random.Random(seed)
    found = []
    for one in dice.sample(problem.classes, len(problem.classes)):
        able = [at for at in places(problem, one) if not _broken(problem, [*found, at])]
        found += [dice.choice(able)] if able else []
    answer = timetable(problem, *found)
    return (problem, answer) if not _broken(problem, answer) and check(problem, answer).ok else None


def _broken(problem, placements):
    return [what for what in check(problem, placements).violations if what.rule != "pin"]


@pytest.fixture(scope="module")
def explained():
    """(problem, timetable, Explanation) of each class that drawn weeks leave out."""
    weeks = [pair for pair in map(stuffed, range(35)) if pair]
    return [(problem, answer, found) for problem, answer in weeks for found in explain(problem, answer)]


def test_every_change_places_the_class_in_a_week_that_breaks_no_rule_and_gains_what_it_says(explained):
    seen = set()
    for problem, answer, found in explained:
        for change in found.changes:
            report = check(*(after := apply(problem, answer, change)))
            assert report.ok
            assert found.class_id in {p.class_id for p in after[1]}
            assert change.gain == approx(report.score - answer.score)
            seen.add(change.kind)
        prices = [change.price for change in found.changes]
        assert prices == sorted(prices)
    assert {"window", "style", "drop", "move", "smaller", "seats", "shorter", "opening", "rearrange"} <= seen


def test_a_conflict_cannot_be_held_and_any_member_less_can(explained):
    checked = 0
    for problem, answer, found in explained:
        names, pins = found.conflict.class_ids, found.conflict.pins
        if not names:
            assert holdable(problem, [*(p.class_id for p in answer.placements), found.class_id])
            continue
        assert found.conflict.proven
        loose = replace(problem, pins=tuple(pin for pin in problem.pins if pin.class_id in pins))
        assert not holdable(loose, names)
        assert all(holdable(loose, set(names) - {name}) for name in names)
        for name in pins:
            assert holdable(replace(loose, pins=tuple(p for p in loose.pins if p.class_id != name)), names)
        checked += len(names) > 1
    assert checked >= 15


@pytest.mark.parametrize("seed", range(40))
def test_what_can_be_held_together_is_what_a_search_of_every_week_finds(seed):
    problem = drawn(seed)
    names = [one.class_id for one in problem.classes][:4]
    assert placeable(problem, names) == holdable(problem, names)


def test_more_classes_than_can_be_asked_about_are_not_answered():
    problem = week([lesson(f"c{k}") for k in range(200)])
    assert placeable(problem, [one.class_id for one in problem.classes]) is None


def test_a_change_prices_are_the_owners_to_set():
    free = Prices(drop=0.0, window=100.0, opening=100.0, shorter=100.0)
    problem = week([lesson(name) for name in "abcd"])
    (found,) = explain(problem, timetable(problem, *FULL), prices=free)
    assert isinstance(found.changes[0], Change)
    assert found.changes[0].kind == "drop"
