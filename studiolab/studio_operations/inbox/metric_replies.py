"""What all faces say of how the inbox does."""

from datetime import date, datetime

from pydantic import Field

from studiolab.studio_operations.inbox.replies import Answer


class DayTold(Answer):
    """A day at the studio."""

    day: date
    received: int
    sent: int
    waiting: int = Field(description="conversations without an answer at the end of the day")


class ChannelTold(Answer):
    """Messages over one channel."""

    channel: str
    received: int
    sent: int


class ResponseTold(Answer):
    """How soon questions were answered; hours are empty where none was."""

    group: str = Field(description="all, or a channel")
    questions: int
    answered: int
    waiting: int
    clock_median: float | None = Field(description="hours by the clock")
    clock_p90: float | None
    open_median: float | None = Field(description="opening hours between question and answer")
    open_p90: float | None
    within_hour: float | None = Field(description="share of the answered that were within an opening hour")


class FunnelTold(Answer):
    """People who first wrote in the time, and how far they came."""

    channel: str = Field(description="all, or the channel of their first message")
    people: int
    stages: dict[str, int] = Field(description="how many reached each stage, by now")
    joined: float | None = Field(description="share")
    joined_low: float | None = Field(description="low to high holds the share in 95 of 100 cases")
    joined_high: float | None


class WorkTold(Answer):
    """What one person did; an empty name are answers written elsewhere, as on the studio's own phone."""

    user: str
    sent: int
    answered: int
    hours: float | None = Field(description="median to their answers, by the clock")
    open: int = Field(description="open conversations that are theirs")


class SpanTold(Answer):
    """A time of a weekday at which somebody answers."""

    weekday: str = Field(max_length=20, description="MO to SU")
    start: str = Field(max_length=20, description="HH:MM at the studio")
    end: str = Field(max_length=20, description="HH:MM, up to 24:00")


class HoursTold(Answer):
    """The opening hours in which answers are due."""

    studio_id: str
    is_usual: bool = Field(description="the studio has set none of its own")
    text: str = Field(description="the same as days and times; days that are not named are closed")
    hours: list[SpanTold]
    changed_at: datetime | None
    by: str


class InboxMetrics(Answer):
    """How the inbox did in the last days."""

    success: bool = True
    studio_id: str
    start: datetime
    end: datetime
    received: int
    sent: int
    waiting: int = Field(description="conversations that wait for an answer now")
    oldest_waiting_since: datetime | None
    days: list[DayTold]
    channels: list[ChannelTold] = Field(description="those with messages, the busiest first; they add to the totals")
    first_responses: list[ResponseTold] = Field(description="of the first question of each person")
    responses: list[ResponseTold] = Field(description="of every question")
    funnel: list[FunnelTold]
    workload: list[WorkTold]
    hours: HoursTold = Field(description="opening hours that the figures count in")
    says: str = Field(description="what to know in a sentence")
