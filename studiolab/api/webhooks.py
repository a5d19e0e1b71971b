"""What channels call: the only routes without a token, for who calls proves it by a signature (D-31, K3.7)."""

import asyncio
import hmac
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import PlainTextResponse, Response

from studiolab.app import WrongSignature

MOST_BYTES = 4 * 2**20  # Meta sends 3 MB at most

router = APIRouter(prefix="/integrations/webhook", tags=["channels"])
Meta = Literal["whatsapp", "instagram"]


@router.post("/sms")
@router.post("/sms/status")
async def sms(request: Request, outbox: Annotated[str | None, Query(max_length=200)] = None) -> Response:
    """A text message from Twilio, or the status of one that we sent; nothing is answered."""
    body = await _body(request)
    host, asked = request.app.state.workbench.settings.public_host, request.url
    called = str(asked.replace(scheme="https", netloc=host) if host else asked)  # as Twilio has it, before our proxy
    signature = request.headers.get("x-twilio-signature")
    return await _kept(request.app.state.workbench.receive_sms, signature, called, body, outbox)


@router.post("/email")
async def email(request: Request, token: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Google's word that a mailbox has something new; 200 says it was read. The token is of the address we gave."""
    return await _kept(request.app.state.workbench.receive_push, token, await _body(request))


@router.get("/{channel}")
def verify(request: Request, channel: Meta) -> PlainTextResponse:
    """Meta's question whether this address is ours: its challenge, if it knows our verify token."""
    asked, settings = request.query_params, request.app.state.workbench.settings
    own = getattr(settings, f"{channel}_verify_token").get_secret_value()
    token = own or settings.whatsapp_verify_token.get_secret_value()
    is_ours = token and hmac.compare_digest(asked.get("hub.verify_token", "").encode(), token.encode())
    if asked.get("hub.mode") != "subscribe" or not is_ours:
        raise HTTPException(403, f"this is not the verify token that {channel.upper()}_VERIFY_TOKEN says")
    return PlainTextResponse(asked.get("hub.challenge", ""))


@router.post("/{channel}")
async def told(request: Request, channel: Meta) -> Response:
    """Messages and statuses of Meta's. 200 says that all of them are on the disk."""
    signature, body = request.headers.get("x-hub-signature-256"), await _body(request)
    return await _kept(request.app.state.workbench.receive, channel, signature, body)


async def _kept(receive, *told):
    try:
        kept = receive(*told)
    except WrongSignature as error:
        raise HTTPException(401, str(error)) from None
    await asyncio.wrap_future(kept)
    return Response()


async def _body(request):
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise HTTPException(413, f"more than {MOST_BYTES:,} bytes")
    return bytes(body)
