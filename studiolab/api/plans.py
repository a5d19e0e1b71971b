"""Data in and plans out over HTTP: an export's bytes, a plan on a calendar, a message to Slack (K1.31, B-79)."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import Field

from studiolab.api.auth import Asker, needs
from studiolab.api.records import NAMED
from studiolab.api.revenue import ASKED, Bench, problem
from studiolab.app import Imported
from studiolab.revenue_simulator.questions import Question
from studiolab.revenue_simulator.replies import Answer
from studiolab.revenue_simulator.schedule import Schedule

MOST_BYTES = 100 * 2**20

router = APIRouter(
    tags=["plans and data"],
    responses={401: problem("no token, or a wrong one"), 403: problem("a page of another address, or a role, asks"),
               503: problem("there are no data yet, or a service outside does not answer")},
)  # fmt: skip
PlanId = Annotated[str, Path(min_length=1, max_length=100, description="scenario id of a saved plan")]
Start = Annotated[date | None, Query(description="first day; the first of the plan's first month by default",
                                     ge=date(1990, 1, 1), le=date(2199, 12, 31))]  # fmt: skip
Text = Annotated[str | None, Query(max_length=200)]
FILE = {"schema": {"type": "string", "format": "binary"}}
BODY = {"requestBody": {"required": True, "content": {"text/csv": FILE, "application/octet-stream": FILE}}}
ICS = {200: {"content": {"text/calendar": {}}, "description": "a day for each task"}}


class ToSlack(Question):
    """What to send: a saved scenario, or a studio's insights."""

    scenario_id: str | None = Field(None, min_length=1, max_length=100)
    studio_id: str | None = Field(None, min_length=1, max_length=200)


class Told(Answer):
    """What the channel got."""

    title: str


@router.get("/plans/{plan_id}/schedule", responses=NAMED)
def schedule(workbench: Bench, plan_id: PlanId, start: Start = None) -> Schedule:
    """A saved plan's tasks, week by week, each with who does it."""
    return workbench.schedule(plan_id, start)


@router.get("/plans/{plan_id}/schedule.ics", response_class=Response, responses=NAMED | ICS)
def schedule_file(workbench: Bench, plan_id: PlanId, start: Start = None) -> Response:
    """The same as a calendar file."""
    named = {"Content-Disposition": 'attachment; filename="plan.ics"'}
    return Response(workbench.calendar(plan_id, start), media_type="text/calendar", headers=named)


@router.post("/share/slack", responses=ASKED, dependencies=[needs("share")])
def to_slack(workbench: Bench, user: Asker, what: ToSlack) -> Told:
    """Send a saved scenario or a studio's insights to the Slack channel that is set up."""
    return Told(title=workbench.tell_slack(user.name, what.scenario_id, what.studio_id))


@router.post("/data/import", responses={413: problem("more than 100 MB"), 422: ASKED[422]}, openapi_extra=BODY,
             dependencies=[needs("share")])  # fmt: skip
async def import_(
    request: Request,
    workbench: Bench,
    file_name: Annotated[str, Query(min_length=1, max_length=200, examples=["sales.csv"])],
    studio_id: Text = None,
    currency: Annotated[str | None, Query(pattern="^[A-Z]{3}$")] = None,
    timezone: Text = None,
    mapping: Annotated[str | None, Query(max_length=200, description="a shipped one's name, e.g. mindbody")] = None,
    table: Text = None,
    preview: bool = False,
    correct: bool = False,
) -> Imported:
    """Bring in an export: the body is the file. What is rejected is kept with line and reason; the same file twice
    changes nothing. The model is renewed at the next question."""
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > MOST_BYTES:
            return Response('{"detail":"the file has more than 100 MB; use `studiolab import`"}', 413,
                            media_type="application/json")  # fmt: skip
    given = {"studio_id": studio_id, "currency": currency, "timezone": timezone, "mapping": mapping, "table": table}
    return await run_in_threadpool(workbench.import_bytes, file_name, bytes(content), preview, correct=correct, **given)
