"""Follow-up sequences: what is written to somebody who does not answer, and when (D-45).

A step waits so many hours after the one before it, moves to the next hour at which people like to be written to, and
is not sent to who has answered meanwhile.
"""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

EARLIEST, LATEST = 9, 20  # hours of the day, at the studio


class Step(BaseModel):
    """One message of a sequence."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    after_hours: float = Field(ge=0, le=24 * 90, description="since the step before, or since the sequence began")
    text: str = Field(min_length=1, max_length=4_000, description="{first_name} and {studio} are filled in")
    template: str | None = Field(None, max_length=200, description="name of the template outside WhatsApp's 24 hours")
    language: str = Field("en", max_length=10, description="of the template")


class Sequence(BaseModel):
    """Messages to somebody who does not answer."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=80)
    steps: list[Step] = Field(min_length=1, max_length=10)


def times(sequence, began, timezone):
    """List of the moment of each step, Timestamps in UTC; timezone : IANA name of the studio's."""
    at, found = began, []
    for step in sequence.steps:
        at = awake(at + timedelta(hours=step.after_hours), timezone)
        found.append(at)
    return found


def awake(at, timezone):
    """`at`, or the next EARLIEST o'clock at the studio where it is not between EARLIEST and LATEST there."""
    local = pd.Timestamp(at).to_pydatetime().astimezone(ZoneInfo(timezone))  # adds days of the calendar, not 24 hours
    if EARLIEST <= local.hour < LATEST:
        return at
    day = local if local.hour < EARLIEST else local + timedelta(days=1)
    return pd.Timestamp(day.replace(hour=EARLIEST, minute=0, second=0, microsecond=0)).tz_convert(at.tzinfo)


def filled(text, name, studio):
    """A text with {first_name} and {studio}; other braces stay as they are. Without a name, "there"."""
    first = (name or "").split()[0] if (name or "").strip() else "there"
    return text.replace("{first_name}", first).replace("{studio}", studio or "the studio")
