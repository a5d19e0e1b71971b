"""Follow-up sequences: what is written to somebody who does not answer, and when (D-45).

A step waits so many hours after the one before it, moves to the next hour at which people like to be written to, and
is not sent to who has answered meanwhile.
"""

import json
from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, field_validator

from studiolab.studio_operations.inbox import canned, windows
from studiolab.studio_operations.inbox.outbox_replies import Template

Name = Annotated[str, Field(min_length=1, max_length=512)]
PLACES = ", ".join(f"{{{one}}}" for one in canned.PLACES)
EARLIEST, LATEST = 9, 20  # hours of the day, at the studio
TAKES = {  # after a day
    "whatsapp": "WhatsApp then takes only an approved template. Name one in the step, or let it follow sooner.",
    "instagram": "Instagram then takes no automatic message. Let it follow sooner, or write yourself.",
}


class Step(BaseModel):
    """One message of a sequence."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    after_hours: float = Field(ge=0, le=24 * 90, description="since the step before, or since the sequence began")
    text: str = Field(min_length=1, max_length=4_000, description=f"{PLACES} are filled in")
    template: Template | Name | None = Field(
        None, description=f"outside WhatsApp's 24 hours; {PLACES} are filled in its values too; or its name alone"
    )

    @field_validator("template")
    @classmethod
    def _has_known_places(cls, template):
        template = Template(name=template) if isinstance(template, str) else template
        for value in template.values if template else ():
            if problem := canned.problem(value) if value.strip() else "a value of a template must not be empty":
                raise ValueError(problem)
        return template


class Sequence(BaseModel):
    """Messages to somebody who does not answer."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=80)
    steps: list[Step] = Field(min_length=1, max_length=10)


def kept(text):
    """`Sequence` of the JSON text that it is kept as; steps had their template's language beside its name at first."""
    told = json.loads(text)
    for step in told["steps"]:
        language, name = step.pop("language", None), step.get("template")
        if language and isinstance(name, str):
            step["template"] = {"name": name, "language": language}
    return Sequence.model_validate(told)


def times(sequence, began, timezone):
    """List of the moment of each step, Timestamps in UTC; timezone : IANA name of the studio's."""
    at, found = began, []
    for step in sequence.steps:
        at = awake(at + timedelta(hours=step.after_hours), timezone)
        found.append(at)
    return found


def too_late(sequence, due, channel, last_inbound, said):
    """Why a step could not be sent when it is due, in a sentence, "" where all can; who writes meanwhile ends it.

    due : of `times`; last_inbound, said : as of `windows.refusal`
    """
    for number, (step, at) in enumerate(zip(sequence.steps, due, strict=True), 1):
        is_template = bool(step.template) and channel == "whatsapp"
        if windows.refusal(channel, last_inbound, at, is_template, True, said):
            when = f"Step {number} of {sequence.name!r} is due {at:%d %b %H:%M} UTC, a day or more after they wrote: "
            return when + TAKES.get(channel, "it could not be sent then.")
    return ""


def awake(at, timezone):
    """`at`, or the next EARLIEST o'clock at the studio where it is not between EARLIEST and LATEST there."""
    local = pd.Timestamp(at).to_pydatetime().astimezone(ZoneInfo(timezone))  # adds days of the calendar, not 24 hours
    if EARLIEST <= local.hour < LATEST:
        return at
    day = local if local.hour < EARLIEST else local + timedelta(days=1)
    return pd.Timestamp(day.replace(hour=EARLIEST, minute=0, second=0, microsecond=0)).tz_convert(at.tzinfo)


def filled(text, name, studio, user=""):
    """A text with the places of canned replies filled; other braces stay as they are. Who has no name is "there"."""
    return canned.filled(text, name or "", studio or "the studio", user, nobody="there")


def filled_template(template, name, studio, user=""):
    """JSON dict of a `Template`, its values filled as `filled` does."""
    values = [filled(one, name, studio, user) for one in template.values]
    return template.model_dump() | {"values": values}
