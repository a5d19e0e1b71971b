"""A request to a channel's server, with one deadline for all of it, and the knowledge whether it was handed over."""

import asyncio
import json
import threading
from dataclasses import dataclass
from functools import cached_property

from studiolab.adapters.channels import Later, Unsure
from studiolab.adapters.errors import StudiolabError

SECONDS = 20.0
GRACE = 0.5  # seconds in which a call that was cut closes its connection
LONGEST_WAIT = 86_400.0  # seconds
MOST_BYTES = 8 * 2**20  # of an answer
HANDED_OVER = ("http11.send_request_headers.started", "http2.send_request_headers.started")


class TooLong(StudiolabError):
    """An answer of more bytes than are read."""


@dataclass(frozen=True)
class Answer:
    """status : HTTP's; body : bytes; headers : names in small letters."""

    status: int
    body: bytes
    headers: dict

    @cached_property
    def told(self):
        """dict of the JSON body, empty where it is none."""
        return _dict(self.body)

    @property
    def wait(self):
        """Seconds that the server asks us to wait, None where it says none."""
        try:
            return min(max(1.0, float(self.headers["retry-after"])), LONGEST_WAIT)
        except (KeyError, ValueError):
            return None


def ask(name, method, url, *, seconds=SECONDS, most=None, **request):
    """`Answer` to a question, which may be asked again: any fault is a StudiolabError, TooLong beyond `most` bytes,
    MOST_BYTES by default.

    name : whom we ask, as its users call it; request : headers, params, json, data or auth, as httpx takes them
    """
    answer, fault, _ = _call(method, url, seconds, request, most)
    if isinstance(fault, TooLong):
        raise TooLong(f"{name} gave {fault}.")
    if fault:
        raise StudiolabError(f"{name} cannot be reached: {fault}; check the line, then repeat.")
    return answer


def hand_over(name, url, *, seconds=SECONDS, **request):
    """`Answer` to a POST that sends a message.

    Raises Later where it did not get as far as the server, Unsure where nobody knows.
    """
    answer, fault, handed_over = _call("POST", url, seconds, request)
    if not fault:
        return answer
    if handed_over:
        raise Unsure(f"{name} took the message but did not say what became of it: {fault}.")
    raise Later(f"{name} cannot be reached: {fault}.")


def _call(method, url, seconds, request, most=None):
    """(Answer or None, fault or "", whether any of the request left us)."""
    found = {"handed over": False}

    def run():
        try:
            found["answer"] = asyncio.run(_answer(method, url, seconds, request, found, most or MOST_BYTES))
        except TimeoutError:
            found["fault"] = f"no whole answer within {seconds:g} seconds"
        except Exception as error:  # of names, lines and protocols, in the words of several libraries
            found["fault"] = error if isinstance(error, StudiolabError) else type(error).__name__

    # In a thread, as a notebook's own loop runs in this one; what hangs, as a name server may, is left behind.
    thread = threading.Thread(target=run, name="channel", daemon=True)
    thread.start()
    thread.join(seconds + GRACE)
    if "answer" in found:
        return found["answer"], "", True
    return None, found.get("fault") or f"no whole answer within {seconds:g} seconds", found["handed over"]


async def _answer(method, url, seconds, request, found, most):
    import httpx  # late: the command line and the webhooks do without

    async def trace(event, _told):
        found["handed over"] |= event in HANDED_OVER

    line = httpx.AsyncClient(timeout=seconds, follow_redirects=False)
    asked = line.stream(method, url, extensions={"trace": trace}, **request)
    async with asyncio.timeout(seconds), line, asked as response:
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > most:
                raise TooLong(f"an answer of more than {most:,} bytes")
        return Answer(response.status_code, bytes(body), {k.lower(): v for k, v in response.headers.items()})


def _dict(body):
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
