"""Channels: what every way of writing to a studio can do, and what comes out of it.

An adapter is a module with a class `Channel`, as below, and where the channel calls us, `parse(body)`, the `Batch` of a
webhook's bytes; it raises ValueError, in a sentence, for what is none. It knows its protocol and nothing of contacts,
consent or windows.
"""

import hashlib
import hmac
import json
import unicodedata
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from studiolab.adapters.errors import StudiolabError


class Refused(StudiolabError):
    """The channel will not take this message, now or later; the sentence says why and what to do."""


class Later(StudiolabError):
    """The channel takes no more for now; seconds : to wait."""

    def __init__(self, sentence, seconds=60.0):
        super().__init__(sentence)
        self.seconds = seconds


class Gone(StudiolabError):
    """What was asked for is not there, or not any more."""


class Unsure(StudiolabError):
    """The line broke after the message was handed over: it may have been sent, and must not be sent twice."""


@dataclass
class Batch:
    """What a webhook, a mailbox or a file held, as rows of the schema but for `studio_id` and `received_at`.

    messages : dicts of table messages; statuses : of message_statuses, each with `account_id`
    skipped : sentences on what was not understood, for the log
    """

    messages: list = field(default_factory=list)
    statuses: list = field(default_factory=list)
    skipped: list = field(default_factory=list)


class Sent(NamedTuple):
    """message_id : as an echo or a status will name it; at : Timestamp with a zone."""

    message_id: str
    at: object


class Channel(Protocol):
    """One connected account; made as `Channel(settings, secrets)`, dicts of what `connect` was given."""

    def send(self, handle: str, text: str, outbox_id: str, template=None, subject=None, about=None) -> Sent:
        """Hand one message over. Raises Refused, Later or Unsure."""

    def sync(self, cursor: dict) -> tuple[Batch, dict]:
        """What came since the cursor, and the next cursor; for channels that are asked."""

    def media(self, reference: dict, message_id: str, handle: str):
        """`media.File` of what a message refers to by one of its media. Raises Gone, StudiolabError."""

    def check(self) -> str:
        """A sentence on whose account this is, asked from the channel itself. Raises StudiolabError."""


def is_signed(secret, signature, body):
    """Whether `signature`, "sha256=" and hex, is the HMAC of these very bytes; in constant time."""
    due = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(due.encode(), (signature or "").encode("utf-8", "replace"))


def message(channel, message_id, account, who, kind, body, sent_at, *, name=None, direction="inbound", subject=None,
            about=None, media=()):  # fmt: skip
    """A row of table messages, but for `studio_id` and `received_at`.

    message_id, who, about : as the channel calls them; media : dicts; texts may hold what no database takes
    """
    name, subject, body = clean(name), clean(subject), clean(body)
    return {
        "message_id": clean(f"{channel}:{message_id}"), "channel": channel, "account_id": clean(account),
        "handle": clean(f"{channel}:{who}"), "sender_name": name, "direction": direction, "kind": kind,
        "subject": subject, "body": body, "found_by": folded(subject, body, name),
        "about": clean(f"{channel}:{about}") if about else None,
        "media": clean(json.dumps(list(media), ensure_ascii=False)) if media else None, "sent_at": sent_at,
    }  # fmt: skip


def clean(text):
    """`text` without halves of characters and NUL, which databases refuse; None of what is empty or no text."""
    if not isinstance(text, str):
        return None if text is None else clean(str(text))
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()
    return text.replace("\0", "") or None


def folded(*texts):
    """What a search looks through: texts without case and accents, and without marks that cannot be seen."""
    plain = unicodedata.normalize("NFKD", " ".join(filter(None, texts))).casefold()
    return plain if plain.isascii() else "".join(c for c in plain if unicodedata.category(c) not in ("Mn", "Cf"))
