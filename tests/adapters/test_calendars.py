"""Calendar files as Google, Outlook and Apple write them, broken ones, and our own on their way out and in again."""

import io
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pandas as pd
import pytest
from dateutil.tz import tzical

from studiolab.adapters import calendar_rules, calendars
from studiolab.adapters.calendars import COLUMNS, REJECTED, read_calendar, write_calendar
from studiolab.adapters.errors import StudiolabError
from studiolab.schema import WEEKDAYS
from studiolab.studio_operations.timetable import conflicts

BERLIN = "Europe/Berlin"
STAMP = datetime(2026, 2, 1, 12, tzinfo=UTC)

GOOGLE = r"""BEGIN:VCALENDAR
PRODID:-//Google Inc//Google Calendar 70.9054//EN
VERSION:2.0
CALSCALE:GREGORIAN
METHOD:PUBLISH
X-WR-CALNAME:Oak Yoga
X-WR-TIMEZONE:Europe/Berlin
BEGIN:VTIMEZONE
TZID:Europe/Berlin
X-LIC-LOCATION:Europe/Berlin
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
DTSTART;TZID=Europe/Berlin:20260316T180000
DTEND;TZID=Europe/Berlin:20260316T191500
RRULE:FREQ=WEEKLY;UNTIL=20260413T215959Z;BYDAY=MO
EXDATE;TZID=Europe/Berlin:20260406T180000
DTSTAMP:20260301T101500Z
ORGANIZER;CN=Oak Yoga:mailto:oak123@group.calendar.google.com
UID:flow@google.com
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;CN=Ana Lee:mailto:ana@oak.example
LAST-MODIFIED:20260301T101500Z
LOCATION:Big Room\, 2nd floor
SEQUENCE:1
STATUS:CONFIRMED
SUMMARY:Flow\; slow
TRANSP:OPAQUE
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:This is an event reminder
TRIGGER:-P0DT0H10M0S
END:VALARM
END:VEVENT
BEGIN:VEVENT
DTSTART;TZID=Europe/Berlin:20260331T190000
DTEND;TZID=Europe/Berlin:20260331T201500
DTSTAMP:20260301T101500Z
UID:flow@google.com
RECURRENCE-ID;TZID=Europe/Berlin:20260330T180000
LOCATION:Small Room
SEQUENCE:2
STATUS:CONFIRMED
SUMMARY:Flow\; slow
END:VEVENT
BEGIN:VEVENT
DTSTART;TZID=Europe/Berlin:20260323T180000
DTEND;TZID=Europe/Berlin:20260323T191500
DTSTAMP:20260301T101500Z
UID:flow@google.com
RECURRENCE-ID:20260323T170000Z
SEQUENCE:2
STATUS:CANCELLED
SUMMARY:Flow\; slow
END:VEVENT
END:VCALENDAR
"""

OUTLOOK = """BEGIN:VCALENDAR
METHOD:PUBLISH
PRODID:Microsoft Exchange Server 2010
VERSION:2.0
BEGIN:VTIMEZONE
TZID:W. Europe Standard Time
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
RRULE:FREQ=WEEKLY;COUNT=3;INTERVAL=2;BYDAY=WE;WKST=MO
UID:040000008200E00074C5B7101A82E008
SUMMARY;LANGUAGE=de-DE:R\u00fccken
 fit
DTSTART;TZID=W. Europe Standard Time:20260318T090000
DTEND;TZID=W. Europe Standard Time:20260318T100000
ATTENDEE;CUTYPE=ROOM;CN="Studio 1":mailto:studio1@oak.example
ORGANIZER;CN="Ben Oak":mailto:ben@oak.example
X-MICROSOFT-CDO-BUSYSTATUS:BUSY
END:VEVENT
END:VCALENDAR
"""


def file(*events, zones=""):
    """A calendar file of events, each given by its lines."""
    body = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\n{zones}{body}END:VCALENDAR\n".encode()


def event(uid="a", start="DTSTART:20260302T180000", end="DTEND:20260302T190000", *more):
    return "\n".join([f"UID:{uid}", f"SUMMARY:Class {uid}", start, end, *more])


def read(data, since="2026-03-01", until="2026-05-01", timezone=BERLIN):
    return read_calendar(data, since, until, timezone)


def starts(data, **window):
    """Starts in UTC of a file of which nothing is rejected."""
    classes, rejected = read(data, **window)
    assert list(rejected["reason"]) == []
    return classes["starts_at"].dt.strftime("%m-%d %H:%M").tolist()


def reason(data, **window):
    """Why the one event of a file was rejected."""
    classes, rejected = read(data, **window)
    assert len(rejected) == 1
    assert len(classes) == 0
    return rejected["reason"].iloc[0]


def placement(class_id="flow", weekday="MO", start=18 * 60, minutes=75, **more):
    return {"class_id": class_id, "class_name": class_id.title(), "weekday": weekday, "start": start,
            "minutes": minutes} | more  # fmt: skip


def written(*rows, first=date(2026, 3, 2), timezone=BERLIN, **more):
    return write_calendar(list(rows), timezone, first, **{"studio_id": "oak", "stamp": STAMP} | more)


def events_of(data):
    return icalendar.Calendar.from_ical(data).walk("VEVENT")


def test_a_series_from_google_keeps_its_time_on_the_wall_moves_one_date_and_leaves_out_another():
    classes, rejected = read(GOOGLE.encode())
    assert len(rejected) == 0
    assert classes["starts_at"].dt.strftime("%m-%d %H:%M").tolist() == [
        "03-16 17:00", "03-23 17:00", "03-31 17:00", "04-13 16:00",
    ]  # fmt: skip
    assert classes["class_id"].str.partition("/")[2].tolist() == ["2026-03-16", "2026-03-23", "2026-03-30",
                                                                 "2026-04-13"]  # fmt: skip
    assert classes["is_cancelled"].tolist() == [False, True, False, False]
    assert classes["room_id"].tolist() == ["Big Room, 2nd floor", None, "Small Room", "Big Room, 2nd floor"]
    assert classes["instructor_id"].tolist() == ["Ana Lee", None, None, "Ana Lee"]
    assert set(classes["class_name"]) == {"Flow; slow"}
    assert set(classes["series_id"]) == {"flow@google.com"}
    assert ((classes["ends_at"] - classes["starts_at"]) == pd.Timedelta(75, "min")).all()


def test_a_series_from_outlook_has_windows_zones_and_rooms_that_are_attendees():
    classes, rejected = read(OUTLOOK.replace("\n", "\r\n").encode())
    assert len(rejected) == 0
    assert classes["starts_at"].dt.strftime("%m-%d %H:%M").tolist() == ["03-18 08:00", "04-01 07:00", "04-15 07:00"]
    assert classes[["class_name", "room_id", "instructor_id"]].drop_duplicates().to_numpy().tolist() == [
        ["R\u00fcckenfit", "Studio 1", "Ben Oak"]
    ]


def test_a_zone_that_only_the_file_knows_is_taken_from_its_description():
    zones = "\n".join([
        "BEGIN:VTIMEZONE", "TZID:Studio time", "LAST-MODIFIED:20200101T000000Z", "BEGIN:STANDARD",
        "DTSTART:20000101T000000", "TZOFFSETFROM:+0530", "TZOFFSETTO:+0530", "END:STANDARD", "END:VTIMEZONE", "",
    ])  # fmt: skip
    there = file(event("a", "DTSTART;TZID=Studio time:20260302T180000", "DURATION:PT1H"), zones=zones)
    assert starts(there) == ["03-02 12:30"]
    elsewhere = there.replace(b"+0530", b"+0100")
    icalendar.Calendar.from_ical(elsewhere)  # and whatever another file said before
    assert (starts(elsewhere), starts(there)) == (["03-02 17:00"], ["03-02 12:30"])
    unknown = file(event("a", "DTSTART;TZID=Studio time:20260302T180000", "DURATION:PT1H"))
    assert "TZID=Studio time is no IANA zone" in reason(unknown)


def test_times_without_a_zone_are_the_studios_and_times_in_utc_are_not():
    data = file(event("a"), event("b", "DTSTART:20260302T180000Z", "DURATION:PT45M"))
    assert starts(data) == ["03-02 17:00", "03-02 18:00"]
    assert starts(data, timezone="America/New_York") == ["03-02 18:00", "03-02 23:00"]


def test_a_whole_day_lasts_from_midnight_to_midnight_even_when_the_clock_changes():
    classes, _ = read(file(event("a", "DTSTART;VALUE=DATE:20260329", "DTEND;VALUE=DATE:20260330"),
                           event("b", "DTSTART;VALUE=DATE:20260329", "X-A:b")))  # fmt: skip
    assert classes["starts_at"].tolist() == [pd.Timestamp("2026-03-28 23:00", tz="UTC")] * 2
    assert classes["ends_at"].tolist() == [pd.Timestamp("2026-03-29 22:00", tz="UTC")] * 2


def test_a_class_in_the_hour_that_summer_time_skips_begins_an_hour_later_on_the_wall():
    data = file(event("a", f"DTSTART;TZID={BERLIN}:20260328T023000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3"))
    assert starts(data) == ["03-28 01:30", "03-29 01:30", "03-30 00:30"]


@pytest.mark.parametrize(
    ("rule", "dates"),
    [
        ("RRULE:FREQ=WEEKLY;COUNT=3", ["03-02", "03-09", "03-16"]),
        ("RRULE:FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20260309T170000Z", ["03-02", "03-04", "03-09"]),
        ("RRULE:FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20260309T165959Z", ["03-02", "03-04"]),
        ("RRULE:FREQ=WEEKLY;UNTIL=20260309", ["03-02", "03-09"]),
        ("RRULE:FREQ=WEEKLY;UNTIL=20260309T180000", ["03-02", "03-09"]),
        ("RRULE:FREQ=MONTHLY;BYDAY=1MO;UNTIL=99991231T235959Z", ["03-02", "04-06"]),
        ("RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2", ["03-31", "04-30"]),
        ("RRULE:FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=-1", ["04-30"]),
        ("RDATE:20260304T180000,20260303T180000", ["03-02", "03-03", "03-04"]),
        ("RRULE:FREQ=DAILY;COUNT=3\nEXDATE:20260303T180000", ["03-02", "03-04"]),
        ("RRULE:FREQ=DAILY;COUNT=3\nEXDATE;VALUE=DATE:20260302,20260303", ["03-04"]),
        ("RRULE:FREQ=DAILY;COUNT=3\nEXDATE:20260303T170000Z\nEXDATE:00010101T000000Z", ["03-02", "03-04"]),
    ],
)
def test_a_rule_names_its_dates(rule, dates):
    assert [start.split()[0] for start in starts(file(event("a") + "\n" + rule))] == dates


def test_a_date_may_have_a_length_of_its_own():
    data = file(event("a") + "\nRDATE;VALUE=PERIOD:20260303T180000Z/PT2H,20260304T180000Z/20260304T183000Z")
    classes, _ = read(data)
    assert (classes["ends_at"] - classes["starts_at"]).tolist() == [pd.Timedelta(m, "min") for m in (60, 120, 30)]


def test_a_series_without_end_is_read_as_far_as_asked_and_from_where_asked():
    forever = file(event("a", "DTSTART:19990104T180000", "DTEND:19990104T190000", "RRULE:FREQ=WEEKLY"))
    assert starts(forever, since="2026-03-10", until="2026-03-23") == ["03-16 17:00"]
    assert starts(forever, since="1990-01-01", until="1995-01-01") == []


def test_who_teaches_is_our_own_property_before_an_attendee_before_the_organizer():
    boss, coach, own = "ORGANIZER;CN=Boss:mailto:b@x", "ATTENDEE;CN=Coach:mailto:c@x", "X-STUDIOLAB-INSTRUCTOR:Ana Lee"
    said = ([boss, coach, own], [boss, coach], [boss], [])
    files = [file("\n".join([event("a"), *lines])) for lines in said]
    assert [read(data)[0]["instructor_name"].iloc[0] for data in files] == ["Ana Lee", "Coach", "Boss", None]


def test_what_is_read_can_be_looked_through_for_conflicts():
    once = event("a", "DTSTART:20260309T180000", "DURATION:PT1H", "LOCATION:Big Room")
    weekly = event("b", "DTSTART:20260302T183000", "DURATION:PT1H", "LOCATION:Big Room", "RRULE:FREQ=WEEKLY")
    found = conflicts.find(read(file(once, weekly))[0])
    assert found.table[["kind", "first", "second"]].to_numpy().tolist() == [[conflicts.ROOM, "a", "b/2026-03-09"]]


def test_a_class_without_a_said_end_has_none():
    classes, _ = read(file("UID:a\nDTSTART:20260302T180000"))
    assert classes["ends_at"].isna().tolist() == [True]


def test_the_newest_version_of_an_event_counts_wherever_it_stands():
    new = event("a", "DTSTART:20260302T200000", "DURATION:PT1H", "SEQUENCE:10")
    old = event("a", "DTSTART:20260302T180000", "DURATION:PT1H", "SEQUENCE:9")
    assert starts(file(new, old)) == starts(file(old, new)) == ["03-02 19:00"]


def test_a_date_moved_into_the_window_is_in_it_and_one_moved_out_is_not():
    series = event("a", "DTSTART:20260302T180000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY")
    moved = event("a", "DTSTART:20260310T180000", "DURATION:PT1H", "RECURRENCE-ID:20260309T180000")
    data = file(series, moved)
    assert starts(data, since="2026-03-09", until="2026-03-10") == []
    assert starts(data, since="2026-03-10", until="2026-03-11") == ["03-10 17:00"]


def test_a_date_that_is_left_out_stays_out_though_it_was_moved_before():
    series = event(
        "a", "DTSTART:20260302T180000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=2", "EXDATE:20260309T180000"
    )
    moved = event("a", "DTSTART:20260310T180000", "DURATION:PT1H", "RECURRENCE-ID:20260309T180000")
    assert starts(file(series, moved)) == ["03-02 17:00"]


def test_a_series_with_several_classes_a_day_names_each():
    data = file(event("a", "DTSTART:20260302T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;BYHOUR=9,18;COUNT=3"))
    assert read(data)[0]["class_id"].tolist() == ["a/2026-03-02", "a/2026-03-02T1800", "a/2026-03-03"]
    assert read(data, since="2026-03-02T12:00")[0]["class_id"].tolist() == ["a/2026-03-02T1800", "a/2026-03-03"]


def test_a_file_that_calls_everything_off_calls_everything_off():
    data = file(event("a")).replace(b"VERSION", b"METHOD:CANCEL\nVERSION")
    assert read(data)[0]["is_cancelled"].tolist() == [True]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (event("a", "DTSTART:20260302T180000", "X-A:b", "RRULE:FREQ=SOMETIMES"),
         "RRULE is 'FREQ=SOMETIMES' (Expected frequency, got: SOMETIMES), expected one like FREQ=WEEKLY;BYDAY=MO"),
        (event("a", "DTSTART:20260302T180000", "X-A:b", "RRULE:HELLO"), "frequency none, expected one of DAILY"),
        (event("a", "DTSTART:20260302T180000", "X-A:b", "RRULE:FREQ=WEEKLY;BYDAY=XX"), "got: XX"),
        (event("a", "DTSTART:20260302T180000", "X-A:b", "RRULE:FREQ=DAILY;INTERVAL=0"), "INTERVAL=0, expected"),
        (event("a", "DTSTART:20260302T180000", "X-A:b", "RRULE:FREQ=SECONDLY"), "frequency SECONDLY, expected one of"),
        (event("a", "DTSTART:20260302T180000", "X-A:b", "RRULE:FREQ=YEARLY;RSCALE=CHINESE"), "part RSCALE"),
        (event("a", "DTSTART:20260302T180000", "X-A:b", "RRULE:FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=30"),
         "names a date that does not exist"),
        (event("a", "X-A:b", "X-B:c"), "no DTSTART, expected a date and time, e.g. DTSTART:"),
        (event("a", "DTSTART:tomorrow", "X-B:c"), "'tomorrow' (Wrong date format tomorrow), expected one like 2026"),
        (event("a", "DTSTART:180000", "X-B:c"), "DTSTART is 18:00:00, expected a date"),
        (event("a", "DTSTART:20260230T180000", "X-B:c"), "20260230T180000"),
        (event("a", "DTSTART:99990101T000000", "X-B:c"), "year 9999, expected 1900 to 2200"),
        (event("a", "DTSTART:20260302T180000\nDTSTART:20260303T180000", "X-B:c"), "DTSTART 2 times"),
        (event("a", "DTSTART:20260302T180000", "DTEND:20260302T170000"),
         "DTEND 2026-03-02 17:00 is before DTSTART 2026-03-02 18:00"),
        (event("a", "DTSTART:20260302T180000", "DTEND:20290302T170000"), "expected a year at most"),
        (event("a", "DTSTART:20260302T180000", "DURATION:-PT1H"), "negative"),
        (event("a", "DTSTART:20260302T180000", "DURATION:an hour"), "DURATION is 'an hour'"),
        (event("a", "DTSTART;TZID=Mars/Base:20260302T180000", "X-B:c"), "TZID=Mars/Base is no IANA zone"),
        (event("a", "DTSTART;TZID=Europe:20260302T180000", "X-B:c"), "Europe"),
        (event("a", "DTSTART:20260302T180000", "X-A:b", "EXDATE:nope"), "EXDATE is 'nope'"),
        (event("a", "DTSTART:20260302T180000", "X-A:b", "RECURRENCE-ID;RANGE=THISANDFUTURE:20260302T180000"),
         "RANGE=THISANDFUTURE"),
        ("SUMMARY:Nameless\nDTSTART:20260302T180000", "no UID"),
        (event("a") + "\nBEGIN:VALARM", "cannot be read"),
    ],
)  # fmt: skip
def test_a_broken_event_is_left_out_with_its_line_and_the_reason_and_the_rest_is_kept(lines, said):
    classes, rejected = read(file(event("before"), lines, event("after")))
    assert classes["class_id"].tolist() == ["after", "before"]
    assert said in rejected["reason"].iloc[0]
    assert rejected["reason"].iloc[0].startswith("The event in line 10 was left out: ")
    assert rejected["line"].tolist() == [10]


def test_a_rejected_event_says_which_it_is():
    _, rejected = read(file(event("a@b", "X-A:b", "X-B:c")))
    assert list(rejected.columns) == list(REJECTED)
    assert rejected[["uid", "class_name"]].to_numpy().tolist() == [["a@b", "Class a@b"]]


def test_a_series_whose_one_date_is_broken_keeps_that_date_as_it_was():
    series = event("a", "DTSTART:20260302T180000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=2")
    broken = event("a", "DTSTART:soon", "DURATION:PT1H", "RECURRENCE-ID:20260309T180000")
    classes, rejected = read(file(series, broken))
    assert classes["class_id"].tolist() == ["a/2026-03-02", "a/2026-03-09"]
    assert rejected["uid"].tolist() == ["a"]


def test_properties_that_say_no_time_may_be_broken():
    assert starts(
        file(event("a") + "\nGEO:north\nDTSTAMP:never\nLAST-MODIFIED:180000\nno property at all\nPRIORITY:high")
    ) == ["03-02 17:00"]


def test_a_file_that_is_cut_off_keeps_what_is_whole():
    data = file(event("a"), event("b"))
    classes, rejected = read(data[: data.rindex(b"DTEND")])
    assert classes["class_id"].tolist() == ["a"]
    assert "cut off, expected a line END:VEVENT" in rejected["reason"].iloc[0]


@pytest.mark.parametrize("encode", [
    lambda text: text.encode("utf-8-sig"), lambda text: text.encode("utf-16"), lambda text: text.encode("cp1252"),
    lambda text: text.encode().decode("cp1252").encode(), lambda text: text.replace("\n", "\r\n").encode(),
    lambda text: text.replace("\n", "\r").encode(), lambda text: b"\n".join(folded(text.encode())),
], ids=["mark", "utf-16", "cp1252", "mojibake", "crlf", "cr", "folded"])  # fmt: skip
def test_text_arrives_whole_however_it_was_encoded_and_folded(encode):
    text = file(event("a") + "\nLOCATION:Großer Übungssaal – Süd\\, 1. Stock\\nlinks").decode()
    classes, rejected = read(encode(text))
    assert len(rejected) == 0
    assert classes["room_name"].tolist() == ["Großer Übungssaal – Süd, 1. Stock links"]


def folded(data):
    """Lines of at most 9 bytes, cut wherever that is, even inside a character."""
    for line in data.split(b"\n"):
        yield b"\n ".join(line[i : i + 9] for i in range(0, max(len(line), 1), 9))


@pytest.mark.parametrize("data", [b"", b"date,class\n2026-03-02,Flow\n", b"\x89PNG\r\n\x1a\n\x00\x00", b"{}"])
def test_a_file_that_is_no_calendar_is_named(data, tmp_path):
    path = tmp_path / "classes.ics"
    path.write_bytes(data)
    with pytest.raises(StudiolabError, match=r"classes\.ics is no calendar: it begins with .*expected BEGIN:VCALENDAR"):
        read(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(StudiolabError, match=r"nowhere\.ics cannot be read"):
        read(tmp_path / "nowhere.ics")


def test_a_calendar_without_events_has_no_classes():
    classes, rejected = read(file())
    assert (len(classes), len(rejected)) == (0, 0)
    assert list(classes.columns) == list(COLUMNS)
    assert str(classes["starts_at"].dtype) == "datetime64[ns, UTC]"


def test_more_classes_than_anyone_holds_are_refused(monkeypatch):
    monkeypatch.setattr(calendars, "MOST_ROWS", 9)
    ten = file(event("a", "DTSTART:20260302T180000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=10"))
    assert len(read(ten, until="2026-03-11")[0]) == 9
    with pytest.raises(StudiolabError, match=r"more than 9 classes.*Ask for a shorter time"):
        read(ten)


def test_many_rules_without_a_date_are_refused_before_they_take_long(monkeypatch):
    monkeypatch.setattr(calendars, "MOST_HOPELESS", 1)
    never = [
        event(uid, "DTSTART:20260302T180000", "X-A:b", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30") for uid in "ab"
    ]
    assert len(read(file(never[0]))[1]) == 1
    with pytest.raises(StudiolabError, match="rules that name no date"):
        read(file(*never))


def test_a_rule_with_very_many_dates_is_not_followed_to_its_end(monkeypatch):
    monkeypatch.setattr(calendar_rules, "TRIED", 1000)
    often = event("a", "DTSTART:20200302T180000", "DURATION:PT1H", "RRULE:FREQ=DAILY")
    assert "names more than 1,000 dates from its start to 2026-04-30" in reason(file(often))


def test_an_unknown_zone_of_the_studio_is_refused():
    with pytest.raises(ValueError, match="no time zone 'Mars/Base'"):
        read(file(event("a")), timezone="Mars/Base")
    with pytest.raises(ValueError, match="no time zone 'Mars/Base'"):
        written(placement(), timezone="Mars/Base")


WEEK = [
    placement("flow", "MO", 18 * 60, 75, class_name="Flow, slow; \\ soft\nand long", room_id="r-1",
              room_name="Big, Room", instructor_id="i-1", instructor_name="Ana \u201cLee\u201d", style="Yoga; Vinyasa",
              level="beginner, mixed", max_capacity=20),
    placement("barre", "WE", 23 * 60 + 30, 60, room_name="Small Room"),
    placement("early", "SU", 0, 45),
]  # fmt: skip


def test_a_timetable_that_is_written_comes_back_as_it_was():
    classes, rejected = read(written(*WEEK))
    assert len(rejected) == 0
    local = classes["starts_at"].dt.tz_convert(BERLIN)
    back = classes.assign(
        weekday=local.dt.weekday.map(lambda day: WEEKDAYS[day]), start=local.dt.hour * 60 + local.dt.minute,
        minutes=(classes["ends_at"] - classes["starts_at"]) / pd.Timedelta(1, "min"), class_id=classes["series_id"],
    ).drop_duplicates("class_id").set_index("class_id")  # fmt: skip
    for row in WEEK:
        came = back.loc[row["class_id"]]
        expected = row | {"class_name": " ".join(row["class_name"].split())}
        assert {column: came[column] for column in row if column != "class_id"} == {
            column: value for column, value in expected.items() if column != "class_id"
        }


@pytest.mark.parametrize("timezone", [BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Tokyo", "UTC"])
def test_a_class_keeps_its_time_on_the_wall_through_the_year(timezone):
    classes, _ = read(written(placement("flow", "TU", 7 * 60), timezone=timezone), until="2027-03-01", timezone="UTC")
    local = classes["starts_at"].dt.tz_convert(timezone)
    assert len(classes) == 52
    assert set(local.dt.strftime("%a %H:%M")) == {"Tue 07:00"}


@pytest.mark.parametrize("timezone", [BERLIN, "America/New_York", "America/Santiago", "Australia/Lord_Howe",
                                      "Europe/Dublin", "Africa/Casablanca", "Asia/Kathmandu"])  # fmt: skip
def test_the_file_describes_its_zone_to_the_half_hour(timezone):
    text = written(placement(), timezone=timezone).decode().replace("\r\n ", "")
    block = text[text.index("BEGIN:VTIMEZONE") : text.index("BEGIN:VEVENT")]
    described = tzical(io.StringIO("".join(f"{x}\n" for x in block.splitlines() if not x.startswith("COMMENT")))).get()
    nights = [datetime(2026, 3, 1) + timedelta(days=day) for day in range(730)]
    walls = [night + timedelta(minutes=30 * i) for night in nights if night.weekday() in (5, 6) for i in range(9)]
    zone = ZoneInfo(timezone)
    real = [w for w in walls if w.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == w]
    assert [w.replace(tzinfo=described).utcoffset() for w in real] == [w.replace(tzinfo=zone).utcoffset() for w in real]


def test_a_class_on_several_days_is_one_series():
    (only,) = events_of(written(placement("flow", "WE"), placement("flow", "MO"), first=date(2026, 3, 3)))
    assert only["RRULE"].to_ical() == b"FREQ=WEEKLY;BYDAY=MO,WE"
    assert only["DTSTART"].to_ical() == b"20260304T180000"


def test_the_last_day_is_the_last_day():
    data = written(placement("flow", "MO", 23 * 60 + 30), placement("late", "SU"), until=date(2026, 3, 16))
    classes, _ = read(data, until="2027-01-01")
    assert classes.groupby("series_id").size().to_dict() == {"flow": 3, "late": 2}
    assert classes["starts_at"].max() == pd.Timestamp("2026-03-16 22:30", tz="UTC")


def test_a_class_with_no_day_before_the_last_is_left_out():
    assert events_of(written(placement("flow", "SU"), until=date(2026, 3, 4))) == []


def test_a_class_keeps_its_uid_and_a_later_timetable_is_newer():
    first = events_of(written(placement("flow", "MO")))[0]
    later = events_of(written(placement("flow", "FR", 9 * 60), first=date(2026, 6, 1), revision=1))[0]
    assert first["UID"] == later["UID"] == "flow@oak.studiolab"
    assert (first["SEQUENCE"], later["SEQUENCE"]) == (0, 1)


def test_reading_a_timetable_again_gives_the_same_ids_and_reading_both_gives_the_newer():
    old, new = written(placement("flow", "MO")), written(placement("flow", "MO", 19 * 60), revision=1)
    assert read(old)[0]["class_id"].tolist() == read(new)[0]["class_id"].tolist()
    both = new.replace(b"END:VCALENDAR", b"") + old[old.index(b"BEGIN:VEVENT") :]
    pd.testing.assert_frame_equal(read(both)[0], read(new)[0])


def test_the_same_timetable_gives_the_same_bytes_in_lines_of_75_octets():
    data = written(*WEEK)
    assert data == written(*reversed(WEEK))
    assert data == written(*pd.DataFrame(WEEK).to_dict("records"))
    assert max(map(len, data.split(b"\r\n"))) <= 75
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert b"DTSTAMP:20260201T120000Z" in data


def test_a_name_cannot_add_lines_to_the_file():
    evil = "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:other"
    data = written(placement(evil, "MO", room_name=evil, level=evil, instructor_id=evil), name=evil)
    assert len(events_of(data)) == 1
    assert len(read(data)[1]) == 0


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([placement("flow", "Monday")], "class flow has the weekday 'Monday', expected one of MO"),
        ([placement("flow", "MO", 1440)], "class flow starts at minute 1440"),
        ([placement("flow", "MO", 600, 0)], "lasts 0"),
        ([placement("flow", "MO", 600), placement("flow", "WE", 660)], "class flow has start 600 on MO and 660 on WE"),
        ([placement("flow", "MO", room_name="A"), placement("flow", "WE")], "room_name 'A' on MO and None on WE"),
    ],
)
def test_what_is_no_placement_is_refused_by_name(rows, said):
    with pytest.raises(ValueError, match=said):
        written(*rows)


def test_a_last_day_before_the_first_is_refused():
    with pytest.raises(ValueError, match="the last day, 2026-03-01, is before the first, 2026-03-02"):
        written(placement(), until=date(2026, 3, 1))
