"""The timetable's View: set the State, look at the widgets; no browser."""

from dataclasses import replace
from html import unescape
from itertools import combinations

import pytest

from studiolab.app import Workbench
from studiolab.panels import timetable, timetable_page, timetable_words
from studiolab.panels.timetable_state import State
from studiolab.settings import Settings
from studiolab.users import User


@pytest.fixture
def view(workbench):
    return timetable.View(State(workbench).load())


@pytest.fixture
def writing(copied, tmp_path):
    """A View on a copy of `home`, for a test that writes."""
    copied(tmp_path)
    bench = Workbench(Settings(STUDIOLAB_HOME=tmp_path))
    yield timetable.View(State(bench, lambda: User("kim", "manager")).load())
    bench.close()


def drawn(view):
    return {block["id"]: block for day in view.grid.week["days"] for block in day["blocks"]}


def onto_another(view):
    """Click a class and choose the time of another in its room on its day; returns both ids."""
    pairs = combinations(view.state.placements, 2)
    first, second = next(pair for pair in pairs if len({(p.weekday, p.room_id) for p in pair}) == 1)
    view.grid.selected = first.class_id
    view.editor.time.value = second.start
    return first.class_id, second.class_id


def test_every_class_is_in_the_week_and_four_cards_tell_how_it_stands(view):
    assert set(drawn(view)) == {one.class_id for one in view.state.asked.classes}
    for label in ("Classes placed", "Score", "Expected places", "Conflicts"):
        assert label in view.cards.value
    assert "“Propose” tells how much more is possible" in view.cards.value
    assert "every rule holds" in view.cards.value
    assert view.undo.disabled
    assert not view.save.disabled


def test_a_click_opens_a_class_at_its_place_and_moves_nothing(view):
    before = view.state.placements
    for placement in before[:5]:
        view.grid.selected = placement.class_id
        assert view.editor.controls["weekday"].value == placement.weekday
        assert view.editor.controls["start"].value == placement.start
        assert view.editor.controls["instructor_id"].value == placement.instructor_id
    assert view.state.placements == before
    assert view.state.past == []


def test_a_choice_moves_it_and_what_breaks_is_red_and_said_at_once(view):
    moved, other = onto_another(view)
    blocks = drawn(view)
    assert blocks[moved]["red"]
    assert blocks[other]["red"]
    assert blocks[moved]["pinned"]
    assert blocks[moved]["moved"]
    assert "This breaks" in view.editor.broken.value
    assert "conflict" in view.editor.changed.value
    assert "→" in view.editor.changed.value
    assert "counts once no rule is broken" in view.cards.value
    view.save.click()
    assert "Not saved, for the week breaks" in view.notice.value
    while not view.undo.disabled:
        view.undo.click()
    assert not any(block["red"] for block in drawn(view).values())
    assert "This breaks" not in view.editor.broken.value


def test_a_free_place_elsewhere_is_one_click(view):
    view.grid.selected = view.state.placements[3].class_id
    button = view.editor.ideas.children[0]
    assert "points" in button.description
    button.click()
    assert view.state.report.ok
    assert len(view.state.past) == 1
    assert "now " in view.moved.value


def test_a_class_taken_out_is_listed_and_told_why_and_brought_back(view):
    view.grid.selected = gone = view.state.placements[5].class_id
    view.editor.out.click()
    assert gone not in drawn(view)
    name = timetable_words.called(view.state.asked)[gone]
    assert f"<b>{name}</b>" in view.missing.value
    assert view.waiting.options[1][1] == gone
    view.state.why(gone, wait=True)
    assert "What would place it" in view.editor.reason.value
    view.editor.ideas.children[0].click()
    assert gone in drawn(view)
    assert "Every class has a place" in view.missing.value


def test_a_search_shows_how_far_it_is_and_can_be_stopped(view):
    view.grid.selected = view.state.placements[0].class_id
    view.state.solving, view.state.progress = True, (4748.0, 4812.0, 0.3)
    assert "4,748 points so far, at most 4,812 in reach" in view.search.value
    assert "width:30%" in view.search.value
    assert view.stop.layout.display is None
    assert view.propose.layout.display == "none"
    assert view.save.disabled
    assert view.editor.pin.disabled
    view.state.solving = False
    assert view.search.value == ""
    assert view.stop.layout.display == "none"


def test_a_proposal_tells_how_near_the_best_it_is_and_what_moved(view):
    view.changes.value = "as if it were new"
    view.state.observe(lambda _: view.stop.click(), "progress")
    view.state.propose(wait=True)
    assert "the best by today's demand" in unescape(view.cards.value)
    assert "Save it, or undo" in view.notice.value or "Nothing better" in view.notice.value


def test_both_scores_stand_there_for_the_week_in_force_and_the_one_shown(view):
    assert all(words in view.scores.value for words in ("By the rules", "With demand", "In force", "Shown"))
    assert "$" in view.scores.value
    view.state.who = lambda: User("desk", "front desk")
    view._recounted(None)
    assert "$" not in view.scores.value + view.cards.value


def test_a_saved_week_can_be_exported_as_a_calendar(writing):
    writing.export.click()
    assert "save this one first" in writing.notice.value
    writing.save.click()
    assert "of the ledger, by kim" in writing.notice.value
    assert writing.save.disabled
    writing.export.click()
    assert 'download="timetable.ics"' in writing.file.value


def test_a_week_saved_meanwhile_is_a_click_away_and_so_is_the_way_back(writing):
    writing.save.click()
    other = State(writing.state.workbench).load()
    other.take_out(gone := other.placements[0].class_id)
    other.save()
    assert writing.load_saved.layout.display == "none"
    writing.grid.selected = gone
    writing.editor.pin.click()
    writing.save.click()
    assert "nother week was saved meanwhile" in writing.notice.value
    assert writing.load_saved.layout.display is None
    writing.load_saved.children[0].click()
    assert writing.load_saved.layout.display == "none"
    assert gone not in drawn(writing)
    writing.undo.click()
    assert drawn(writing)[gone]["pinned"]


def test_a_pin_alone_can_be_saved(writing):
    writing.save.click()
    assert writing.save.disabled
    writing.grid.selected = pinned = writing.state.placements[0].class_id
    writing.editor.pin.click()
    assert not writing.save.disabled
    writing.save.click()
    assert writing.save.disabled
    assert [pin.class_id for pin in writing.state.workbench.saved_timetable("studio-001").pins] == [pinned]


def test_who_may_only_look_cannot_press_save_and_is_told_why(workbench):
    view = timetable.View(State(workbench, lambda: User("rita", "read-only")).load())
    assert view.save.disabled
    assert "an owner or a manager" in view.save.tooltip


def test_a_studio_without_classes_says_what_to_do_and_an_unknown_one_is_named(workbench):
    view = timetable.View(State(workbench).load(), "till")
    assert "No classes yet. Import a class schedule" in view.notice.value
    assert view.propose.disabled
    assert view.save.disabled
    assert view.cards.value == ""
    assert {part.layout.display for part in view.week} == {"none"}
    view.studio.value = "studio-001"
    assert {part.layout.display for part in view.week} == {None}
    assert "Classes placed" in view.cards.value
    view = timetable.View(State(workbench).load(), "nowhere")
    assert "There is no studio “nowhere” here" in view.notice.value
    assert drawn(view)


def test_a_week_without_a_class_says_to_propose(view):
    view.state._become((), ())
    assert timetable.NO_WEEK in unescape(view.notice.value)


def test_before_it_is_loaded_it_says_so_and_without_studios_what_to_import(workbench, empty_workbench):
    assert "Opening the studio's week" in unescape(timetable.View(State(workbench)).children[1].value)
    assert "studiolab import" in timetable.View(State(empty_workbench).load()).children[1].value


def test_a_week_that_moves_most_classes_is_shown_with_a_warning(view):
    state = view.state
    later = [placement._replace(start=placement.start + 15) for placement in state.placements]
    state._become(later[:2] + list(state.placements[2:]), ())
    assert "fewer will come" not in view.moved.value
    state._become(later, ())
    assert "fewer will come" in view.moved.value


def test_names_are_text_not_markup(view):
    asked, name = view.state.asked, "<script>x</script>"
    one, *others = asked.classes
    view.state.asked = replace(asked, classes=(replace(one, name=name), *others))
    view.state.take_out(one.class_id)
    assert name in view.editor.state.asked.classes[0].name
    shown = (timetable_page.one_class(view.state, one.class_id), view.missing.value, view.moved.value)
    assert not any("<script>" in html for html in shown)
