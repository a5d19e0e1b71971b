"""Conversations over HTTP, `/api/conversations` (D-28): whoever may look reads them, and who may share changes."""

from typing import Annotated, Literal

import pandas as pd
from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from studiolab.api.auth import Asker, needs
from studiolab.api.revenue import Bench, problem
from studiolab.api.scheduling import Studio
from studiolab.schema import CHANNELS, LEAD_STATUSES
from studiolab.studio_operations.inbox import replies

router = APIRouter(
    tags=["inbox"],
    responses={401: problem("no token, or a wrong one"), 403: problem("a page of another address, or a role, asks"),
               404: problem("no such studio or contact"), 503: problem("the database does not answer"),
               422: problem("what came, what was expected, and where")},
)  # fmt: skip
WRITES = [needs("share")]
Id = Annotated[str, Path(min_length=1, max_length=200)]
Words = Annotated[str, Query(max_length=200, description="words that the card and one message must hold")]
Text = Annotated[str | None, Query(max_length=200)]
Page = Annotated[int, Query(ge=1, le=500)]
Offset = Annotated[int, Query(ge=0, le=10**9)]
Stage, Channel = Literal[LEAD_STATUSES], Literal[CHANNELS]
State = Literal["open", "waiting", "unread", "snoozed", "closed", "all", "people"]


class Asked(BaseModel):
    """Base of the bodies below: nothing unknown."""

    model_config = ConfigDict(extra="forbid")


class ToAssign(Asked):
    """Whose a conversation is; empty: nobody's."""

    to: str = Field("", max_length=100, description="user name")


class ToSnooze(Asked):
    """Until when a conversation is put off; empty: no longer."""

    until: AwareDatetime | None = None


class ToClose(Asked):
    """Whether a conversation is closed; it opens when they write again."""

    is_closed: bool = True


class ToRead(Asked):
    """Up to when everything was read, all by default; or that their last message was not."""

    to: AwareDatetime | None = None
    is_read: bool = True


class CannedText(Asked):
    """A reply to use again, with {first_name}, {name}, {studio} and {user}; with no text it is gone."""

    text: str = Field("", max_length=4096)
    language: str | None = Field(None, max_length=35)


class Filled(BaseModel):
    """A canned reply for one person, to be looked over and sent."""

    text: str


@router.get("/conversations")
def conversations(
    workbench: Bench,
    studio: Studio,
    search: Words = "",
    channel: Channel | None = None,
    stage: Stage | None = None,
    assigned: Text = None,
    label: Text = None,
    state: State = "open",
    limit: Page = 50,
    offset: Offset = 0,
) -> replies.Conversations:
    """A studio's conversations, the newest first."""
    return workbench.conversations(studio, search, channel, stage, assigned, label, state, limit, offset)


@router.get("/conversations/{conversation_id}")
def conversation(
    workbench: Bench,
    studio: Studio,
    conversation_id: Id,
    before: Annotated[AwareDatetime | None, Query(description="messages sent earlier; all by default")] = None,
    limit: Page = 200,
) -> replies.Conversation:
    """One person's messages over all channels, the oldest first, and who they are."""
    return workbench.conversation(studio, conversation_id, before and pd.Timestamp(before), limit)


@router.put("/conversations/{conversation_id}/assign", dependencies=WRITES)
def assign(workbench: Bench, studio: Studio, user: Asker, conversation_id: Id, given: ToAssign) -> replies.ContactTold:
    """Give a conversation to a user."""
    return workbench.assign(studio, conversation_id, given.to, user.name)


@router.put("/conversations/{conversation_id}/snooze", dependencies=WRITES)
def snooze(workbench: Bench, studio: Studio, user: Asker, conversation_id: Id, given: ToSnooze) -> replies.ContactTold:
    """Put a conversation off, or until they write."""
    return workbench.snooze(studio, conversation_id, given.until and pd.Timestamp(given.until), user.name)


@router.put("/conversations/{conversation_id}/close", dependencies=WRITES)
def close(workbench: Bench, studio: Studio, user: Asker, conversation_id: Id, given: ToClose) -> replies.ContactTold:
    """Close a conversation, or open it."""
    return workbench.close_conversation(studio, conversation_id, given.is_closed, user.name)


@router.put("/conversations/{conversation_id}/read", dependencies=WRITES)
def read(workbench: Bench, studio: Studio, user: Asker, conversation_id: Id, given: ToRead) -> replies.ContactTold:
    """Messages were read, or the last one is to count as unread."""
    if not given.is_read:
        return workbench.mark_unread(studio, conversation_id, user.name)
    return workbench.mark_read(studio, conversation_id, user.name, given.to and pd.Timestamp(given.to))


@router.get("/canned-replies")
def canned_replies(workbench: Bench, studio: Studio) -> list[replies.CannedReply]:
    """Replies to use again, by name."""
    return workbench.canned_replies(studio)


@router.put("/canned-replies/{name}", dependencies=WRITES)
def save_canned_reply(
    workbench: Bench, studio: Studio, user: Asker, name: Annotated[str, Path(min_length=1, max_length=100)],
    given: CannedText,
) -> replies.CannedReply | None:  # fmt: skip
    """Keep one, or with no text take it away."""
    return workbench.save_canned_reply(studio, name, given.text, user.name, given.language)


@router.get("/conversations/{conversation_id}/canned-replies/{name}")
def filled_reply(
    workbench: Bench, studio: Studio, user: Asker, conversation_id: Id,
    name: Annotated[str, Path(min_length=1, max_length=100)],
) -> Filled:  # fmt: skip
    """One with its places filled in."""
    return Filled(text=workbench.filled_reply(studio, name, conversation_id, user.name))
