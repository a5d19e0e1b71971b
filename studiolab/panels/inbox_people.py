"""All contacts as a table: who they are, how far they have come, and what was said last."""

from studiolab.panels import words
from studiolab.studio_operations.inbox.stages import WORDS

CHANNELS = {"whatsapp": "WhatsApp", "instagram": "Instagram", "email": "E-mail", "sms": "SMS"}
COLUMNS = ("Name", "Stage", "Channels", "Last message", "When", "Labels", "Whose")
MOST, MOST_LETTERS = 300, 60  # rows, and letters of a message


def columns():
    """List of dict label and text, for a `DataGrid`."""
    return [{"label": one, "text": True} for one in COLUMNS]


def rows(found):
    """List of dict id and cells, of `replies.Conversations`."""
    return [{"id": one.contact_id, "cells": _cells(one)} for one in found.conversations]


def says(found):
    """How many there are, and how many of them the table shows, in a sentence."""
    if found.total <= len(found.conversations):
        return f"{words.things(found.total, 'contact')}."
    return f"{found.total:,} contacts, shown are the {len(found.conversations):,} who wrote last. Search for others."


def _cells(one):
    said, at = "–", None
    if one.last is not None:
        said, at = ("You: " if one.last.direction == "outbound" else "") + (one.last.text or "–"), one.last.sent_at
    stage = WORDS[one.stage]
    texts = {
        "Name": one.name, "Stage": f"{stage[:1].upper()}{stage[1:]}",
        "Channels": ", ".join(CHANNELS[each] for each in one.channels) or "–",
        "Last message": said if len(said) <= MOST_LETTERS else f"{said[: MOST_LETTERS - 1]}…",
        "When": f"{at:%d %b %Y}" if at else "–", "Labels": ", ".join(one.labels) or "–", "Whose": one.assigned or "–",
    }  # fmt: skip
    cells = {name: {"text": text, "by": text.casefold()} for name, text in texts.items()}
    cells["When"]["by"] = at.timestamp() if at else 0
    return [cells[name] for name in COLUMNS]
