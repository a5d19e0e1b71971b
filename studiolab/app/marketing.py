"""What members said in the inbox of marketing, and what they were sent unasked: for all that offers them something.

It reads short messages and a few kinds of events, no thread, so a studio need not hold its conversations in memory.
"""

from bisect import bisect_left
from collections import defaultdict

import pandas as pd

from studiolab.adapters.channel_rows import handles_of, short_messages
from studiolab.app.inbox_members import MemberFile
from studiolab.studio_operations.inbox import consent, contacts, identity, windows

COLUMNS = ("email_consent", "text_consent")
KINDS = ("created", "changed", "merged", "unmerged", "consent")  # events that say who somebody is, or what they said
OF = ("messages", "contact_events", "members", "studios")
SENT = ("sent", "unsure")  # of the outbox: what may have arrived counts as arrived
MESSAGES = ["handle", "contact_id", "kind", "sequence", "claimed_at"]


class Marketing:
    """The part of the Workbench that knows who wants to be offered something, and who was of late."""

    def marketing_consent(self, studio_id):
        """dict of member_id to a dict of email_consent and text_consent, bool: of members, and of these columns of
        theirs, about which they or staff said something in the inbox, which then counts instead of the member file.

        A no ends it for everybody whose number or address it came from, a yes holds for the one it is known of.
        """
        revision = self.db.revision(*OF)
        kept = vars(self).setdefault("_marketing_kept", {})
        if kept.get(studio_id, (None,))[0] != revision:
            said = {member: consent.marketing(words) for member, words in self._marketing_said(studio_id).items()}
            kept[studio_id] = revision, {member: words for member, words in said.items() if words}
        return kept[studio_id][1]

    def as_they_said(self, studio_id, members):
        """Rows of table members, their two columns of consent as `marketing_consent` says."""
        said = self.marketing_consent(studio_id)
        if not said:
            return members
        own = pd.DataFrame.from_dict(said, orient="index").reindex(columns=COLUMNS).astype("boolean")
        words = own.reindex(members["member_id"]).set_axis(members.index)
        return members.assign(**{name: words[name].fillna(members[name]) for name in COLUMNS})

    def marketing_sent(self, studio_id, since, until=None):
        """dict of member_id to a list of Timestamps: messages of the inbox from `since` on, and before `until`, that
        answered nobody: steps of sequences, templates, and words to who had not written for a week."""
        since = since.tz_convert("UTC")
        rows = self.db.read("outbox", studio_id, MESSAGES, ("claimed_at", since), state=SENT)
        rows = rows if until is None else rows[rows["claimed_at"] < until]
        if rows.empty:
            return {}
        people, words, found = self._marketing_people(studio_id), defaultdict(list), defaultdict(list)
        heard = self.db.read("messages", studio_id, ["handle", "sent_at"], ("sent_at", since - windows.WEEK),
                             direction="inbound")  # fmt: skip
        for one in heard.sort_values("sent_at").itertuples():
            words[people.group(contacts.contact_id(studio_id, one.handle))].append(one.sent_at)
        for row in rows.itertuples():
            group = people.group(row.contact_id)
            before = bisect_left(words[group], row.claimed_at)
            last = words[group][before - 1] if before else None
            if not windows.is_answer(row.claimed_at, last, row.kind == "template", isinstance(row.sequence, str)):
                member = people.member(group)
                found[member].append(row.claimed_at)
        found.pop(None, None)
        return dict(found)

    # parts --------------------------------------------------------------------------------------
    def _marketing_said(self, studio_id):
        """dict of member_id to what they said, as `Contact.consent`."""
        if not any(self.db.count(table, studio_id) for table in ("messages", "contact_events")):
            return {}
        stated = _stated(self.db, studio_id)
        told = contacts.events(self.db.read("contact_events", studio_id, kind=KINDS))
        about = {one.contact_id for one in (*stated, *told) if one.kind == "consent"}
        if not about:
            return {}
        people, said = self._marketing_people(studio_id, stated, told), defaultdict(list)
        for group in {people.group(one) for one in about}:
            contact = people.contact(group)
            own = people.member(group)
            said[own].append(contact.consent)
            for channel, word in contact.consent.items():
                others = set() if word[0] else people.members.sharing(_ways(contact, people.members, channel)) - {own}
                for member in others:
                    said[member].append({channel: word})
        said.pop(None, None)
        return {member: consent.together(words) for member, words in said.items()}

    def _marketing_people(self, studio_id, stated=(), told=None):
        revision = self.db.revision("members", "studios")
        kept = vars(self).setdefault("_marketing_members", {})
        if kept.get(studio_id, (None,))[0] != revision:
            kept[studio_id] = revision, MemberFile(self.db, studio_id)
        if told is None:
            told = contacts.events(self.db.read("contact_events", studio_id, kind=KINDS))
        return _People(studio_id, handles_of(self.db, studio_id), [*told, *stated], kept[studio_id][1])


class _People:
    """Who is one person, and which member: of the few that are asked about."""

    def __init__(self, studio_id, handles, known, members):
        self.members = members
        known = contacts.in_order(known)
        self._of_handle = contacts.named(studio_id, handles, known)
        self._merges = contacts.merges([*known, *identity.joined(self._of_handle)])
        self._events = defaultdict(list)
        for one in known:
            self._events[one.contact_id].append(one)
        groups = contacts.groups({*self._of_handle, *self._events}, self._merges)
        self._groups = {one: group for group in groups for one in group}

    def group(self, contact_id):
        """Tuple of the ids that are one person."""
        return self._groups.get(contact_id, (contact_id,))

    def contact(self, group):
        """The `Contact` that a group is, as far as events of KINDS tell."""
        return contacts.fold(group, self._of_handle, [one for own in group for one in self._events[own]], self._merges)

    def member(self, group):
        """member_id of a group, None where it is nobody of the member file."""
        return self.members.match(self.contact(group))[0]


def _stated(db, studio_id):
    """List of Events: the messages that say yes or no to marketing."""
    rows, found = short_messages(db, studio_id, consent.MOST_LETTERS), []
    texts = zip(*(rows[name].tolist() for name in ("message_id", "handle", "body", "subject")), strict=True)
    for at, (message_id, handle, body, subject) in enumerate(texts):
        event = consent.stated("", message_id, handle, body or "", None, subject)
        if event is not None:
            own = contacts.contact_id(studio_id, handle)
            found.append(event._replace(contact_id=own, at=rows["sent_at"].iloc[at]))
    return found


def _ways(contact, members, channel):
    """set of the numbers and addresses, of handles or typed, that a word on a channel, or "all", is about."""
    found = set()
    if channel in ("email", "all"):
        found |= {identity.email_of(one) for one in contact.handles} | {identity.email(contact.given.get("email"))}
    if channel in (*consent.TEXTED, "all"):
        typed = identity.phone(contact.given.get("phone"), members.calling)
        found |= {identity.phone_of(one) for one in contact.handles} | {typed}
    return found - {None}
