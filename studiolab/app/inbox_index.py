"""A studio's inbox in memory: every conversation as it stands, so that a list is filtered and searched as one types.

The database stays the truth. `renew` reads what is new in it and stands only those conversations up again that it
touches; where the count of rows says that something older came late, it looks for that too.
"""

import threading
from dataclasses import dataclass

import pandas as pd

from studiolab.adapters.channels import folded
from studiolab.studio_operations.inbox import contacts, conversations, identity

COLUMNS = ["message_id", "sent_at", "handle", "direction", "kind", "about", "found_by", "sender_name"]
OVERLAP = pd.Timedelta(minutes=10)  # rows of one moment may be committed one after another
MOST_NAMED = 400  # late rows looked up by name; of more, all are read again
TABLES = ("messages", "contact_events")


@dataclass
class View:
    """A conversation as lists need it.

    contact : Contact; said : conversations.Standing; sight : conversations.Overview; name : as people know them
    card : folded text of who they are; texts : folded, of each line of `said.shown`; blob : all of them
    """

    contact: contacts.Contact
    said: conversations.Standing
    sight: conversations.Overview
    name: str
    card: str
    texts: list
    blob: str


class InboxIndex:
    """All conversations of one studio; safe to share between threads, each call of `renew` sees what was written."""

    def __init__(self, db, studio_id):
        self.db, self.studio_id = db, studio_id
        self._lock, self._revision = threading.RLock(), None
        self._forget()

    def renew(self):
        """`self`, as the database is now."""
        with self._lock:
            revision = self.db.revision(*TABLES)
            if revision != self._revision:
                self._take(self._new_lines(), self._new_events())
                self._revision = revision
            return self

    def _forget(self):
        self.views, self.lines, self.events, self.groups, self.of_handle = {}, {}, {}, {}, {}
        self._known, self._moments, self._merges = {table: set() for table in TABLES}, {}, set()

    # what is new --------------------------------------------------------------------------------
    def _new_lines(self):
        return conversations.lines(self._new_rows("messages", "message_id", "sent_at", COLUMNS))

    def _new_events(self):
        return contacts.events(self._new_rows("contact_events", "event_id", "happened_at", None))

    def _new_rows(self, table, key, moment, columns):
        """Frame of the rows that are not known yet."""
        known, last = self._known[table], self._moments.get(table)
        since = None if last is None else (moment, last - OVERLAP)
        rows = self.db.read(table, self.studio_id, columns, since)
        rows = rows[~rows[key].isin(known)]
        if last is not None and self.db.count(table, self.studio_id) != len(known) + len(rows):
            late = set(self.db.read(table, self.studio_id, [key])[key]) - known
            named = {key: sorted(late)} if len(late) <= MOST_NAMED else {}
            rows = self.db.read(table, self.studio_id, columns, **named)
            rows = rows[~rows[key].isin(known)]
        if len(rows):
            known.update(rows[key])
            self._moments[table] = max(filter(None, (last, rows[moment].max())))
        return rows

    # what becomes of it -------------------------------------------------------------------------
    def _take(self, lines, events):
        touched = {self._contact_of(line) for line in lines}
        for event in events:
            self.events.setdefault(event.contact_id, []).append(event)
            touched |= {event.contact_id, event.value.get("with", event.contact_id)}
            if event.kind == "created" and event.value.get("handle"):
                self._name(event.value["handle"])
        if not touched:
            return
        ids, kept = self._regrouped()
        for group in {self.groups[one] for one in touched} | {group for group in ids if group not in self.views}:
            self._stand(group, kept)
        for gone in set(self.views) - ids:
            del self.views[gone]

    def _contact_of(self, line):
        own = self._name(line.handle)
        self.lines.setdefault(own, {})[line.message_id] = line
        return own

    def _name(self, handle):
        own = contacts.contact_id(self.studio_id, handle)
        self.of_handle[own] = handle
        return own

    def _regrouped(self):
        """(set of tuples of ids that are one person each, Events that join them)."""
        told = [event for own in self.events.values() for event in own if event.kind in ("merged", "unmerged")]
        kept = contacts.merges([*told, *identity.joined(self.of_handle)])
        ids = set(contacts.groups({*self.of_handle, *self.events}, kept))
        self.groups = {one: group for group in ids for one in group}
        return ids, kept

    def _stand(self, group, kept):
        known = [event for one in group for event in self.events.get(one, ())]
        said = conversations.standing([line for one in group for line in self.lines.get(one, {}).values()])
        contact = contacts.fold(group, self.of_handle, known, kept)
        texts = ["" if line.message_id in said.gone else said.edited.get(line.message_id, line).text
                 for line in said.shown]  # fmt: skip
        name = called(contact, said)
        card = folded(name, *contact.given.values(), *(handle.partition(":")[2] for handle in contact.handles),
                      *sorted(contact.labels), *(note[3] for note in contact.notes))  # fmt: skip
        sight = conversations.overview(said, _nanoseconds(contact.read_to), _nanoseconds(contact.closed_at))
        self.views[group] = View(contact, said, sight, name, card, texts, "\n".join(texts))

    # what is asked ------------------------------------------------------------------------------
    def view(self, contact_id):
        """`View` that an id leads to, None where there is none."""
        with self._lock:
            return self.views.get(self.groups.get(contact_id))

    def found(self, search=""):
        """List of (View, Line): whose card and one of whose messages hold all words of a search; the newest such line,
        or the last one where the card holds them all."""
        words = [word.removeprefix("0") if word.isdigit() and len(word) > 3 else word
                 for word in folded(search).split()]  # fmt: skip
        with self._lock:
            views = list(self.views.values())
        pairs = ((view, _hit(view, words)) for view in views)
        return [(view, None if line is True else line) for view, line in pairs if line]


def called(contact, said):
    """A name for a person: as somebody typed it, as they call themselves, or what the channel knows of them."""
    own = (line.name for line in reversed(said.shown) if line.direction == "inbound" and line.name)
    given = contact.given
    return given.get("name") or next(own, None) or given.get("email") or given.get("phone") or next(
        (handle.partition(":")[2] for handle in contact.handles), "Somebody")  # fmt: skip


def _hit(view, words):
    """The newest Line that holds the words which the card does not; None where there is none, True of no line."""
    left = [word for word in words if word not in view.card]
    if not left:
        return view.sight.last or True
    if not all(word in view.blob for word in left):
        return None
    for line, text in zip(reversed(view.said.shown), reversed(view.texts), strict=True):
        if all(word in text for word in left):
            return line
    return None


def _nanoseconds(moment):
    return None if moment is None else moment.value
