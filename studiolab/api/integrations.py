"""Channels over HTTP, `/api/integrations` (D-05, D-31): status, connect, disconnect, sync, send.

Who may look sees what is connected; front desk answers people; owners and managers connect.
"""

from html import escape
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from studiolab.api.auth import Asker, needs
from studiolab.api.messages import NewMessage
from studiolab.api.revenue import Bench, problem
from studiolab.api.scheduling import Studio
from studiolab.app import StudiolabError, WrongSignature
from studiolab.schema import CHANNELS
from studiolab.studio_operations.inbox.channel_replies import ChannelTold, Synced
from studiolab.studio_operations.inbox.outbox_replies import Queued

router = APIRouter(
    prefix="/integrations", tags=["channels"],
    responses={401: problem("no token, or a wrong one"), 403: problem("a page of another address, or a role, asks"),
               404: problem("no such studio"), 503: problem("the channel or the database does not answer"),
               422: problem("what came, what was expected, and where")},
)  # fmt: skip
open_router = APIRouter(prefix="/integrations", tags=["channels"])
Channel = Literal[CHANNELS]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Code = Annotated[str, Query(max_length=4000)]
Texts = dict[Name, Annotated[str, Field(max_length=4000)]]
CONNECTS, ANSWERS = [needs("channels")], [needs("share")]


class Asked(BaseModel):
    """Base of the bodies below: nothing unknown."""

    model_config = ConfigDict(extra="forbid")


class ToConnect(Asked):
    """An account, with what `status` says that its channel needs."""

    account: Annotated[str, Field(max_length=200)] = ""
    settings: Texts = Field({}, max_length=20)
    secrets: Texts = Field({}, max_length=20, description="kept in a file of their own, and told nobody")


class ToDisconnect(Asked):
    """Which account, where there is more than one."""

    account: Name | None = None


@router.get("/status")
def status(workbench: Bench, studio: Studio, user: Asker) -> list[ChannelTold]:
    """Every channel: which accounts are connected, what came last, and what stands in the way."""
    return workbench.channel_status(studio, user.may("channels"))


@router.post("/connect/{channel}", dependencies=CONNECTS)
def connect(
    workbench: Bench, studio: Studio, user: Asker, channel: Channel, given: ToConnect | None = None
) -> ChannelTold:
    """Connect an account, once the channel itself has said whose it is.

    A mailbox with the setting `way` "gmail" and no secrets answers with the address where its owner agrees; without an
    account the choice is theirs. So does e-mail without a body where GOOGLE_CLIENT_ID is set.
    """
    is_plain = given in (None, ToConnect()) and bool(workbench.settings.google_client_id)
    given = given or ToConnect()
    if channel == "email" and not given.secrets and (is_plain or given.settings.get("way") == "gmail"):
        return workbench.begin_oauth(studio, given.account, user.name)
    return workbench.connect_channel(studio, channel, given.account, given.settings, given.secrets, user.name)


@router.post("/disconnect/{channel}", dependencies=CONNECTS)
def disconnect(
    workbench: Bench, studio: Studio, user: Asker, channel: Channel, given: ToDisconnect | None = None
) -> ChannelTold:
    """Forget an account's secrets; its messages stay."""
    return workbench.disconnect_channel(studio, channel, given and given.account, user.name)


@router.post("/sync", dependencies=ANSWERS)
def sync(workbench: Bench, studio: Studio, channel: Annotated[Channel | None, Query()] = None) -> list[Synced]:
    """Ask the channels for what is new, each account once."""
    return workbench.sync_channels(studio, channel)


@router.post("/send", dependencies=ANSWERS)
def send(workbench: Bench, studio: Studio, user: Asker, given: NewMessage) -> Queued:
    """Send a message over the channel they wrote last, or another; as `/api/messages` does."""
    more = given.model_dump(exclude={"conversation_id", "text"})
    return workbench.send_message(studio, given.conversation_id, given.text, user.name, **more)


@open_router.get("/callback/email", include_in_schema=False)
def callback(request: Request, code: Code = "", state: Code = "", error: Code = ""):
    """Where Google sends who has agreed that a mailbox is read; `state`, which we signed, says who that was."""
    if error or not code:
        return HTMLResponse("<p>The mailbox is not connected: its owner did not agree.</p>", 400)
    try:
        request.app.state.workbench.oauth_callback(code, state, and_read=True)
    except WrongSignature as refused:
        return HTMLResponse(f"<p>The mailbox is not connected: {escape(str(refused))}.</p>", 401)
    except (StudiolabError, ValueError) as fault:
        return HTMLResponse(f"<p>The mailbox is not connected: {escape(str(fault))}</p>", 422)
    return HTMLResponse("<p>The mailbox is connected. You may close this page.</p>")
