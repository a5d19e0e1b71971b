"""What happens to contacts: events, each with a name of its own, so that one that is told twice counts once."""

import json
from typing import NamedTuple


class Event(NamedTuple):
    """Something that happened to a contact.

    kind : of schema.CONTACT_EVENTS; value : dict; at : Timestamp with a zone; by : user name, "" of the workbench
    """

    event_id: str
    contact_id: str
    kind: str
    value: dict
    at: object
    by: str = ""


def events(frame):
    """List of `Event` of rows of table contact_events, in the order that they count in."""
    rows = frame.sort_values(["happened_at", "event_id"])
    return [
        Event(row.event_id, row.contact_id, row.kind, json.loads(row.value), row.happened_at, row.user_name or "")
        for row in rows.itertuples()
    ]
