"""Contacts: what is known of each person, from what happened to them, in whatever order that became known.

Everything that happens to a contact is one event with a name of its own; `contacts` sorts them by time and name and
puts them together. So a repeated event changes nothing, two writers cannot undo each other, and a merge can be taken
back without loss (K3.16). A person who wrote over a channel is a contact without any event: `contact_id` of their
handle. Sources: SPEC D-06 to D-09, K3.11, K3.16.
"""

import hashlib
from dataclasses import dataclass, field

import pandas as pd

from studiolab.studio_operations.inbox import identity, stages
from studiolab.studio_operations.inbox.events import Event, events

__all__ = ["FIELDS", "Contact", "Event", "contact_id", "contacts", "events"]
FIELDS = ("name", "email", "phone", "member_id", "language")


@dataclass
class Contact:
    """A person, as the events up to now tell.

    contact_id : the first of `ids`, by which it is called; ids : of all contacts merged into one
    handles : "channel:name" each; given : of FIELDS, what somebody typed; history : list of (at, stage, reason, by)
    consent : channel, or "all", to (allowed, at, why); notes : list of (event_id, at, by, text)
    read_to, snoozed_until, snoozed_at, closed_at : Timestamp or None; unread_at : of whoever called it unread again
    sequences : name to at, of those that run
    merges : Events that joined `ids`
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
    unread_at: object = None
    snoozed_until: object = None
    snoozed_at: object = None
    closed_at: object = None
    sequences: dict = field(default_factory=dict)
    merges: list = field(default_factory=list)


def contact_id(studio_id, handle):
    """The contact that a handle, "channel:name", is by itself."""
    return "c-" + hashlib.sha256(f"{studio_id}\n{handle}".encode()).hexdigest()[:16]


def contacts(studio_id, handles, known):
    """dict of every id, merged ones too, to its `Contact`.

    handles : of those who wrote, "channel:name"; known : Events, in any order and with any of them repeated
    """
    known = in_order(known)
    of_handle = named(studio_id, handles, known)
    known += identity.joined(of_handle)
    kept = merges(known)
    by_id = {}
    for one in known:
        by_id.setdefault(one.contact_id, []).append(one)
    found = {}
    for ids in groups({*of_handle, *by_id}, kept):
        found |= dict.fromkeys(ids, fold(ids, of_handle, [one for own in ids for one in by_id.get(own, ())], kept))
    return found


def in_order(known):
    """List of Events as they count: each once, by time and name."""
    return sorted({one.event_id: one for one in known}.values(), key=lambda one: (one.at, one.event_id))


def named(studio_id, handles, known):
    """dict of contact id to handle: of those who wrote, and of those that somebody put in."""
    return {contact_id(studio_id, handle): handle for handle in handles} | {
        contact_id(studio_id, one.value["handle"]): one.value["handle"]
        for one in known if one.kind == "created" and one.value.get("handle")}  # fmt: skip


def merges(known):
    """Events "merged" that no event "unmerged" takes back, whichever is known first; as they count."""
    undone = {one.value["merge"] for one in known if one.kind == "unmerged"}
    return in_order(one for one in known if one.kind == "merged" and one.event_id not in undone)


def groups(ids, kept):
    """List of tuples of ids that are one person, each sorted; kept : of `merges`."""
    parent = {one: one for one in ids}
    parent |= {one: one for merge in kept for one in (merge.contact_id, merge.value["with"])}

    def top(one):
        while parent[one] != one:
            one = parent[one]
        return one

    for one in kept:
        low, high = sorted((top(one.contact_id), top(one.value["with"])))
        parent[high] = low
    found = {}
    for one in sorted(parent):
        found.setdefault(top(one), []).append(one)
    return [tuple(group) for group in found.values()]


def fold(ids, of_handle, known, kept=()):
    """The `Contact` that ids are together; known : their Events in any order, each once; kept : of `merges`."""
    contact = Contact(ids[0], ids, sorted(of_handle[one] for one in ids if one in of_handle))
    contact.merges = [one for one in kept if one.contact_id in ids]
    alone = dict.fromkeys(ids, stages.NEW)
    for one in sorted(known, key=lambda one: (one.at, one.event_id)):
        if one.kind == "stage":
            _moved(contact, one, alone)
        elif one.kind not in ("merged", "unmerged"):
            _happened(contact, one)
    return contact


def _moved(contact, one, alone):
    """A move counts where it follows from the stage of the whole person, or of the one it was made for.

    Two people may have moved a lead at once: what follows from neither is passed over by everybody who reads it. Of
    two who were merged the one who is further says where they are.
    """
    to, reason, only_from = one.value["to"], one.value.get("reason") or "", one.value.get("only_from")
    if only_from is not None and contact.stage not in only_from:  # seen by the workbench, which undoes nobody's move
        return
    follows = not stages.problem(contact.stage, to, reason)
    if not follows and stages.problem(alone[one.contact_id], to, reason):
        return
    alone[one.contact_id] = to
    contact.history.append((one.at, to, reason, one.by))
    if follows or stages.is_further(to, contact.stage):
        contact.stage = to


def _happened(contact, one):
    value = one.value
    if one.kind in ("created", "changed"):
        contact.given |= {name: value[name] for name in FIELDS if name in value}
    elif one.kind == "consent":
        if not value.get("only_back") or contact.consent.get(value["channel"], (True,))[0] is False:
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
        to, is_back = pd.Timestamp(value["to"]), bool(value.get("is_back"))
        contact.read_to = to if is_back else max(filter(None, (contact.read_to, to)))
        contact.unread_at = one.at if is_back else None
    elif one.kind == "snoozed":
        contact.snoozed_until = pd.Timestamp(value["until"]) if value["until"] else None
        contact.snoozed_at = one.at if value["until"] else None
    elif one.kind == "closed":
        contact.closed_at = one.at if value["is_closed"] else None
    elif one.kind == "sequence":
        contact.sequences.pop(value["name"], None)
        if value["runs"]:
            contact.sequences[value["name"]] = one.at
