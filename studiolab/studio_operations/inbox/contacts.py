"""Contacts: what is known of each person, from what happened to them, in whatever order that became known.

Everything that happens to a contact is one event with a name of its own; `contacts` sorts them by time and name and
puts them together. So a repeated event changes nothing, two writers cannot undo each other, and a merge can be taken
back without loss (K3.16). A person who wrote over a channel is a contact without any event: `contact_id` of their
handle. Sources: SPEC D-06 to D-09, K3.11, K3.16.
"""

import hashlib
import json
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from studiolab.studio_operations.inbox import stages

FIELDS = ("name", "email", "phone", "member_id", "language")


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


@dataclass
class Contact:
    """A person, as the events up to now tell.

    contact_id : the first of `ids`, by which it is called; ids : of all contacts merged into one
    handles : "channel:name" each; given : of FIELDS, what somebody typed; history : list of (at, stage, reason, by)
    consent : channel, or "all", to (allowed, at, why); notes : list of (event_id, at, by, text)
    read_to, snoozed_until, closed_at : Timestamp or None; sequences : name to at, of those that run
    """

    contact_id: str
    ids: tuple
    handles: list = field(default_factory=list)
    given: dict = field(default_factory=dict)
    stage: str = stages.NEW
    history: list = field(default_factory=list)
    consent: dict = field(default_factory=dict)
    assigned: str = ""
    labels: set = field(default_factory=set)
    notes: list = field(default_factory=list)
    read_to: object = None
    snoozed_until: object = None
    closed_at: object = None
    sequences: dict = field(default_factory=dict)
    merges: list = field(default_factory=list)


def contact_id(studio_id, handle):
    """The contact that a handle, "channel:name", is by itself."""
    return "c-" + hashlib.sha256(f"{studio_id}\n{handle}".encode()).hexdigest()[:16]


def events(frame):
    """List of `Event` of rows of table contact_events, in the order that they count in."""
    rows = frame.sort_values(["happened_at", "event_id"])
    return [
        Event(row.event_id, row.contact_id, row.kind, json.loads(row.value), row.happened_at, row.user_name or "")
        for row in rows.itertuples()
    ]


def contacts(studio_id, handles, known):
    """dict of every id, merged ones too, to its `Contact`.

    handles : of those who wrote, "channel:name"; known : Events, in any order and with any of them repeated
    """
    known = sorted({one.event_id: one for one in known}.values(), key=lambda one: (one.at, one.event_id))
    of_handle = {contact_id(studio_id, handle): handle for handle in handles}
    of_handle |= {one.contact_id: one.value["handle"] for one in known if one.kind == "created" and
                  one.value.get("handle")}  # fmt: skip
    merges = _merges(known)
    groups = _groups({*of_handle, *(one.contact_id for one in known)}, merges)
    found = {}
    for ids in groups:
        contact = Contact(ids[0], ids, sorted(of_handle[one] for one in ids if one in of_handle))
        contact.merges = [one for one in merges if one.contact_id in ids]
        found |= dict.fromkeys(ids, contact)
    for one in known:
        if one.kind not in ("merged", "unmerged"):
            _happened(found[one.contact_id], one)
    return found


def _merges(known):
    """Events "merged" that no event "unmerged" takes back, whichever is known first."""
    undone = {one.value["merge"] for one in known if one.kind == "unmerged"}
    return [one for one in known if one.kind == "merged" and one.event_id not in undone]


def _groups(ids, merges):
    """Tuples of ids that are one person, the smallest first."""
    parent = {one: one for one in ids} | {one.value["with"]: one.value["with"] for one in merges}

    def top(one):
        while parent[one] != one:
            one = parent[one]
        return one

    for one in merges:
        low, high = sorted((top(one.contact_id), top(one.value["with"])))
        parent[high] = low
    groups = {}
    for one in sorted(parent):
        groups.setdefault(top(one), []).append(one)
    return [tuple(group) for group in groups.values()]


def _happened(contact, one):
    value = one.value
    if one.kind in ("created", "changed"):
        contact.given |= {name: value[name] for name in FIELDS if name in value}
    elif one.kind == "stage":
        # Two people may have moved it at once: what no longer follows is passed over by everybody who reads it.
        if not stages.problem(contact.stage, value["to"], value.get("reason")):
            contact.stage = value["to"]
            contact.history.append((one.at, value["to"], value.get("reason") or "", one.by))
    elif one.kind == "consent":
        contact.consent[value["channel"]] = (bool(value["allowed"]), one.at, value.get("why") or "")
    elif one.kind == "assigned":
        contact.assigned = value["to"] or ""
    elif one.kind == "label":
        (contact.labels.add if value["is_set"] else contact.labels.discard)(value["label"])
    elif one.kind == "note":
        contact.notes = [note for note in contact.notes if note[0] != value.get("instead_of")]
        if value.get("text"):
            contact.notes.append((one.event_id, one.at, one.by, value["text"]))
    elif one.kind == "read":
        contact.read_to = max(filter(None, (contact.read_to, pd.Timestamp(value["to"]))))
    elif one.kind == "snoozed":
        contact.snoozed_until = pd.Timestamp(value["until"]) if value["until"] else None
    elif one.kind == "closed":
        contact.closed_at = one.at if value["is_closed"] else None
    elif one.kind == "sequence":
        contact.sequences.pop(value["name"], None)
        if value["runs"]:
            contact.sequences[value["name"]] = one.at
