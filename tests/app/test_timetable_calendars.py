"""Conflicts of the schedule, and the schedule from and to calendars."""

import datetime

import pandas as pd
import pytest

from studiolab.adapters.calendars import read_calendar
from studiolab.studio_operations.timetable.problem import BadProblem

from .small_studio import SESSIONS, ZONE, small

DAY = datetime.datetime.now(datetime.UTC).date()
ICS = "\r\n".join(
    ["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:a", "SUMMARY:Tango", f"DTSTART:{DAY:%Y%m%d}T190000",
     f"DTEND:{DAY:%Y%m%d}T200000", "LOCATION:Hall", "END:VEVENT", "BEGIN:VEVENT", "UID:b", "SUMMARY:Broken",
     f"DTSTART:{DAY:%Y%m%d}T190000", "RRULE:FREQ=SOMETIMES", "END:VEVENT", "END:VCALENDAR", ""]
).encode()  # fmt: skip


@pytest.fixture
def bench(tmp_path):
    bench = small(tmp_path)
    yield bench
    bench.close()


def test_a_room_with_two_classes_is_a_conflict_in_each_week(tmp_path):
    bench = small(tmp_path, sessions=(*SESSIONS, ("Tango", "MO", "18:30", "hall", "ben")))
    found = bench.timetable_conflicts("oak")
    assert found.totals["room double-booked"] == 4
    assert found.totals["instructor double-booked"] == 4
    assert found.total == 8
    assert found.conflicts[0].sentence == "Yoga and Tango are both in Hall on Mon 5 Oct 2026, 18:30 to 19:00."
    bench.close()


def test_the_schedule_is_held_against_opening_hours_that_are_given(bench):
    assert bench.timetable_conflicts("oak").total == 0
    found = bench.timetable_conflicts("oak", opening_time="09:00", closing_time="18:00")
    assert found.totals["outside opening hours"] == found.total == 12


def test_what_broke_since_a_week_was_saved_is_said(bench):
    bench.save_timetable("oak", bench.saved_timetable("oak").placements, "ana")
    bench.set_availability("oak", "ana", [], "ana")
    found = bench.timetable_conflicts("oak").saved_week
    assert [one.rule for one in found] == ["availability", "availability"]


def test_a_saved_week_goes_to_a_calendar_and_comes_back(bench):
    with pytest.raises(ValueError, match="no saved week yet"):
        bench.export_calendar("oak")
    bench.save_timetable("oak", bench.saved_timetable("oak").placements, "ana")
    content = bench.export_calendar("oak")
    assert content == bench.export_calendar("oak")
    since = pd.Timestamp(bench.saved_timetable("oak").saved_at.tz_convert(ZONE).date())
    back, rejected = read_calendar(content, since, since + pd.Timedelta(days=7), ZONE)
    told = [(row.class_name, f"{row.starts_at.tz_convert(ZONE):%a %H:%M}", row.room_id, row.instructor_id)
            for row in back.itertuples()]  # fmt: skip
    assert sorted(told) == [("Salsa", "Mon 18:00", "loft", "ben"), ("Yoga", "Mon 18:00", "hall", "ana"),
                            ("Yoga", "Wed 18:00", "hall", "ana")]  # fmt: skip
    assert rejected.empty


def test_a_calendar_comes_in_once_with_rooms_by_name_and_what_is_broken_is_kept(bench, tmp_path):
    (tmp_path / "week.ics").write_bytes(ICS)
    done, again = bench.import_calendar("oak", tmp_path / "week.ics"), bench.import_calendar("oak", ICS)
    assert (done.classes, done.new, again.new, again.known) == (1, 1, 0, 1)
    assert [sentence.split(":")[0] for sentence in done.rejected] == ["The event in line 10 was left out"]
    came = bench.db.read("class_sessions", "oak", class_id="a").iloc[0]
    assert (came["class_name"], came["room_id"]) == ("Tango", "hall")
    assert came["starts_at"] == pd.Timestamp(f"{DAY} 19:00", tz=ZONE)
    assert bench.db.read("rejected_rows")["line"].tolist() == [10]


def test_a_file_that_is_no_calendar_changes_nothing(bench):
    before = bench.db.read("class_sessions")
    with pytest.raises(BadProblem, match="expected BEGIN:VCALENDAR"):
        bench.import_calendar("oak", b"name,when\n")
    assert bench.db.read("class_sessions").equals(before)
