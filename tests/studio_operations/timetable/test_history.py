import pandas as pd
import pytest

from studiolab.studio_calendar import Window
from studiolab.studio_operations.timetable import history
from studiolab.studio_operations.timetable.problem import Placement

NOW, ZONE = pd.Timestamp("2026-11-02T00:00Z"), "Europe/Berlin"
TYPES = pd.DataFrame({"class_type_id": ["y"], "class_name": ["Yoga"], "class_price": [1200], "max_capacity": [15]})


def held(*rows):
    """Sessions of an hour: (name, start at the studio, room_id, instructor_id)."""
    frame = pd.DataFrame(rows, columns=["class_name", "starts_at", "room_id", "instructor_id"])
    starts = pd.to_datetime(frame["starts_at"]).dt.tz_localize(ZONE).dt.tz_convert("UTC")
    empty = {"class_type_id": None, "max_capacity": pd.array([None] * len(frame), "Int64"), "is_cancelled": False}
    return frame.assign(starts_at=starts, ends_at=starts + pd.Timedelta(hours=1), **empty)


def test_a_class_of_two_weeks_recurs_and_one_of_a_single_week_does_not():
    sessions = held(
        ("Yoga", "2026-10-19 18:00", "hall", "ana"), ("Yoga", "2026-10-26 18:00", "hall", "ana"),
        ("Tango", "2026-10-27 20:00", "hall", "ben"),
    )  # fmt: skip
    definitions, placements = history.week(sessions, TYPES, ZONE)
    assert placements == (Placement("yoga-mo-1800", "MO", 1080, "hall", "ana"),)
    (one,) = definitions.to_dict("records")
    assert (one["class_id"], one["minutes"], one["max_capacity"], one["price"]) == ("yoga-mo-1800", 60, 15, 1200)


def test_the_hour_on_the_wall_counts_when_clocks_change():
    sessions = held(("Yoga", "2026-10-19 18:00", "hall", "ana"), ("Yoga", "2026-10-26 18:00", "hall", "ana"))
    assert sessions["starts_at"].dt.hour.tolist() == [16, 17]
    assert len(history.week(sessions, TYPES, ZONE)[1]) == 1


def test_whoever_taught_most_often_is_the_weeks_instructor():
    sessions = held(
        ("Yoga", "2026-10-12 18:00", "hall", "ben"), ("Yoga", "2026-10-19 18:00", "hall", "ana"),
        ("Yoga", "2026-10-26 18:00", "hall", "ana"),
    )  # fmt: skip
    assert history.week(sessions, TYPES, ZONE)[1][0].instructor_id == "ana"


def test_two_rooms_at_one_time_are_two_classes():
    rows = [("Yoga", f"2026-10-{day} 18:00", room, who) for day in (19, 26) for room, who in (("a", "x"), ("b", "y"))]
    definitions, _ = history.week(held(*rows), TYPES, ZONE)
    assert definitions["class_id"].tolist() == ["yoga-mo-1800", "yoga-mo-1800-2"]


def test_a_class_without_a_room_is_known_and_has_no_place_yet():
    rows = [("Yoga", f"2026-10-{day} 18:00", None, "ana") for day in (19, 26)]
    definitions, placements = history.week(held(*rows), TYPES, ZONE)
    assert (len(definitions), placements) == (1, ())


def test_recent_is_four_weeks_back_from_the_last_class_without_cancelled_and_coming_ones():
    sessions = held(
        ("A", "2026-09-28 18:00", "r", "x"), ("B", "2026-10-05 18:00", "r", "x"), ("C", "2026-10-26 18:00", "r", "x"),
        ("D", "2026-10-27 18:00", "r", "x"), ("E", "2026-12-01 18:00", "r", "x"),
    )  # fmt: skip
    sessions["is_cancelled"] = sessions["class_name"] == "D"
    assert history.recent(sessions, NOW)["class_name"].tolist() == ["B", "C"]
    coming = sessions[sessions["class_name"] == "E"]
    assert history.recent(coming, NOW)["class_name"].tolist() == ["E"]


def test_opening_hours_reach_from_the_first_to_the_last_class_of_a_weekday_and_over_what_is_open_too():
    sessions = held(("A", "2026-10-19 09:30", "r", "x"), ("B", "2026-10-26 18:00", "r", "x"))
    assert history.opening(sessions, ZONE) == (Window("MO", 570, 1140),)
    more = [Window("MO", 480, 540), Window("SU", 600, 660)]
    assert history.opening(sessions, ZONE, more) == (Window("MO", 480, 1140), Window("SU", 600, 660))


@pytest.mark.parametrize(("name", "plain"), [("Vinyasa & Flow", "vinyasa-flow"), ("Ballet (I)", "ballet-i"),
                                             ("Тай-чи", "тай-чи"), ("!", "class")])  # fmt: skip
def test_a_name_becomes_an_id_that_people_can_type(name, plain):
    assert history.plain(name) == plain
