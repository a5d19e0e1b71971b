import pytest

from studiolab import schema
from studiolab.studio_calendar import PEAK, Window, clock, covers, hours_in_words, minutes, weekday


@pytest.mark.parametrize(("given", "day"), [(0, "MO"), ("6", "SU"), ("mo", "MO"), ("Thursday", "TH"), ("SU", "SU")])
def test_a_weekday_is_an_iso_name_or_a_number_from_monday(given, day):
    assert weekday(given) == day


@pytest.mark.parametrize("given", [7, -1, "Funday", "", None, 1.0, True])
def test_what_is_no_weekday_is_named(given):
    with pytest.raises(ValueError, match=r"weekday .*expected MO, TU, .* or 0 \(Monday\) to 6 \(Sunday\)"):
        weekday(given)


@pytest.mark.parametrize(
    ("given", "total"), [("09:00", 540), ("9:30", 570), ("24:00", 1440), ("17:15:00", 1035), (600, 600)]
)
def test_times_of_day_are_minutes_since_midnight(given, total):
    assert minutes(given) == total
    assert minutes(clock(total)) == total


@pytest.mark.parametrize("given", ["9", "25:00", "12:60", "nine", "24:01", -5, True, "12:3"])
def test_what_is_no_time_of_day_is_named(given):
    with pytest.raises(ValueError, match="time of day"):
        minutes(given)


def test_windows_that_touch_cover_what_spans_them_and_a_gap_does_not():
    touching = (Window("MO", 600, 660), Window("MO", 660, 720))
    assert covers(touching, "MO", 630, 700)
    assert not covers((Window("MO", 600, 660), Window("MO", 665, 720)), "MO", 630, 700)
    assert not covers(touching, "TU", 630, 700)


def test_the_peak_of_tactics_and_timetables_is_one():
    assert hours_in_words(PEAK) == "6 to 8 am and 5 to 7 pm"
    assert {window.weekday for window in PEAK} == set(schema.WEEKDAYS[:5])
    assert hours_in_words((Window("MO", 660, 780),)) == "11 to 1 pm"
