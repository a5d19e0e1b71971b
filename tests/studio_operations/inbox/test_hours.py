import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiolab.studio_calendar import WEEKDAYS, daily
from studiolab.studio_operations.inbox import hours

BERLIN = "Europe/Berlin"
START = pd.Timestamp("2026-05-04 09:00", tz=BERLIN)  # a Monday
OPEN = hours.checked([("MO", "09:00", "20:00"), ("TU", "10:00", "12:00")])
TEXT = "MO-FR 09:00-12:30, 16:00-20:00; SA 10:00-14:00"

weeks = st.lists(
    st.tuples(st.sampled_from(WEEKDAYS), st.lists(st.integers(0, 1440), min_size=2, max_size=6, unique=True)),
    min_size=1, max_size=7, unique_by=lambda one: one[0],
).map(lambda drawn: hours.checked(
    (day, a, b) for day, at in drawn for a, b in zip(*[iter(sorted(at))] * 2, strict=False)))  # fmt: skip


def test_opening_hours_between_two_moments():
    opening = hours.Opening(OPEN, BERLIN)
    assert opening.seconds(START + pd.Timedelta(hours=10), START + pd.Timedelta(hours=26)) == 2 * 3600
    assert opening.seconds(START + pd.Timedelta(hours=30), START + pd.Timedelta(days=6)) == 0
    assert opening.seconds(START, START + pd.Timedelta(days=7)) == 13 * 3600


@given(weeks, st.lists(st.floats(0, 300), min_size=3, max_size=3).map(sorted))
def test_opening_hours_add_up(week, drawn):
    a, b, c = (START + pd.Timedelta(hours=one) for one in drawn)
    opening = hours.Opening(week, BERLIN)
    assert np.isclose(opening.seconds(a, b) + opening.seconds(b, c), opening.seconds(a, c), atol=1e-3)


@given(weeks)
def test_a_week_has_as_many_hours_as_its_spans(week):
    monday = pd.Timestamp("2026-05-04", tz=BERLIN)
    told = hours.Opening(week, BERLIN).seconds(monday, monday + pd.Timedelta(days=7))
    assert told == 60 * sum(one.end - one.start for one in week)


@given(weeks)
def test_what_is_said_in_words_is_read_as_the_same_hours(week):
    assert hours.read(hours.in_words(week)) == week


def test_hours_are_read_as_people_type_them():
    week = hours.read(TEXT)
    assert hours.in_words(week) == TEXT
    assert hours.read("monday – Friday: 9:00-12:30,16:00–20:00 ; SA 10:00-14:00; Sunday closed;") == week
    assert hours.read("SA-MO 10:00-24:00") == daily("10:00", "24:00", ("MO", "SA", "SU"))
    assert hours.in_words(hours.USUAL) == "MO-SU 09:00-20:00"


@pytest.mark.parametrize(("text", "says"), [
    ("", "no day is open"), ("SU closed", "no day is open"), ("MO", "'MO' is not understood; expected days and times"),
    ("XX 09:00-10:00", "weekday 'XX'; expected MO, TU"), ("MO 9-12", "time of day '9'; expected HH:MM"),
    ("MO 09:00", "'09:00' is no span of time"), ("MO 09:00-25:00", "expected 00:00 to 24:00"),
    ("MO 20:00-09:00", "MO 20:00-09:00 does not end after it begins; hours over midnight are two spans"),
    ("MO 09:00-13:00, 12:00-20:00", "MO 09:00-13:00 and 12:00-20:00 overlap"),
    ("MO-WE 09:00-13:00; TU 12:00-14:00", "TU 09:00-13:00 and 12:00-14:00 overlap"),
])  # fmt: skip
def test_hours_that_cannot_be_are_refused_in_a_sentence(text, says):
    with pytest.raises(ValueError, match=says):
        hours.read(text)
