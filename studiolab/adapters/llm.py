"""A language model asked for one checked value: schema in the prompt, one repair, one deadline, one kind of fault."""

import asyncio
import json
import math
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Any

from studiolab.adapters.errors import LlmUnavailable
from studiolab.adapters.llm_http import refusal
from studiolab.adapters.llm_replies import content, value_of
from studiolab.adapters.providers import Provider, provider

__all__ = ["LlmUnavailable", "Provider", "Reply", "ask", "provider"]

TRIES = 4  # calls for one answer while the server says "later"
PAUSE = 0.5  # seconds before the second of them; twice that before the third
GRACE = 0.25  # seconds in which a call that was cut closes its connection
MOST_BYTES = 1_000_000  # of a reply
SCHEMA = "\n\nAnswer with one JSON object and nothing else. It fits this JSON Schema:\n"
REPAIR = "That answer cannot be used:\n{}\nAnswer again, with the whole JSON object and nothing else."


@dataclass(frozen=True)
class Reply:
    """value : of the class that was asked for; seconds : until it came; prompt_hash : sha256 of the messages of the
    first call, as JSON; attempts : calls made; problems : what `check` still says, empty unless `partial`."""

    value: Any
    model: str
    seconds: float
    prompt_hash: str
    attempts: int
    problems: tuple = ()


def ask(provider, messages, model_class, check=None, partial=False):
    """`Reply` with a value of the pydantic `model_class`.

    provider : Provider, or None where none is set up; messages : dicts of role and content
    check : from a value to a list of sentences on what is wrong with it, empty where nothing is
    partial : True takes a value of the right schema of which `check` complains even after the repair, with these
        `problems`; who asks drops the wrong parts
    Raises LlmUnavailable for every fault of model, server and network, at the latest GRACE after
    `provider.seconds`; what `check` itself raises goes through.
    """
    if provider is None:
        raise LlmUnavailable("no language model is set up; set LLM_PROVIDER and its key")
    if provider.lacks:
        raise LlmUnavailable(f"{provider.lacks} is not set")
    talk, found = _Talk(provider, time.monotonic()), {}
    messages = _sent(messages, model_class)

    def run():
        try:
            found["value"] = asyncio.run(talk.answer(messages, model_class, check or (lambda value: ()), partial))
        except Exception as error:
            found["error"] = error

    # In a thread, as a notebook's own loop runs in this one; a thread that hangs is left behind, not waited for.
    thread = threading.Thread(target=run, name="llm", daemon=True)
    thread.start()
    thread.join(provider.seconds + GRACE)
    if "value" in found:
        value, problems = found["value"]
        seconds = time.monotonic() - talk.started
        text = json.dumps(messages, ensure_ascii=False, sort_keys=True)
        return Reply(value, provider.model, seconds, sha256(text.encode()).hexdigest(), talk.calls, tuple(problems))
    error = found.get("error") or talk.late()
    if isinstance(error, LlmUnavailable):
        raise LlmUnavailable(str(error))  # anew: the first one's frames hold the key
    raise error


class _Talk:
    """One question to one provider, from `started`, seconds of the monotonic clock."""

    def __init__(self, provider, started):
        self.provider, self.started, self.calls = provider, started, 0

    @property
    def left(self):
        return self.started + self.provider.seconds - time.monotonic()

    def late(self):
        return LlmUnavailable(f"{self.provider.host} gave no whole answer within {self.provider.seconds:g} seconds")

    async def answer(self, messages, model_class, check, partial):
        """(value, problems): problems only where `partial`; the first answer stands where its repair does not come."""
        best, fault = None, None
        try:
            async with asyncio.timeout(self.left), self._client() as client:
                for _ in ("answer", "repair"):
                    text = await self._patiently(client, messages)
                    value, problems = value_of(text, model_class, check)
                    if value is not None and not problems:
                        return value, ()
                    if value is not None and (best is None or len(problems) <= len(best[1])):
                        best = value, problems
                    said = REPAIR.format("\n".join(f"- {problem[:500]}" for problem in problems[:10]))
                    messages = [*messages, {"role": "assistant", "content": text}, {"role": "user", "content": said}]
                fault = LlmUnavailable(f"{self.provider.model} gave no answer that can be used: {problems[0][:200]}")
        except TimeoutError:
            fault = self.late()
        except LlmUnavailable as error:
            fault = error
        if partial and best:
            return best
        raise fault

    def _client(self):
        import openai  # takes a second: only who asks waits for it

        try:
            return openai.AsyncOpenAI(api_key=self.provider.key or "none", base_url=self.provider.base_url,
                                      timeout=self.provider.seconds, max_retries=0)  # fmt: skip
        except Exception as error:  # an address that is none, in the words of several libraries
            raise LlmUnavailable(f"{self.provider.host} cannot be used ({type(error).__name__})") from None

    async def _patiently(self, client, messages):
        """Text of the answer; asks again where the server says "later" and time is left."""
        import openai

        for attempt in range(1, TRIES + 1):
            self.calls += 1
            try:
                return content(await self._body(client, messages), self.provider)
            except LlmUnavailable:
                raise
            except openai.APIStatusError as error:
                pause = _pause(error, attempt)
                if attempt == TRIES or pause >= self.left:
                    raise LlmUnavailable(refusal(error.status_code, error.body, self.provider)) from None
            except openai.APITimeoutError:
                raise self.late() from None
            except Exception as error:  # of the network, in the words of several libraries
                raise LlmUnavailable(f"{self.provider.host} cannot be reached ({type(error).__name__})") from None
            await asyncio.sleep(pause)

    async def _body(self, client, messages):
        """The reply's bytes, at most MOST_BYTES."""
        create = client.chat.completions.with_streaming_response.create
        body = bytearray()
        async with create(model=self.provider.model, messages=messages, **self.provider.options) as response:
            async for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise LlmUnavailable(f"{self.provider.host} sent more than {MOST_BYTES:,} bytes")
        return body


def _pause(error, attempt):
    """Seconds to wait before the next call, infinite where another would be refused too."""
    body = error.body if isinstance(error.body, dict) else {}
    if (error.status_code != 429 and error.status_code < 500) or body.get("code") == "insufficient_quota":
        return math.inf
    asked = error.response.headers.get("retry-after", "")
    try:
        seconds = float(asked)
    except ValueError:
        try:
            when = parsedate_to_datetime(asked)
            seconds = (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
        except (ValueError, OverflowError):
            seconds = 0
    return max(seconds if seconds == seconds else 0, PAUSE * 2 ** (attempt - 1))


def _sent(messages, model_class):
    """The messages with the schema in the system's, and without lone surrogates, which no request can hold."""
    told = SCHEMA + json.dumps(model_class.model_json_schema())
    first = messages[0] if messages and messages[0]["role"] == "system" else {"role": "system", "content": ""}
    rest = messages[1:] if messages and first is messages[0] else messages
    messages = [{"role": "system", "content": (first["content"] + told).lstrip()}, *rest]
    return json.loads(json.dumps(messages, ensure_ascii=False).encode("utf-8", "replace"))
