"""A week as the grid gets it: lanes, blocks side by side, folded hours, marks; worked by hand."""

import pandas as pd
import pytest

from studiolab.panels.palette import BLUE, MUTED, VERMILLION
from studiolab.panels.timetable_week import colours, drawn
from studiolab.studio_calendar import StudioCalendar, Window
from studiolab.studio_operations.timetable.problem import Instructor, Placement, Problem, Room, StudioClass


def problem(classes="abc", styles="YYP", **more):
    records = tuple(
        StudioClass(f"c-{name}", name.upper(), style, minutes=60, max_capacity=10, min_capacity=4)
        for name, style in zip(classes, styles, strict=True)
    )
    ana = Instructor("ana", "Ana", frozenset(styles), (Window("MO", 0, 1440),))
    return Problem(records, (Room("big", "Big", 20), Room("small", "Small", 10)), (ana,), **more)


def at(name, start, room="big", day="MO"):
    return Placement(f"c-{name}", day, start, room, "ana")


def blocks(question, *placements, **marks):
    week = drawn(question, placements, **marks)
    return {block["id"][-1]: block for day in week["days"] for block in day["blocks"]}


def test_each_room_in_use_has_a_lane_and_classes_at_once_stand_side_by_side():
    placed = at("a", 600), at("b", 630), at("c", 600, "small")
    monday = drawn(problem(), placed)["days"][0]
    assert monday["lanes"] == [{"name": "Big", "width": 2}, {"name": "Small", "width": 1}]
    found = {block["id"]: (block["left"], block["width"]) for block in monday["blocks"]}
    assert found == {"c-a": (0, pytest.approx(1 / 3)), "c-b": (pytest.approx(1 / 3), pytest.approx(1 / 3)),
                     "c-c": (pytest.approx(2 / 3), pytest.approx(1 / 3))}  # fmt: skip


def test_a_class_that_meets_none_takes_the_whole_lane_of_its_room():
    found = blocks(problem(), at("a", 600), at("b", 600), at("c", 700))
    assert (found["c"]["left"], found["c"]["width"]) == (0, 1)
    assert found["a"]["width"] == found["b"]["width"] == 0.5


def test_hours_without_a_class_on_any_day_are_folded_from_two_on():
    calendar = StudioCalendar((Window("MO", 480, 1080), Window("TU", 480, 1080)))
    week = drawn(problem(calendar=calendar), (at("a", 600), at("b", 720, day="TU"), at("c", 930)))
    assert (week["first"], week["last"]) == (480, 1080)
    assert week["folds"] == [[480, 600], [780, 900]]  # 11 to 12 is one hour alone; 15:30 to 16:30 takes two
    assert [day["open"] for day in week["days"]][:3] == [[480, 1080], [480, 1080], None]


def test_an_empty_week_is_the_usual_day_and_folds_nothing():
    assert drawn(problem(), ()) | {"days": []} == {"first": 540, "last": 1080, "folds": [], "days": []}


def test_marks_tell_what_moved_is_pinned_breaks_a_rule_or_has_too_few():
    demand = pd.DataFrame([("c-a", "MO", 10, 3.2), ("c-b", "MO", 12, 9.6)],
                          columns=["class_id", "weekday", "hour", "expected"])  # fmt: skip
    found = blocks(problem(demand=demand), at("a", 600), at("b", 720), red={"c-a"}, pinned={"c-b"},
                   before=(at("a", 600), at("b", 660)))  # fmt: skip
    a, b = found["a"], found["b"]
    assert (a["red"], a["pinned"], a["moved"], a["few"], a["places"]) == (True, False, False, True, "3/10")
    assert (b["red"], b["pinned"], b["moved"], b["few"], b["fill"]) == (False, True, True, False, 0.96)
    assert a["said"] == "A, Monday 10:00 to 11:00, Big, with Ana; 3 of 10 places expected"


def test_the_most_frequent_styles_take_the_palette_and_the_rest_are_grey():
    assert colours(problem()) == {"Y": BLUE, "P": VERMILLION}
    many = colours(problem("abcdefgh", "STUVWXYZ"))
    assert list(many.values()).count(MUTED) == 2
    assert len(set(many.values())) == 7
