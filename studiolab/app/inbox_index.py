"""A studio's inbox in memory: every conversation as it stands, so that a list is filtered and searched as one types.

The database stays the truth. `renew` reads what is new in it and stands only those conversations up again that it
touches; where the count of rows says that something older came late, it looks for that too.
"""

import re
import threading

import numpy as np
import pandas as pd

from studiolab.adapters.channels import folded
from studiolab.app.inbox_members import TABLES as BOOKS
from studiolab.app.inbox_members import MemberFile
from studiolab.app.inbox_view import View, called, holds, words
from studiolab.studio_operations.inbox import consent, contacts, conversations, identity, progress, same_person

COLUMNS = ["message_id", "sent_at", "handle", "direction", "kind", "about", "found_by", "sender_name", "body",
           "subject"]  # fmt: skip
OVERLAP = pd.Timedelta(minutes=10)  # rows of one moment may be committed one after another
NUMBERS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<![\w+])\+?[0-9][0-9 ()/.-]{6,20}[0-9](?!\w)")
MARKED = re.compile(r"[@0-9]")
MOST_READ = 4_000  # letters of a message in which numbers are looked for
MOST_NAMED = 400  # late rows looked up by name; of more, all are read again
TABLES = ("messages", "contact_events")
REGROUPS = ("created", "merged", "unmerged")  # kinds of events after which others may be one person


class InboxIndex:
    """All conversations of one studio; safe to share between threads, each call of `renew` sees what was written."""

    def __init__(self, db, studio_id):
        self.db, self.studio_id = db, studio_id
        self._lock, self._revision = threading.RLock(), None
        self._forget()

    def renew(self, exactly=False):
        """`self`, as the database is now; exactly : with what other programs wrote within its patience too."""
        with self._lock:
            books, revision = self.db.revision(*BOOKS), self.db.revision(*TABLES)
            if books != self._books:
                self.members, self._books = MemberFile(self.db, self.studio_id), books
                self._take([], [], set(self.views))
            if exactly or revision != self._revision:
                due = {table: self.db.count(table, self.studio_id) for table in TABLES}
                if any(due[table] < len(self._known[table]) for table in TABLES):
                    self._forget()  # rows are gone that had been there: begin anew
                    return self.renew()
                self._take(self._new_lines(due), self._new_events(due))
                self._revision = revision
            return self

    def _forget(self):
        self.views, self.lines, self.events, self.groups, self.of_handle = {}, {}, {}, {}, {}
        self.apart, self._joins = set(), {}
        self._ids, self._known, self._moments = {}, {table: set() for table in TABLES}, {}
        self._stated, self._said, self._hints, self._books, self.members = {}, {}, {}, None, None

    # what is new --------------------------------------------------------------------------------
    def _new_lines(self, due):
        rows = self._new_rows("messages", "message_id", "sent_at", COLUMNS, due)
        heard = rows[rows["direction"] == "inbound"]
        said = heard[heard["body"].notna() | heard["subject"].notna()]
        noes = {row.message_id for row in said.itertuples() if self._listen(row, row.body or "")}
        return conversations.lines(rows, noes)

    def _listen(self, row, body):
        """Whether a message is a no to marketing; what it says of its writer is kept, a number and an address too."""
        own = self._name(row.handle)
        event = consent.stated(own, row.message_id, row.handle, body, row.sent_at, row.subject)
        if event:
            self._stated.setdefault(own, []).append(event)
        hint = consent.may_ask_to_stop(body[:MOST_READ])
        if hint:
            self._hints[own] = max(self._hints.get(own, ()), (row.sent_at, row.message_id, hint))
        for mark in NUMBERS.findall(body[:MOST_READ]) if MARKED.search(body) else ():
            what = identity.email(mark.strip(".")) if "@" in mark else identity.phone(mark, self._calling)
            if what:
                self._said.setdefault(own, set()).add(what)
        return event is not None and not event.value["allowed"]

    def _new_events(self, due):
        return contacts.events(self._new_rows("contact_events", "event_id", "happened_at", None, due))

    def _new_rows(self, table, key, moment, columns, due):
        """Frame of the rows that are not known yet; due : how many there were, what comes now is for the next time."""
        known, last = self._known[table], self._moments.get(table)
        since = None if last is None else (moment, min(last, pd.Timestamp.now("UTC")) - OVERLAP)
        rows = _others(self.db.read(table, self.studio_id, columns, since), key, known)
        if since is not None and due[table] > len(known) + len(rows):
            late = set(self.db.read(table, self.studio_id, [key])[key]) - known
            named = {key: sorted(late)} if len(late) <= MOST_NAMED else {}
            rows = _others(self.db.read(table, self.studio_id, columns, **named), key, known)
        if len(rows):
            known.update(rows[key])
            self._moments[table] = max(filter(None, (last, rows[moment].max())))
        return rows

    # what becomes of it -------------------------------------------------------------------------
    def _take(self, lines, events, stale=frozenset()):
        """Stand up again what Lines and Events touch; stale : groups that are to be stood up anyway."""
        touched = {self._contact_of(line) for line in lines}
        for event in events:
            self.events.setdefault(event.contact_id, []).append(event)
            touched |= {event.contact_id, event.value.get("with", event.contact_id)}
            if event.kind == "created" and event.value.get("handle"):
                self._name(event.value["handle"])
        due = set(stale)
        if not touched <= set(self.groups) or any(event.kind in REGROUPS for event in events):
            ids = self._regrouped()
            due = {group for group in ids if group in stale or self._is_other(group)}
            for gone in set(self.views) - ids:
                del self.views[gone]
        self._stand(sorted(due | {self.groups[one] for one in touched}))

    def _is_other(self, group):
        """Whether a group is new, or held together by other events than it was."""
        return group not in self.views or self.views[group].contact.merges != self._joins.get(group, [])

    def _contact_of(self, line):
        own = self._name(line.handle)
        self.lines.setdefault(own, {})[line.message_id] = line
        return own

    def _name(self, handle):
        """The contact that a handle is by itself."""
        if handle not in self._ids:
            self._ids[handle] = contacts.contact_id(self.studio_id, handle)
            self.of_handle[self._ids[handle]] = handle
        return self._ids[handle]

    def _regrouped(self):
        """Set of tuples of ids that are one person each."""
        told = [event for own in self.events.values() for event in own if event.kind in ("merged", "unmerged")]
        kept = contacts.merges([*told, *identity.joined(self.of_handle)])
        self.apart = {event.value["merge"] for event in told if event.kind == "unmerged"}
        ids = set(contacts.groups({*self.of_handle, *self.events}, kept))
        self.groups, self._joins = {one: group for group in ids for one in group}, {}
        for event in kept:
            self._joins.setdefault(self.groups[event.contact_id], []).append(event)
        return ids

    def _stand(self, groups):
        joins, parts = self._joins, {}
        for group in groups:
            said = conversations.standing([line for one in group for line in self.lines.get(one, {}).values()])
            known = [event for one in group for event in (*self.events.get(one, ()), *self._stated.get(one, ()))]
            known += self._answers(group)
            contact = contacts.fold(group, self.of_handle, known, joins.get(group, ()))
            parts[group] = said, known, contact, *self.members.match(contact)
        records = self.members.records([part[3] for part in parts.values() if part[3]])
        now = pd.Timestamp.now("UTC")
        for group, (said, known, contact, member_id, says) in parts.items():
            record = records.get(member_id)
            moves = progress.moves(group[0], record, now) if record else []
            if moves:
                contact = contacts.fold(group, self.of_handle, [*known, *moves], joins.get(group, ()))
            self.views[group] = self._view(contact, said, member_id, says, record)

    def _answers(self, group):
        """The Event of the first message that the studio sent to each of the ids."""
        for one in group:
            sent = [line for line in self.lines.get(one, {}).values()
                    if line.direction == "outbound" and line.kind not in conversations.ABOUT_OTHERS]  # fmt: skip
            if sent:
                first = min(sent, key=lambda line: (line.at, line.message_id))
                yield progress.answered(one, first.message_id, pd.Timestamp(first.at, tz="UTC"))

    def _view(self, contact, said, member_id, says, record):
        texts = ["" if line.message_id in said.gone else said.edited.get(line.message_id, line).text
                 for line in said.shown]  # fmt: skip
        name = called(contact, said, self.members.name(member_id))
        card = folded(name, *contact.given.values(), *(handle.partition(":")[2] for handle in contact.handles),
                      *sorted(contact.labels), *(note[3] for note in contact.notes))  # fmt: skip
        hint = max((self._hints[one] for one in contact.ids if one in self._hints), default=("",))[-1]
        moments = map(_nanoseconds, (contact.read_to, contact.closed_at, contact.unread_at))
        sight = conversations.overview(said, *moments)
        return View(contact, said, sight, name, card, texts, "\n".join(texts), member_id, says, record, hint)

    @property
    def _calling(self):
        return self.members.calling

    @property
    def last_event_at(self):
        """Timestamp of the last event that is known of anybody, None where there is none."""
        return self._moments.get("contact_events")

    # what is asked ------------------------------------------------------------------------------
    def view(self, contact_id):
        """`View` that an id leads to, None where there is none."""
        with self._lock:
            return self.views.get(self.groups.get(contact_id))

    def said(self, view):
        """What a View's person said of marketing, as `Contact.consent`: as any contact of the member that they are."""
        if view.member_id is None:
            return view.contact.consent
        with self._lock:
            same = [one.contact.consent for one in self.views.values() if one.member_id == view.member_id]
        return consent.together(same)

    def who(self):
        """List of `same_person.Who`, one a contact."""
        with self._lock:
            return [self._who(view) for view in self.views.values()]

    def _who(self, view):
        contact, given = view.contact, view.contact.given
        vouched = {what for one in contact.handles for what in (identity.phone_of(one), identity.email_of(one))}
        noted = {identity.phone(given.get("phone"), self._calling), identity.email(given.get("email"))} - {None}
        said = set().union(*(self._said.get(one, ()) for one in contact.ids))
        return same_person.Who(contact.contact_id, folded(view.name), frozenset(vouched - {None}), frozenset(noted),
                               frozenset(said), view.member_id)  # fmt: skip

    def found(self, search=""):
        """List of the Views whose card and one of whose messages hold all `words` of a search."""
        asked = words(search)
        with self._lock:
            return [view for view in self.views.values() if holds(view, asked)]


def _nanoseconds(moment):
    return None if moment is None else moment.value


def _others(rows, key, known):
    """Rows that are not known; `isin` would make an array of all that are, at each key that somebody types."""
    return rows[np.array([one not in known for one in rows[key]], bool)]
