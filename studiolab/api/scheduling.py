"""The timetable over HTTP, `/api/scheduling/…` (S3 "Class Scheduling", D-32, K3.10).

Three kinds of no are told apart: 422 where the question cannot be; 200 with the status "infeasible" or "out of time"
where it was answered and not all could be placed; 409 where a week is not saved, for a rule it breaks or for another
that was saved meanwhile. Who may look may also ask for a proposal; owners and managers change what is kept.
"""

import threading
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from studiolab.api.auth import Asker, needs
from studiolab.api.revenue import Bench, problem
from studiolab.app import Busy
from studiolab.studio_operations.timetable import questions, replies

MOST_BYTES = 20 * 2**20
AT_ONCE = threading.BoundedSemaphore(2)  # solves

router = APIRouter(
    prefix="/scheduling", tags=["timetable"],
    responses={401: problem("no token, or a wrong one"), 403: problem("a page of another address, or a role, asks"),
               404: problem("no such studio, class or instructor"), 503: problem("the database does not answer"),
               422: problem("what came, what was expected, and where")},
)  # fmt: skip
WRITES = [needs("timetable")]
REFUSED = {409: problem("the week breaks a rule, each in a sentence; or another was saved meanwhile")}
CALENDAR = {"schema": {"type": "string", "format": "binary"}}
ICS = {200: {"content": {"text/calendar": {}}, "description": "a weekly series for each class"}}
BODY = {"requestBody": {"required": True, "content": {"text/calendar": CALENDAR, "application/octet-stream": CALENDAR}}}
OfDay = Annotated[questions.Clock | None, Query()]


def _studio(
    workbench: Bench,
    studio_id: Annotated[str | None, Query(min_length=1, max_length=200, description="the only one by default")] = None,
):
    return workbench.the_studio(studio_id)


Studio = Annotated[str, Depends(_studio)]


@router.get("/classes")
def classes(workbench: Bench, studio: Studio) -> list[replies.ClassTold]:
    """The classes that are held once a week: as they were defined, else as the last four weeks' schedule tells them."""
    return workbench.timetable_classes(studio)


@router.post("/classes", dependencies=WRITES)
def save_class(workbench: Bench, studio: Studio, user: Asker, given: questions.ClassGiven) -> replies.ClassTold:
    """A new class, or with its id another one changed."""
    return workbench.save_class(studio, given, user.name)


@router.get("/rooms")
def rooms(workbench: Bench, studio: Studio) -> list[replies.RoomTold]:
    """The rooms whose capacity is known."""
    return workbench.timetable_rooms(studio)


@router.post("/rooms", dependencies=WRITES)
def save_room(workbench: Bench, studio: Studio, user: Asker, given: questions.RoomGiven) -> replies.RoomTold:
    """A new room, or with its id another one changed."""
    return workbench.save_room(studio, given, user.name)


@router.get("/instructors")
def instructors(workbench: Bench, studio: Studio) -> list[replies.InstructorTold]:
    """Who teaches what, and when."""
    return workbench.timetable_instructors(studio)


@router.post("/instructors", dependencies=WRITES)
def save_instructor(
    workbench: Bench, studio: Studio, user: Asker, given: questions.InstructorGiven
) -> replies.InstructorTold:
    """A new instructor, or with its id another one changed."""
    return workbench.save_instructor(studio, given, user.name)


@router.post("/instructors/{instructor_id}/availability", dependencies=WRITES)
def availability(
    workbench: Bench,
    studio: Studio,
    user: Asker,
    instructor_id: Annotated[str, Path(min_length=1, max_length=200)],
    given: questions.AvailabilityGiven,
) -> replies.InstructorTold:
    """All windows in which an instructor may teach; they take the place of the old ones."""
    return workbench.set_availability(studio, instructor_id, given.availability, user.name)


@router.get("/schedule")
def schedule(workbench: Bench, studio: Studio) -> replies.SavedWeek:
    """The saved week, else the one that is held; with its points and what breaks a rule."""
    return workbench.timetable_week(studio)


@router.post("/schedule/check")
def check(workbench: Bench, studio: Studio, week: questions.WeekGiven) -> replies.SavedWeek:
    """What a week is worth, and what in it breaks a rule; nothing is saved."""
    return workbench.timetable_week(studio, week.placed(), **week.options.given())


@router.post("/schedule", responses=REFUSED, dependencies=WRITES)
@router.post("/optimize/save", responses=REFUSED, dependencies=WRITES)
def save(workbench: Bench, studio: Studio, user: Asker, week: questions.WeekGiven) -> replies.Saved:
    """This week takes the place of the saved one, and is in the ledger; a proposal's placements may be sent as they
    came."""
    return workbench.save_timetable(studio, week.placed(), user.name, week.note, week.made_from, **week.options.given())


@router.post("/optimize", responses={409: problem("two timetables are being looked for already")})
def optimize(workbench: Bench, studio: Studio, request: questions.OptimizeRequest) -> replies.OptimizeResponse:
    """The best week found in the seconds asked for, and what no week can exceed."""
    if not AT_ONCE.acquire(blocking=False):
        raise Busy("two timetables are being looked for already; ask again in a minute")
    try:
        return workbench.propose_timetable(studio, request)
    finally:
        AT_ONCE.release()


@router.post("/suggest")
def suggest(workbench: Bench, studio: Studio, request: questions.SuggestRequest) -> replies.SuggestResponse:
    """When a class would fit best beside the week as it is, each time with its reason; or why there is none."""
    return workbench.suggest_times(studio, request)


@router.post("/why")
def why(workbench: Bench, studio: Studio, request: questions.WhyRequest) -> list[replies.WhyTold]:
    """Why classes have no place, and what would give them one."""
    placed = None if request.placements is None else [one.placement() for one in request.placements]
    return workbench.explain_timetable(studio, request.class_ids, placed, **request.options.given())


@router.post("/pins", dependencies=WRITES)
def pin(workbench: Bench, studio: Studio, user: Asker, given: questions.PinGiven) -> questions.PinGiven:
    """What of a class's place is settled; with the class alone, all of its place in the saved week."""
    where = given.weekday, given.start, given.room_id, given.instructor_id
    found = workbench.pin_class(studio, given.class_id, user.name, *where)
    return questions.PinGiven(**replies.told_pin(found))


@router.delete("/pins/{class_id}", dependencies=WRITES, status_code=204)
def unpin(
    workbench: Bench, studio: Studio, user: Asker, class_id: Annotated[str, Path(min_length=1, max_length=200)]
) -> None:
    """A class may go anywhere again."""
    workbench.unpin_class(studio, class_id, user.name)


@router.get("/conflicts")
def conflicts(
    workbench: Bench, studio: Studio, opening_time: OfDay = None, closing_time: OfDay = None
) -> replies.ConflictsResponse:
    """What cannot be in the imported schedule, of the last four weeks on, and in the saved week."""
    hours = {"opening_time": opening_time, "closing_time": closing_time}
    return workbench.timetable_conflicts(studio, **{name: time for name, time in hours.items() if time is not None})


@router.get("/calendar.ics", response_class=Response, responses=ICS)
def calendar(workbench: Bench, studio: Studio) -> Response:
    """The saved week as a calendar file."""
    named = {"Content-Disposition": 'attachment; filename="timetable.ics"'}
    return Response(workbench.export_calendar(studio), media_type="text/calendar", headers=named)


@router.post("/calendar/import", responses={413: problem("more than 20 MB")}, openapi_extra=BODY, dependencies=WRITES)
async def import_calendar(request: Request, workbench: Bench, studio: Studio) -> replies.CalendarImported:
    """Bring in a calendar: the body is the .ics file. What is rejected is kept with its line."""
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > MOST_BYTES:
            return Response('{"detail":"the calendar has more than 20 MB; use `studiolab timetable import`"}', 413,
                            media_type="application/json")  # fmt: skip
    return await run_in_threadpool(workbench.import_calendar, studio, bytes(content))
