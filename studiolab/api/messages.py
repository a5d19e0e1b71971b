"""Messages to people over HTTP, `/api/messages` (D-28, D-45): sent at once, later, or unless they answer before."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from studiolab.api.auth import Asker, needs
from studiolab.api.revenue import Bench, problem
from studiolab.api.scheduling import Studio
from studiolab.studio_operations.inbox.outbox_replies import Queued, ToSend
from studiolab.studio_operations.inbox.sequences import Sequence

router = APIRouter(
    tags=["messages"],
    responses={401: problem("no token, or a wrong one"), 403: problem("a page of another address, or a role, asks"),
               404: problem("no such studio, contact, message or sequence"),
               422: problem("what came, what was expected, and where"), 503: problem("the database does not answer")},
)  # fmt: skip
WRITES = [needs("share")]
Id = Annotated[str, Path(min_length=1, max_length=200)]
MessageId = Annotated[str, Path(min_length=1, max_length=2000)]
SHUT = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "private, no-store"}  # fmt: skip
FILE = {
    200: {"description": "the file's bytes", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
}


class NewMessage(ToSend):
    """A message, and who it is for."""

    conversation_id: str = Field(min_length=1, max_length=200, description="or the contact's id, which is the same")


@router.post("/messages", dependencies=WRITES)
def send(workbench: Bench, studio: Studio, user: Asker, given: NewMessage) -> Queued:
    """Send a message, or keep it until it is due."""
    more = given.model_dump(exclude={"conversation_id", "text"})
    return workbench.send_message(studio, given.conversation_id, given.text, user.name, **more)


@router.get("/messages/outbox")
def outbox(
    workbench: Bench, studio: Studio, contact_id: Annotated[str | None, Query(max_length=200)] = None
) -> list[Queued]:
    """What waits, failed, or of which it is not known whether it arrived."""
    return workbench.outbox(studio, contact_id)


@router.get("/messages/outbox/{outbox_id}")
def queued(workbench: Bench, outbox_id: Id) -> Queued:
    """What became of one message."""
    return workbench.queued(outbox_id)


@router.delete("/messages/outbox/{outbox_id}", dependencies=WRITES)
def withdraw(workbench: Bench, user: Asker, outbox_id: Id) -> Queued:
    """Do not send it after all."""
    return workbench.withdraw_message(outbox_id, user.name)


@router.post("/messages/outbox/{outbox_id}/again", dependencies=WRITES)
def again(workbench: Bench, user: Asker, outbox_id: Id) -> Queued:
    """Send what failed, or did not arrive."""
    return workbench.send_again(outbox_id, user.name)


@router.get("/messages/{message_id:path}/media", response_class=Response, responses=FILE)
def media(
    workbench: Bench, studio: Studio, message_id: MessageId, number: Annotated[int, Query(ge=1, le=1000)] = 1
) -> Response:
    """The picture, recording or file of a message, asked of its channel now; number: which of several, from 1.

    A file is for keeping; shown in place are only pictures, recordings and videos, by their own first bytes.
    """
    found = workbench.message_media(studio, message_id, number)
    way = "inline" if found.is_shown else "attachment"
    named = {"Content-Disposition": f"{way}; filename*=UTF-8''{quote(found.name, safe='')}"}
    return Response(found.data, media_type=found.mime_type, headers=SHUT | named)


@router.get("/sequences")
def sequences(workbench: Bench, studio: Studio) -> list[Sequence]:
    """Follow-up sequences."""
    return workbench.sequences(studio)


@router.put("/sequences", dependencies=WRITES)
def save_sequence(workbench: Bench, studio: Studio, user: Asker, given: Sequence) -> Sequence:
    """A new sequence, or another one of the same name."""
    return workbench.save_sequence(studio, given, user.name)


@router.post("/sequences/{name}/{contact_id}", dependencies=WRITES)
def start(workbench: Bench, studio: Studio, user: Asker, name: Id, contact_id: Id) -> list[Queued]:
    """Begin a sequence for a person who does not answer."""
    return workbench.start_sequence(studio, contact_id, name, user.name)


@router.delete("/sequences/{name}/{contact_id}", dependencies=WRITES)
def stop(workbench: Bench, studio: Studio, user: Asker, name: Id, contact_id: Id) -> list[Queued]:
    """End a sequence for a person; what is withdrawn."""
    return workbench.stop_sequence(studio, contact_id, name, user.name)
