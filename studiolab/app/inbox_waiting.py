"""How many people wait for an answer, of many studios at once, without standing their inboxes up."""

import pandas as pd

from studiolab.adapters import channel_rows
from studiolab.app.inbox_view import state_of
from studiolab.studio_operations.inbox import consent, contacts, conversations, identity

COLUMNS = ["message_id", "studio_id", "handle", "direction", "kind", "about", "found_by", "body", "subject", "sent_at"]
KINDS = ["created", "merged", "unmerged", "closed", "snoozed"]  # of events, on which it hangs


class InboxWaiting:
    """The part of the Workbench that counts who waits."""

    def waiting_conversations(self, studio_ids):
        """How many open conversations of these studios wait for an answer: `waiting` of `conversations`, in all."""
        last, heard = channel_rows.unanswered(self.db, list(studio_ids), COLUMNS, conversations.ABOUT_OTHERS)
        now = pd.Timestamp.now("UTC")
        answers = dict(iter(last.groupby("studio_id")))
        return sum(_waiting(self.db, one, answers[one], rows, now) for one, rows in heard.groupby("studio_id"))


def _waiting(db, studio_id, answers, rows, now):
    """Of one studio; answers : the last one to each handle; rows : of messages, what came from handles since theirs."""
    noes = {row.message_id for row in rows.itertuples() if _is_no(row)}
    lines = {}
    for line in conversations.lines(rows, noes):
        lines.setdefault(contacts.contact_id(studio_id, line.handle), []).append(line)
    answered = {contacts.contact_id(studio_id, one.handle): one.sent_at for one in answers.itertuples()}
    events, own = contacts.events(db.read("contact_events", studio_id, kind=KINDS)), {}
    for event in events:
        own.setdefault(event.contact_id, []).append(event)
    of_handle = contacts.named(studio_id, answers["handle"], events)
    merges = contacts.merges([*events, *identity.joined(of_handle)])
    groups = contacts.groups({*of_handle, *own}, merges)
    count = 0
    for ids in groups:
        told = [line for one in ids for line in lines.get(one, ())]
        if not told:
            continue
        contact = contacts.fold(ids, of_handle, [event for one in ids for event in own.get(one, ())])
        done = [at.value for one in ids if pd.notna(at := answered.get(one))]
        done += [contact.closed_at.value] if contact.closed_at is not None else []
        sight = conversations.overview(conversations.standing(told), None, max(done, default=None))
        count += sight.waiting_since is not None and state_of(contact, sight, now) == "open"
    return count


def _is_no(row):
    event = consent.stated("", row.message_id, row.handle, row.body or "", row.sent_at, row.subject)
    return event is not None and not event.value["allowed"]
