"""The timetable's State on the sample's first studio: what a deed changes, what is refused, what is saved."""

from dataclasses import replace

import pytest

from studiolab.app import Workbench
from studiolab.panels import timetable_words
from studiolab.panels.timetable_state import State
from studiolab.settings import Settings
from studiolab.studio_operations.timetable.check import check
from studiolab.users import User


@pytest.fixture
def state(workbench):
    return State(workbench).load()


@pytest.fixture
def writing(copied, tmp_path):
    """A State on a copy of `home`, for a test that writes."""
    copied(tmp_path)
    bench = Workbench(Settings(STUDIOLAB_HOME=tmp_path))
    yield State(bench, lambda: User("kim", "manager")).load()
    bench.close()


def clash(state):
    """Move the first class onto the second; returns both ids."""
    first, second = state.placements[:2]
    state.move(first.class_id, weekday=second.weekday, start=second.start, room_id=second.room_id)
    return first.class_id, second.class_id


def test_the_week_that_is_held_is_open_and_counted(state):
    assert (state.status, state.studio_id) == ("ready", "studio-001")
    assert state.placements == state.asked.last
    assert state.unplaced == []
    assert state.report.ok
    assert state.report.score > 100 * len(state.placements)
    assert state.bound is None
    assert not state.is_saved


def test_a_move_pins_the_class_and_says_at_once_what_breaks_and_undo_takes_it_back(state):
    before, score = state.placements, state.report.score
    moved, other = clash(state)
    assert [pin.class_id for pin in state.pins] == [moved]
    assert {moved, other} in [set(violation.class_ids) for violation in state.report.violations]
    assert state.report.score == check(state.asked, state.placements).score != score
    state.undo()
    assert (state.placements, state.pins, state.past) == (before, (), [])
    assert state.report.ok


def test_a_class_taken_out_has_no_place_until_a_free_one_is_chosen(state):
    gone = state.placements[4]
    state.take_out(gone.class_id)
    assert state.unplaced == [gone.class_id]
    assert state.placement(gone.class_id) is None
    state.put(gone)
    assert state.unplaced == []
    assert state.report.ok


def test_a_class_without_a_place_is_offered_the_one_in_force_first(state):
    gone = state.placements[4]
    state.take_out(gone.class_id)
    assert state.first_place(gone.class_id) == gone
    state.asked = replace(state.asked, last=())
    place = state.first_place(gone.class_id)
    assert place.class_id == gone.class_id
    assert place.instructor_id in {person.instructor_id for person in state.asked.instructors}


def test_free_places_elsewhere_break_nothing_and_bring_what_they_say(state):
    class_id = state.placements[3].class_id
    ideas, score = state.ideas(class_id), state.report.score
    assert ideas
    for placement, more, _ in ideas:
        state.put(placement)
        assert state.report.ok
        assert state.report.score - score == pytest.approx(more)
        state.undo()


def test_a_proposal_keeps_the_pins_breaks_nothing_and_states_its_bound(state):
    state.changes = "as if it were new"
    held = state.placements[0]
    state.pin(held.class_id)
    before = state.report.score
    state.observe(lambda _: state.stop(), "progress")
    state.propose(wait=True)
    assert not state.solving
    assert state.placement(held.class_id) == held
    assert state.report.ok
    assert state.report.score >= before
    assert state.bound[0] >= state.report.score - 1e-6
    state.pin(held.class_id, fast=False)
    assert state.bound is None  # with fewer pins a week may be worth more than that


def test_stop_ends_a_search_and_keeps_what_it_has(state):
    state.changes, state.seconds = "as if it were new", 60
    state.observe(lambda _: state.stop(), "progress")
    state.propose(wait=True)
    assert not state.solving
    assert state.report.ok
    assert state.done


def test_a_pin_that_contradicts_another_is_a_sentence_and_the_week_stays(state):
    clash(state)
    state.pin(state.placements[0].class_id)
    before = state.placements
    for placement in before:
        state.pin(placement.class_id)
    state.propose(wait=True)
    assert "contradict each other" in state.problem
    assert state.placements == before
    assert not state.solving


def test_why_not_names_a_way_and_taking_it_places_the_class(state):
    gone = state.placements[5].class_id
    state.take_out(gone)
    state.why(gone, wait=True)
    found = state.reasons[gone]
    assert found.sentence
    assert found.changes
    state.accept(next(change for change in found.changes if not change.edits))
    assert state.unplaced == []
    assert state.report.ok
    assert state.reasons == {}


def test_of_a_week_that_breaks_a_rule_no_reason_can_be_told(state):
    gone = state.placements[-1].class_id
    state.take_out(gone)
    clash(state)
    state.why(gone, wait=True)
    assert "breaks no rule" in state.problem
    assert state.reasons == {}


def test_a_week_that_breaks_a_rule_is_not_saved(writing):
    clash(writing)
    writing.save()
    assert writing.problem.startswith("Not saved, for the week breaks ")
    assert not writing.done
    assert writing.workbench.ledger.entries() == []
    assert not any(placement.class_id in writing.problem for placement in writing.placements)


def test_a_saved_week_is_in_the_ledger_with_its_pins_and_opens_again(writing):
    placement = writing.ideas(writing.placements[2].class_id)[0][0]
    writing.put(placement)
    writing.save()
    assert writing.done.startswith("Saved as entry ")
    assert writing.done.endswith("of the ledger, by kim.")
    assert writing.is_saved
    assert writing.asked.last
    assert set(writing.asked.last) == set(writing.placements)
    again = State(writing.workbench).load()
    assert placement in again.placements
    assert [pin.class_id for pin in again.pins] == [placement.class_id]
    again.pin(placement.class_id, fast=False)
    again.save()
    assert State(writing.workbench).load().pins == ()


def test_a_refused_week_leaves_pins_and_ledger_as_they_were(writing):
    first, second = writing.placements[:2]
    writing.pin(first.class_id)
    writing.save()
    other = State(writing.workbench).load()
    other.take_out(other.placements[-1].class_id)
    other.save()
    writing.pin(first.class_id, fast=False)
    writing.pin(second.class_id)
    writing.save()
    assert "nother week was saved meanwhile" in writing.problem
    assert [pin.class_id for pin in writing.workbench.saved_timetable("studio-001").pins] == [first.class_id]
    assert {entry["action"] for entry in writing.workbench.ledger.entries()} == {"timetable saved"}


def test_pins_that_others_set_meanwhile_stay_beside_ones_own(writing):
    writing.save()
    mine, theirs = (placement.class_id for placement in writing.placements[:2])
    writing.workbench.pin_class("studio-001", theirs, "lee")
    writing.pin(mine)
    writing.save()
    assert {pin.class_id for pin in writing.pins} == {mine, theirs}
    assert set(writing.workbench.saved_timetable("studio-001").pins) == set(writing.pins)


def test_a_bound_of_the_week_before_is_none_of_the_one_that_was_saved(writing):
    writing.take_out(writing.placements[0].class_id)
    writing.limit = writing.report.score + 10.0, writing.asked, False, writing.placements
    assert writing.bound == (writing.report.score + 10.0, False)
    writing.save()
    assert writing.bound is None  # classes are kept from another week now, and worth other points


def test_a_bound_by_the_demand_amid_one_week_is_none_of_another(state):
    state.limit = state.report.score + 10.0, state.asked, False, state.placements
    state.take_out(state.placements[0].class_id)
    assert state.bound is None
    state.undo()
    assert state.bound == (state.report.score + 10.0, False)


def test_the_calendar_is_of_the_saved_week_alone(writing):
    writing.export()
    assert "save this one first" in writing.problem
    assert writing.shared == {}
    writing.save()
    writing.export()
    assert writing.shared["content"].count("BEGIN:VEVENT") == len(writing.placements)
    writing.take_out(writing.placements[0].class_id)
    assert writing.shared == {}


def test_another_week_saved_meanwhile_is_not_written_over(writing):
    writing.save()
    other = State(writing.workbench, lambda: User("lee", "owner")).load()
    other.take_out(other.placements[0].class_id)
    other.save()
    writing.take_out(writing.placements[1].class_id)
    writing.save()
    assert "nother week was saved meanwhile" in writing.problem
    assert set(State(writing.workbench).load().placements) == set(other.placements)


def test_who_was_overtaken_loads_the_saved_week_and_may_undo_and_save_over_it(writing):
    writing.save()
    other = State(writing.workbench, lambda: User("lee", "owner")).load()
    other.take_out(other.placements[0].class_id)
    other.save()
    writing.pin(writing.placements[1].class_id)
    mine, pins = writing.placements, writing.pins
    writing.save()
    assert writing.overtaken
    writing.load_saved()
    assert set(writing.placements) == set(other.placements)
    assert (writing.pins, writing.problem, writing.overtaken) == ((), "", False)
    assert writing.is_kept
    writing.undo()
    assert (writing.placements, writing.pins) == (mine, pins)
    writing.save()
    assert writing.is_kept
    assert set(State(writing.workbench).load().placements) == set(mine)


def test_another_wish_for_a_proposal_does_not_pass_over_what_was_saved_meanwhile(writing):
    writing.save()
    other = State(writing.workbench, lambda: User("lee", "owner")).load()
    other.take_out(other.placements[0].class_id)
    other.save()
    writing.changes = "as if it were new"
    writing.save()
    assert writing.overtaken


@pytest.mark.parametrize("role", ["read-only", "front desk"])
def test_who_may_only_look_may_try_and_not_save(writing, role):
    writing.who = lambda: User("rita", role)
    writing.take_out(writing.placements[0].class_id)
    writing.save()
    assert writing.problem.startswith(f"Rita is {role} and may not change the timetable")
    assert writing.workbench.ledger.entries() == []


def test_a_studio_of_revenue_alone_has_no_classes_and_an_unknown_one_is_a_sentence(state):
    state.studio_id = "till"
    assert state.asked.classes == ()
    assert state.placements == ()
    state.studio_id = "nowhere"
    assert state.problem == "There is no studio “nowhere” here."
    assert state.studio_id == "till"


def test_without_studios_it_is_empty_and_nothing_failed(empty_workbench):
    state = State(empty_workbench).load()
    assert (state.status, state.problem) == ("empty", "")


def test_sentences_name_people_and_days_and_no_ids(state):
    clash(state)
    first = timetable_words.plain(state.asked, state.report.violations[0].sentence)
    assert "studio-001" not in first
    assert any(day in first for day in timetable_words.DAYS.values())
