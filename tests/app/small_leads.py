"""Leads of a small studio who wrote, and were decided."""

import json

import pandas as pd

from studiolab.studio_operations.inbox.contacts import contact_id

from .small_inbox import START, keep, wrote

DAY = 24 * 60


def lately(hours):
    """Minutes from START to so many hours ago."""
    return (pd.Timestamp.now("UTC").floor("s") - START) / pd.Timedelta("1min") - 60 * hours


def lead_wrote(n, body, minutes=0):
    """Lead number n wrote."""
    return wrote(f"{n}-{minutes}", f"4960{n:04}", body, n * 60 + minutes)


def moved(bench, *moves):
    """Somebody moved leads; moves : (number, stage, minutes) each."""
    bench.db.write("contact_events", pd.DataFrame([{
        "event_id": f"e-{n}-{to}-{minutes}", "studio_id": "oak", "kind": "stage", "user_name": "olga",
        "contact_id": contact_id("oak", f"whatsapp:4960{n:04}"),
        "value": json.dumps({"to": to, "reason": "as they said"}),
        "happened_at": START + pd.Timedelta(minutes=n * 60 + minutes),
    } for n, to, minutes in moves]))  # fmt: skip


def decide(bench, numbers):
    """Leads who wrote and, five weeks later, joined where they had asked for a trial (even numbers), and else not."""
    keep(bench, *(lead_wrote(n, "Hi, just looking around." if n % 2 else "Hi, can I come to a trial class?")
                  for n in numbers))  # fmt: skip
    moved(bench, *((n, "LOST" if n % 2 else "CONVERTED", 35 * DAY) for n in numbers))
