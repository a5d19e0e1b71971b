"""What people change in the inbox: each change is an event beside the others, and the opposite event takes it back."""

import json
import uuid

import pandas as pd

from studiolab.schema import CHANNELS
from studiolab.studio_operations.inbox import contacts, identity, replies, same_person, stages

IN_LEDGER = ("stage", "consent", "merged", "unmerged")
MOST_NOTE = 10_000  # letters
TICK = pd.Timedelta(microseconds=1)


class InboxChanges:
    """The part of the Workbench that changes contacts and conversations. Every change answers `replies.ContactTold`.

    actor : user name. Raises UnknownContact, ValueError for a change that cannot be.
    """

    def create_contact(self, studio_id, given, actor):
        """A new contact; given : dict of contacts.FIELDS and, where it is known, `handle`, "channel:name"."""
        self.the_studio(studio_id)
        fields, handle = dict(given), given.get("handle")
        fields.pop("handle", None)
        if handle is not None and (handle.partition(":")[0] not in CHANNELS or not handle.partition(":")[2].strip()):
            raise ValueError(f"handle: {handle!r} is none; expected CHANNEL:NAME, e.g. whatsapp:4915112345678")
        fields = {name: value for name, value in self._inbox_fields(studio_id, fields).items() if value}
        if not fields and handle is None:
            raise ValueError("a contact needs a name, an e-mail address, a phone number or a handle")
        contact_id = contacts.contact_id(studio_id, handle or f"person:{uuid.uuid4()}")

        def value(view):
            if view is not None:
                raise ValueError(f"handle: {handle} is {view.name} already, contact {view.contact.contact_id}")
            return fields | ({"handle": handle} if handle else {})

        return self._inbox_change(studio_id, contact_id, "created", value, actor, is_new=True)

    def change_contact(self, studio_id, contact_id, changes, actor):
        """changes : dict of contacts.FIELDS; an empty value takes a field back to what channels say."""
        fields = self._inbox_fields(studio_id, changes)
        if not fields:
            raise ValueError(f"nothing to change; there are {', '.join(contacts.FIELDS)}")
        return self._inbox_change(studio_id, contact_id, "changed", lambda view: fields, actor)

    def move_lead(self, studio_id, contact_id, status, reason, actor):
        """Move a lead to another stage, as `stages.problem` allows."""

        def value(view):
            problem = stages.problem(view.contact.stage, status, reason)
            if problem:
                raise ValueError(f"status: {problem}")
            return {"to": status, "reason": (reason or "").strip()}

        return self._inbox_change(studio_id, contact_id, "stage", value, actor)

    def merge_contacts(self, studio_id, contact_id, other_id, actor, evidence=()):
        """Make two contacts one person's; evidence : sentences. `unmerge_contacts` takes it back exactly."""

        def value(view):
            other = self.inbox_view(studio_id, other_id)
            if other.contact is view.contact:
                raise ValueError(f"{contact_id} and {other_id} are one contact already")
            return {"with": other.contact.contact_id, "evidence": list(evidence) or [f"{actor} said so"]}

        return self._inbox_change(studio_id, contact_id, "merged", value, actor)

    def unmerge_contacts(self, studio_id, contact_id, merge_id, actor):
        """Take back one of a contact's merges, the workbench's own too, which it then does not repeat.

        What happened to the one contact since stays with `contact_id`'s first id.
        """

        def value(view):
            known = [one.event_id for one in view.contact.merges]
            if merge_id not in known:
                raise ValueError(
                    f"merge_id: {merge_id!r} is none of this contact; there are {', '.join(known) or 'none'}"
                )
            return {"merge": merge_id}

        return self._inbox_change(studio_id, contact_id, "unmerged", value, actor)

    def suggested_merges(self, studio_id):
        """List of `replies.SuggestedMerge`, the best first."""
        index = self.inbox_index(studio_id)
        found = same_person.suggestions(index.who(), index.apart, index.members.named)
        return [
            replies.SuggestedMerge(
                contact_id=one.contact_id, with_contact_id=one.with_contact_id, score=one.score,
                name=index.view(one.contact_id).name, with_name=index.view(one.with_contact_id).name,
                evidence=[{"says": says, "points": points} for says, points in one.evidence])
            for one in found]  # fmt: skip

    def not_the_same(self, studio_id, contact_id, other_id, actor):
        """Two contacts are two people: they are not suggested any more."""

        def value(view):
            other = self.inbox_view(studio_id, other_id).contact
            if other is view.contact:
                raise ValueError(f"{contact_id} and {other_id} are one contact; unmerge them first")
            return {"merge": identity.pair(view.contact.contact_id, other.contact_id)}

        return self._inbox_change(studio_id, contact_id, "unmerged", value, actor)

    def note(self, studio_id, contact_id, text, actor, instead_of=None):
        """A private note; instead_of : note_id that it takes the place of, with an empty text: that is gone."""
        text = (text or "").strip()
        if len(text) > MOST_NOTE or not (text or instead_of):
            raise ValueError(f"text: a note has 1 to {MOST_NOTE:,} letters, this one has {len(text):,}")

        def value(view):
            if instead_of is not None and instead_of not in [one[0] for one in view.contact.notes]:
                raise ValueError(f"instead_of: there is no note {instead_of!r} of this contact")
            return {"text": text} | ({"instead_of": instead_of} if instead_of else {})

        return self._inbox_change(studio_id, contact_id, "note", value, actor)

    def label(self, studio_id, contact_id, label, is_set, actor):
        """Put a label on a contact, or take it off."""
        label = " ".join((label or "").split())
        if not 1 <= len(label) <= 50:
            raise ValueError(f"label: 1 to 50 letters were expected, got {len(label)}")
        return self._inbox_change(
            studio_id, contact_id, "label", lambda view: {"label": label, "is_set": bool(is_set)}, actor
        )

    def assign(self, studio_id, contact_id, to, actor):
        """Give a conversation to a user, by name; to : "" gives it to nobody."""
        known = {one.user_name for one in self.accounts.listed().itertuples() if not one.is_closed}
        if to and known and to not in known | {actor}:
            raise ValueError(f"to: there is no user {to!r}; there are {', '.join(sorted(known))}")
        return self._inbox_change(studio_id, contact_id, "assigned", lambda view: {"to": to or ""}, actor)

    def snooze(self, studio_id, contact_id, until, actor):
        """Put a conversation off until a Timestamp, or until they write; until : None ends it."""
        if until is not None and until.tzinfo is None:
            raise ValueError(f"until: got {until} without a zone; expected an instant, e.g. 2026-01-31T08:00Z")
        value = {"until": until and until.tz_convert("UTC").isoformat()}
        return self._inbox_change(studio_id, contact_id, "snoozed", lambda view: value, actor)

    def close_conversation(self, studio_id, contact_id, is_closed, actor):
        """Close a conversation, which opens when they write again, or open it."""
        return self._inbox_change(studio_id, contact_id, "closed", lambda view: {"is_closed": bool(is_closed)}, actor)

    def mark_read(self, studio_id, contact_id, actor, to=None):
        """Everything up to a Timestamp was read; all there is by default."""

        def value(view):
            last = pd.Timestamp(view.sight.last_in or 0, tz="UTC")
            moment = last if to is None else min(to, max(last, pd.Timestamp.now("UTC")))  # not what is yet to come
            return {"to": moment.tz_convert("UTC").isoformat()}

        return self._inbox_change(studio_id, contact_id, "read", value, actor)

    def mark_unread(self, studio_id, contact_id, actor):
        """The last message that they wrote was not read after all; ValueError where they wrote none."""

        def value(view):
            if view.sight.last_in is None:
                raise ValueError("they have not written yet, so there is nothing to read")
            return {"to": pd.Timestamp(view.sight.last_in - 1, tz="UTC").isoformat(), "is_back": True}

        return self._inbox_change(studio_id, contact_id, "read", value, actor)

    def consent(self, studio_id, contact_id, channel, allowed, why, actor):
        """What a person said about marketing elsewhere than in a message; channel : one of CHANNELS, or "all"."""
        if channel not in (*CHANNELS, "all"):
            raise ValueError(f"channel: there is no {channel!r}; there are {', '.join(CHANNELS)}, all")
        if not (why or "").strip():
            raise ValueError("why: consent needs its source, in a few words, e.g. signed the form on 3 May")
        value = {"channel": channel, "allowed": bool(allowed), "why": why.strip()}
        return self._inbox_change(studio_id, contact_id, "consent", lambda view: value, actor)

    # parts --------------------------------------------------------------------------------------
    def _inbox_change(self, studio_id, contact_id, kind, value, actor, is_new=False):
        """Keep one event; value : function of the View, under the lock, to the event's value."""
        self.inbox_index(studio_id)
        with self.db.transaction() as changes:
            changes.alone("contact_events")
            index = self._inbox_exactly(studio_id)
            view = index.view(contact_id) if is_new else self.inbox_view(studio_id, contact_id)
            told = value(view)
            own = contact_id if view is None else view.contact.contact_id
            at = pd.Timestamp.now("UTC").floor("us")
            if index.last_event_at is not None:  # an event that follows from another is later, whatever the clock says
                at = max(at, index.last_event_at + TICK)
            event = {"event_id": f"e-{uuid.uuid4().hex}", "studio_id": studio_id, "contact_id": own, "kind": kind,
                     "value": json.dumps(told, ensure_ascii=False), "happened_at": at, "user_name": actor}  # fmt: skip
            changes.add("contact_events", [event])
            if kind in IN_LEDGER:
                self.ledger.enter(changes, actor, f"contact {kind}", {"contact_id": own} | told, studio_id)
        return self.contact(studio_id, own)

    def _inbox_exactly(self, studio_id):
        return self.inbox_index(studio_id).renew(exactly=True)

    def _inbox_fields(self, studio_id, given):
        """`given`, each field as it is kept."""
        unknown = sorted(set(given) - set(contacts.FIELDS))
        if unknown:
            raise ValueError(f"there is no field {unknown[0]!r}; there are {', '.join(contacts.FIELDS)}")
        fields = {name: " ".join((value or "").split()) for name, value in given.items()}
        members = self.inbox_index(studio_id).members
        if fields.get("email"):
            fields["email"] = identity.email(fields["email"])
            if fields["email"] is None:
                raise ValueError(f"email: {given['email']!r} is no address; expected one like ana@example.com")
        if fields.get("phone"):
            fields["phone"] = identity.phone(fields["phone"], members.calling)
            if fields["phone"] is None:
                raise ValueError(f"phone: {given['phone']!r} is no number; write it with its country, e.g. +49 151 …")
        if fields.get("member_id") and fields["member_id"] not in members.rows:
            raise ValueError(f"member_id: there is no member {fields['member_id']!r} in this studio")
        return fields
