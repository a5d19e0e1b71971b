import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiolab.studio_operations.inbox import sequences
from studiolab.studio_operations.inbox.sequences import Sequence, Step

BERLIN = "Europe/Berlin"
moments = st.integers(0, 2 * 365 * 24 * 60).map(
    lambda minutes: pd.Timestamp("2025-01-01", tz="UTC") + pd.Timedelta(minutes=minutes)
)


@given(moments)
def test_nobody_is_written_to_at_night_or_before_time(at):
    found = sequences.awake(at, BERLIN)
    assert at <= found <= at + pd.Timedelta(hours=14)
    assert sequences.EARLIEST <= found.tz_convert(BERLIN).hour < sequences.LATEST
    assert sequences.awake(found, BERLIN) == found


@given(moments, st.lists(st.floats(0, 200), min_size=1, max_size=5))
def test_steps_follow_one_another(began, hours):
    plan = Sequence(name="trial", steps=[Step(after_hours=one, text="Hello") for one in hours])
    found = sequences.times(plan, began, BERLIN)
    for before, at, pause in zip([began, *found[:-1]], found, hours, strict=True):
        assert at - before >= pd.Timedelta(hours=pause) - pd.Timedelta("1us")


def test_the_next_morning_is_the_next_one_when_the_night_is_an_hour_short():
    late = pd.Timestamp("2026-03-28 23:30", tz=BERLIN)
    assert sequences.awake(late, BERLIN) == pd.Timestamp("2026-03-29 09:00", tz=BERLIN)


def test_a_name_is_filled_in_and_nothing_else():
    assert sequences.filled("Hi {first_name}, {studio} {price}", "Ana Ríos", "Room") == "Hi Ana, Room {price}"
    assert sequences.filled("Hi {first_name}", "  ", "Room") == "Hi there"


def test_a_template_of_a_step_has_its_gaps_filled_none_of_them_with_nothing():
    told = {"name": "waits", "language": "de", "values": ["{first_name}", "{studio}"]}
    template = Step(after_hours=1, text="Hi", template=told).template
    assert sequences.filled_template(template, "+49 151 11", "Room") == told | {"values": ["there", "Room"]}
    for value, said in (("{price}", "nothing to put in the place of {price}"), (" ", "must not be empty")):
        with pytest.raises(ValueError, match=said):
            Step(after_hours=1, text="Hi", template=told | {"values": [value]})


@pytest.mark.parametrize(
    ("told", "kept"),
    [({"template": "waits", "language": "de"}, ("waits", "de")), ({"template": "waits"}, ("waits", "en")),
     ({"template": None, "language": "en"}, None), ({"template": {"name": "a", "language": "es"}}, ("a", "es"))],
)  # fmt: skip
def test_a_step_that_was_kept_before_templates_had_values_is_read(told, kept):
    step = {"after_hours": 1, "text": "Hi"} | told
    template = sequences.kept(json.dumps({"name": "x", "steps": [step]})).steps[0].template
    assert (template and (template.name, template.language)) == kept


def test_a_sequence_without_steps_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        Sequence(name="x", steps=[])


def test_a_step_of_nothing_but_spaces_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        Step(after_hours=1, text="  \n")
