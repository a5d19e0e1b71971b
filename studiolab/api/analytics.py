"""Figures over HTTP, `/api/analytics` (D-26): how a studio's inbox does."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from studiolab.api.revenue import Bench, problem
from studiolab.api.scheduling import Studio
from studiolab.studio_operations.inbox.metric_replies import InboxMetrics

router = APIRouter(
    prefix="/analytics",
    tags=["analytics"],
    responses={401: problem("no token, or a wrong one"), 403: problem("a page of another address, or a role, asks"),
               404: problem("no such studio"), 503: problem("the database does not answer"),
               422: problem("what came, what was expected, and where")},
)  # fmt: skip


@router.get("/inbox")
def inbox(
    workbench: Bench,
    studio: Studio,
    days: Annotated[int, Query(ge=1, le=366, description="days at the studio, the last one that of `end`")] = 28,
    end: Annotated[AwareDatetime | None, Query(description="what came later does not count; now by default")] = None,
) -> InboxMetrics:
    """Messages a day, how soon people are answered, who joins, what waits, and who does the work."""
    return workbench.inbox_metrics(studio, days, end)
