"""A studio whose people write: messages as channels bring them."""

import pandas as pd

from studiolab.adapters.channels import message

from .small_studio import small

START = pd.Timestamp("2026-10-05T09:00Z")


def at(minutes):
    return START + pd.Timedelta(minutes=minutes)


def wrote(number, who, body, minutes=0, direction="inbound", kind="text", channel="whatsapp", name=None, about=None):
    """A row of table messages."""
    row = message(channel, number, "1", who, kind, body, at(minutes), name=name, direction=direction, about=about)
    return row | {"studio_id": "oak", "received_at": at(minutes)}


def keep(bench, *rows):
    """Write rows of table messages."""
    with bench.db.transaction() as changes:
        changes.add("messages", list(rows))


def small_inbox(folder, *rows, **tables):
    """The Workbench of `small_studio.small` with messages in it."""
    bench = small(folder, **tables)
    keep(bench, *rows)
    return bench
