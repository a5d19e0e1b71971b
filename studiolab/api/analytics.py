"""Figures over HTTP, `/api/analytics` (D-26): how a studio's inbox does, and the hours that it counts in."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from studiolab.api.auth import Asker, needs
from studiolab.api.revenue import Bench, problem
from studiolab.api.scheduling import Studio
from studiolab.studio_operations.inbox.metric_replies import HoursTold, InboxMetrics, SpanTold

router = APIRouter(
    prefix="/analytics",
    tags=["analytics"],
    responses={401: problem("no token, or a wrong one"), 403: problem("a page of another address, or a role, asks"),
               404: problem("no such studio"), 503: problem("the database does not answer"),
               422: problem("what came, what was expected, and where")},
)  # fmt: skip


class HoursGiven(BaseModel):
    """Opening hours; null takes the studio's own back."""

    model_config = ConfigDict(extra="forbid")
    hours: list[SpanTold] | None = Field(
        max_length=70, description="those of a day do not overlap; other days are closed"
    )


@router.get("/inbox")
def inbox(
    workbench: Bench,
    studio: Studio,
    days: Annotated[int, Query(ge=1, le=366, description="days at the studio, the last one that of `end`")] = 28,
    end: Annotated[AwareDatetime | None, Query(description="what came later does not count; now by default")] = None,
) -> InboxMetrics:
    """Messages a day, how soon people are answered, who joins, what waits, and who does the work."""
    return workbench.inbox_metrics(studio, days, end)


@router.get("/inbox/hours")
def hours(workbench: Bench, studio: Studio) -> HoursTold:
    """The opening hours in which answers are due."""
    return workbench.inbox_hours(studio)


@router.put("/inbox/hours", dependencies=[needs("channels")])
def set_hours(workbench: Bench, studio: Studio, user: Asker, given: HoursGiven) -> HoursTold:
    """Set them; figures count in them from then on."""
    spans = None if given.hours is None else [(one.weekday, one.start, one.end) for one in given.hours]
    return workbench.set_inbox_hours(studio, spans, user.name)
