"""Sentences about a week for those who own it: three classes called Salsa, and one Tango."""

import pytest

from studiolab.panels.timetable_words import called, plain, points
from studiolab.studio_calendar import daily
from studiolab.studio_operations.timetable.check import check
from studiolab.studio_operations.timetable.problem import Instructor, Placement, Problem, Room, StudioClass

MONDAY = Placement("s-1", "MO", 1080, "hall", "ana")
WEDNESDAY = Placement("s-2", "WE", 1080, "hall", "ana")


@pytest.fixture
def week():
    """Two of the Salsas have a place in force, the third is new."""
    names = {"s-1": "Salsa", "s-2": "Salsa", "s-3": "Salsa", "t-1": "Tango"}
    classes = tuple(StudioClass(key, name, "Latin", minutes=60, max_capacity=10) for key, name in names.items())
    ana = Instructor("ana", "Ana Silva", frozenset(["Latin"]), daily("09:00", "20:00"))
    return Problem(classes, (Room("hall", "Main room", 20),), (ana,), last=(MONDAY, WEDNESDAY))


def test_classes_that_share_a_name_are_known_by_their_place_in_force_or_by_their_id(week):
    assert called(week) == {"s-1": "Salsa (so far Monday 18:00)", "s-2": "Salsa (so far Wednesday 18:00)",
                            "s-3": "Salsa (s-3)", "t-1": "Tango"}  # fmt: skip


@pytest.mark.parametrize(
    ("placements", "said"),
    [
        ([MONDAY, WEDNESDAY._replace(weekday="MO")],
         "Main room has Salsa (so far Monday 18:00) and Salsa (so far Wednesday 18:00) on Monday at 18:00."),
        ([MONDAY, Placement("s-3", "MO", 1110, "hall", "ana")],
         "Main room has Salsa (so far Monday 18:00) at 18:00 and Salsa (s-3) at 18:30 on Monday."),
        ([Placement("t-1", "MO", 1080, "hall", "ana"), Placement("s-2", "MO", 1080, "hall", "ana")],
         "Main room has Salsa (so far Wednesday 18:00) and Tango on Monday at 18:00."),
        ([Placement("s-2", "MO", 1170, "hall", "ana")],
         "Salsa (so far Wednesday 18:00): Ana Silva is not available Monday 19:30 to 20:30."),
        ([Placement("t-1", "MO", 1170, "hall", "ana")],
         "Tango: Ana Silva is not available Monday 19:30 to 20:30."),
    ],
)  # fmt: skip
def test_what_breaks_says_which_of_them(week, placements, said):
    assert plain(week, check(week, placements).violations[0].sentence) == said


def test_points_that_do_not_change_have_no_sign():
    assert [points(value, signed=True) for value in (-0.3, 0.2, 1200.4, -7)] == ["0", "0", "+1,200", "−7"]
