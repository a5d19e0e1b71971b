"""The inbox: conversations in a list, one as a thread, and who it is with."""

import pandas as pd

from studiolab.app.inbox_index import InboxIndex
from studiolab.app.inbox_view import shown_of, state_of, words
from studiolab.app.inbox_waiting import InboxWaiting
from studiolab.schema import CHANNELS
from studiolab.schema import LEAD_STATUSES as STAGES
from studiolab.studio_operations.inbox import consent, contacts, identity, progress, replies
from studiolab.studio_operations.inbox import conversations as threads

MOST_LETTERS = 200  # of a message in a list
STATES = ("open", "waiting", "unread", "snoozed", "closed", "all", "people")
FIRST, LAST = (pd.Timestamp(one.year, one.month, one.day, tz="UTC") for one in (pd.Timestamp(0), pd.Timestamp.max))


class UnknownContact(ValueError):
    """No such contact in this studio."""


class Inbox(InboxWaiting):
    """The part of the Workbench that shows who wrote and what was said."""

    def conversations(self, studio_id, search="", channel=None, stage=None, assigned=None, label=None, state="open",
                      limit=50, offset=0):  # fmt: skip
        """`replies.Conversations`, the newest first.

        search : words that the contact's card and one message must hold, in any case and without accents
        assigned : user name, "" for nobody's and those of closed accounts
        state : of STATES; "people" are all, who never wrote too
        channel, stage, label : all by default
        """
        for name, value, known in (("state", state, STATES), ("channel", channel, CHANNELS), ("stage", stage, STAGES)):
            _refuse_unknown(name, value, known)
        now, kept, gone = pd.Timestamp.now("UTC"), [], self._inbox_gone()
        for view in self.inbox_index(studio_id).found(search):
            contact = view.contact
            if (
                (view.said.shown or search or state == "people")
                and (channel is None or any(handle.startswith(channel + ":") for handle in contact.handles))
                and (stage is None or contact.stage == stage)
                and (assigned in (None, contact.assigned) or (assigned == "" and contact.assigned in gone))
                and (label is None or label in contact.labels)
                and _is_in(view, state, now)
            ):
                kept.append(view)
        kept.sort(
            key=lambda view: (view.sight.last.at if view.sight.last else 0, view.contact.contact_id), reverse=True
        )
        asked = words(search)
        page = [(view, shown_of(view, asked)) for view in kept[offset : offset + limit]]
        shown = self._inbox_last([(view.said, line) for view, line in page if line])
        return replies.Conversations(
            conversations=[_row(view, line and shown.get(line.message_id), gone, now) for view, line in page],
            total=len(kept), unread=sum(view.sight.unread > 0 for view in kept),
            waiting=sum(view.sight.waiting_since is not None for view in kept), limit=limit, offset=offset,
        )  # fmt: skip

    def conversation(self, studio_id, contact_id, before=None, limit=200):
        """`replies.Conversation`: the last `limit` messages before Timestamp `before`, the oldest first.

        Raises UnknownContact.
        """
        view = self.inbox_view(studio_id, contact_id)
        contact, sight, now = view.contact, view.sight, pd.Timestamp.now("UTC")
        rows = self.db.read("messages", studio_id, handle=contact.handles or [""])
        until = None if before is None else min(max(before, FIRST), LAST).value
        shown = [line for line in view.said.shown if until is None or line.at < until]
        ids = [line.message_id for line in shown[-limit:]]
        sent = self.db.read("outbox", studio_id, contact_id=list(contact.ids))
        authors = {row.message_id: row.user_name for row in sent.itertuples() if isinstance(row.message_id, str)}
        told = threads.thread(rows, self.db.read("message_statuses", message_id=ids or [""]), authors)
        response = None if sight.answered_at is None else (sight.answered_at - sight.asked_at) / 1e9
        return replies.Conversation(
            conversation_id=contact.contact_id, contact=self._inbox_told(studio_id, view, now),
            state=state_of(contact, sight, now), unread=sight.unread, waiting_since=_moment(sight.waiting_since),
            first_response_seconds=response, messages=[one for one in told if one["message_id"] in set(ids)],
            has_earlier=len(shown) > limit, pending=_pending(sent), window=self._inbox_window(studio_id, contact_id),
        )  # fmt: skip

    def contact(self, studio_id, contact_id):
        """`replies.ContactTold`. Raises UnknownContact."""
        return self._inbox_told(studio_id, self.inbox_view(studio_id, contact_id), pd.Timestamp.now("UTC"))

    def contacts_of(self, studio_id, search="", stage=None, label=None, limit=50, offset=0):
        """`replies.Contacts` by name, those who never wrote too."""
        _refuse_unknown("stage", stage, STAGES)
        found = [
            view
            for view in self.inbox_index(studio_id).found(search)
            if (stage is None or view.contact.stage == stage) and (label is None or label in view.contact.labels)
        ]
        found.sort(key=lambda view: (view.name.casefold(), view.contact.contact_id))
        now = pd.Timestamp.now("UTC")
        page = [self._inbox_told(studio_id, view, now) for view in found[offset : offset + limit]]
        return replies.Contacts(contacts=page, total=len(found), limit=limit, offset=offset)

    def labels(self, studio_id):
        """List of the labels that contacts bear, in order."""
        return sorted({one for view in self.inbox_index(studio_id).found("") for one in view.contact.labels})

    def inbox_index(self, studio_id):
        """The `InboxIndex` of a studio, as the database is now. Raises UnknownStudio."""
        with self._lock:
            if getattr(self, "_inboxes", None) is None:
                self._inboxes = {}
            if studio_id not in self._inboxes:
                self._inboxes[self.the_studio(studio_id)] = InboxIndex(self.db, studio_id)
            index = self._inboxes[studio_id]
        return index.renew()

    def inbox_view(self, studio_id, contact_id):
        """The `View` that an id of a contact, a merged one too, leads to. Raises UnknownContact."""
        view = self.inbox_index(studio_id).view(contact_id)
        if view is None:
            raise UnknownContact(f"no contact {contact_id!r}; `studiolab inbox contacts` lists them")
        return view

    # parts --------------------------------------------------------------------------------------
    def _inbox_gone(self):
        """set of the users whose account is closed."""
        known = self.db.read("accounts", columns=["user_name", "is_closed"])
        return set(known.loc[known["is_closed"], "user_name"])

    def _inbox_window(self, studio_id, contact_id):
        try:
            return replies.WindowTold(**self.window(studio_id, contact_id)._asdict())
        except ValueError as error:  # no way leads to them
            return replies.WindowTold(takes="closed", until=None, says=str(error).removeprefix("channel: "))

    def _inbox_last(self, pairs):
        """dict of message_id to `replies.LastMessage` of (Standing, Line) pairs, each as it stands."""
        changes = [found.get(line.message_id) for said, line in pairs for found in (said.edited, said.gone)]
        ids = [line.message_id for line in (*(line for _, line in pairs), *changes) if line]
        rows, statuses = (self.db.read(table, message_id=ids or [""]) for table in ("messages", "message_statuses"))
        return {one["message_id"]: _last(one) for one in threads.thread(rows, statuses, {})}

    def _inbox_told(self, studio_id, view, now):
        contact, given, record = view.contact, view.contact.given, view.record
        handles = [_handle(studio_id, handle) for handle in contact.handles]
        first = min((line.at for line in view.said.shown), default=None)
        return replies.ContactTold(
            contact_id=contact.contact_id, ids=list(contact.ids), name=view.name, handles=handles,
            email=given.get("email") or next(filter(None, map(identity.email_of, contact.handles)), None),
            phone=given.get("phone") or next(filter(None, map(identity.phone_of, contact.handles)), None),
            language=given.get("language") or None, member_id=view.member_id,
            member_name=record and record.name, member_says=view.member_says,
            stage=contact.stage,
            history=[{"at": at, "to": to, "reason": why, "by": by} for at, to, why, by in contact.history],
            suggested=[{"at": at, "to": to, "reason": why, "by": ""} for at, to, why in
                       (progress.suggested(contact.stage, record, now) if record else ())],
            consent=_consent(contact, self.inbox_index(studio_id).said(view), record), consent_hint=view.hint,
            assigned=contact.assigned, assigned_is_closed=contact.assigned in self._inbox_gone(),
            labels=sorted(contact.labels),
            notes=[{"note_id": note, "at": at, "by": by, "text": text} for note, at, by, text in contact.notes],
            merges=[_merge(one) for one in contact.merges], state=state_of(view.contact, view.sight, now),
            snoozed_until=contact.snoozed_until, sequences=contact.sequences, first_seen_at=_moment(first),
        )  # fmt: skip


def _refuse_unknown(name, value, known):
    if value is not None and value not in known:
        raise ValueError(f"{name}: there is no {value!r}; there are {', '.join(known)}")


def _is_in(view, state, now):
    if state in ("all", "people"):
        return True
    if state == "unread":
        return view.sight.unread > 0
    if state == "waiting":
        return view.sight.waiting_since is not None and state_of(view.contact, view.sight, now) == "open"
    return state_of(view.contact, view.sight, now) == state


def _row(view, last, gone, now):
    contact, sight = view.contact, view.sight
    channels = list(dict.fromkeys(handle.partition(":")[0] for handle in contact.handles))
    newest = sight.last and sight.last.handle.partition(":")[0]
    return replies.ConversationRow(
        conversation_id=contact.contact_id, contact_id=contact.contact_id, name=view.name, channels=channels,
        channel=newest, last=last, unread=sight.unread, waiting_since=_moment(sight.waiting_since),
        state=state_of(contact, sight, now), snoozed_until=contact.snoozed_until, stage=contact.stage,
        assigned=contact.assigned, assigned_is_closed=contact.assigned in gone, labels=sorted(contact.labels),
        member_id=view.member_id,
    )  # fmt: skip


def _last(one):
    text = " ".join((one["body"] or one["subject"] or "").split())
    return replies.LastMessage(text=text[:MOST_LETTERS], **{name: one[name] for name in (
        "message_id", "channel", "direction", "kind", "sent_at", "status")})  # fmt: skip


def _pending(sent):
    """What of the outbox is no message yet."""
    waits = sent[sent["state"].isin(["waiting", "sending", "failed", "unsure"])].sort_values("created_at")
    names = ("outbox_id", "channel", "handle", "body", "user_name", "created_at", "send_after", "state")
    return [{name: row[name] for name in names} | {"reason": row["reason"] if isinstance(row["reason"], str) else None}
            for row in waits.to_dict("records")]  # fmt: skip


def _handle(studio_id, handle):
    channel, _, name = handle.partition(":")
    return {"handle": handle, "channel": channel, "name": name, "contact_id": contacts.contact_id(studio_id, handle),
            "phone": identity.phone_of(handle)}  # fmt: skip


def _consent(contact, said, record):
    """What counts for each channel that a person is known on."""
    channels = {handle.partition(":")[0] for handle in contact.handles} | set(said) - {"all"}
    channels |= {"email"} if contact.given.get("email") else set()
    filed = (record.email_consent, record.text_consent) if record else (None, None)
    found = {channel: consent.effective(said, channel, *filed) for channel in sorted(channels)}
    return [{"channel": channel, "allowed": one.allowed, "at": one.at, "why": one.why,
             "says": consent.may_market(one)[1]} for channel, one in found.items()]  # fmt: skip


def _merge(one):
    at = None if one.at == identity.EVER else one.at
    return {"merge_id": one.event_id, "contact_id": one.contact_id, "with_contact_id": one.value["with"], "at": at,
            "by": one.by, "evidence": one.value.get("evidence") or []}  # fmt: skip


def _moment(nanoseconds):
    return None if nanoseconds is None else pd.Timestamp(nanoseconds, tz="UTC")
