"""What a studio's own decided leads teach of a lead's score, learned once and kept until they change."""

from bisect import bisect_right
from collections import defaultdict

import pandas as pd

from studiolab.app.inbox_members import TABLES as BOOKS
from studiolab.studio_operations.agents import lead_scoring, smart_reply
from studiolab.studio_operations.inbox import consent, conversations, lead_past
from studiolab.studio_operations.inbox.lead_past import Past, Points
from studiolab.studio_operations.inbox.progress import CAME

MOST_LEARNED = 1_000  # leads, those decided last; more where of these too few joined
READ = ["message_id", "sent_at", "handle", "direction", "kind", "about", "found_by", "body", "subject"]
TALK = ("messages", "contact_events")


class LeadPoints:
    """The part of the Workbench that learns which facts of leads speak for joining.

    What words say of the past is read by the rules, also where a language model reads for a lead of now, and held
    against the classes, times and prices of now: older ones are not kept.
    """

    def lead_points(self, studio_id, live=None):
        """`Points` of a studio, the usual ones where too few leads are decided.

        live : `Live` data of the studio, read anew by default. Raises UnknownStudio.
        """
        studio_id = self.the_studio(studio_id)
        live = self.agent_live(studio_id) if live is None else live
        revision, books = self.db.revision(*TALK), self.db.revision(*BOOKS)
        kept = self.__dict__.setdefault("_points_kept", {})
        asked, key, points = kept.get(studio_id, (None, None, Points()))
        if asked == (revision, books, live):
            return points
        decided = self._points_decided(studio_id)
        now = books, live, [_mark(view, at, has_joined) for view, at, has_joined in decided]
        if now != key:
            points = self._points_learned(studio_id, decided, live)
        kept[studio_id] = (revision, books, live), now, points
        return points

    def lead_past(self, studio_id, view):
        """`Past` of the lead that a `View` shows."""
        return self._points_pasts(studio_id, [view])[0]

    # parts --------------------------------------------------------------------------------------
    def _points_decided(self, studio_id):
        """List of (View, Timestamp, whether they joined), of leads who wrote before they were decided and are settled:
        the last, and more only where those are not enough."""
        found = []
        for view in self.inbox_index(studio_id).found():
            made, wrote_at = lead_past.decision(view.contact.history), view.sight.asked_at
            if made and wrote_at is not None and wrote_at < made[0].value:
                found.append((view, *made))
        until = max((at for _, at, _ in found), default=pd.Timestamp(0, tz="UTC")) - lead_past.SETTLED
        found = [one for one in found if one[0].sight.asked_at <= until.value]
        found.sort(key=lambda one: (one[1], one[0].contact.contact_id))
        since = max(len(found) - MOST_LEARNED, 0)
        while since and min(_sides(found[since:])) < lead_past.ENOUGH:
            since = max(since - MOST_LEARNED, 0)
        return found[since:]

    def _points_learned(self, studio_id, decided, live):
        joined, lost = _sides(decided)
        if min(joined, lost) < lead_past.ENOUGH:
            return Points(joined=joined, lost=lost)
        pasts = self._points_pasts(studio_id, [view for view, _, _ in decided])
        leads = [(past, at, has_joined) for past, (_, at, has_joined) in zip(pasts, decided, strict=True)]
        return lead_past.learned(leads, lambda rows: _read(rows, live))

    def _points_pasts(self, studio_id, views):
        """List of `Past`, one a View."""
        of = {handle: n for n, view in enumerate(views) for handle in view.contact.handles}
        rows, lines = self.db.read("messages", studio_id, READ, handle=list(of) or [""]), [[] for _ in views]
        for line in conversations.lines(rows):
            lines[of[line.handle]].append(line)
        words = (rows[name].fillna("") for name in ("message_id", "subject", "body"))
        texts = {own: (subject, body) for own, subject, body in zip(*words, strict=True)}
        members = [view.member_id for view in views]
        bookings = self._points_bookings(studio_id, [one for one in members if one])
        return [
            Past(view.contact.contact_id, tuple(view.contact.history), tuple(own), texts, _refused_at(view.contact),
                 tuple(bookings.get(member, ())))
            for view, own, member in zip(views, lines, members, strict=True)
        ]  # fmt: skip

    def _points_bookings(self, studio_id, members):
        """dict of member_id to (start, status) of each class that was not called off in time."""
        rows = self.db.read("visits", studio_id, ["member_id", "attended_at", "status"], member_id=members or [""])
        rows, found = rows[rows["status"].isin(CAME)].sort_values(["attended_at", "status"]), {}
        for row in rows.itertuples(index=False):
            found.setdefault(row.member_id, []).append((row.attended_at, row.status))
        return found


def facts_now(past, told, live, now, ask=None):
    """(`lead_scoring.Found` of a lead, the Facts that the rules alone find)."""
    plain = lead_past.facts(past, now, told, ahead=True)
    messages = [_said(one) for one in told]
    found = lead_scoring.find(messages, live, plain, ask)
    if found.written_by == "rules":
        return found, found.facts
    return found, lead_scoring.decided(lead_scoring.by_rules(messages, live), live, plain)


def _read(rows, live):
    """List of Facts with what is said in the messages of each row; each message is read once, all of them together."""
    versions = {one.version: one for told, _ in rows for one in told}
    said = [smart_reply.Said(one.version, one.is_ours, one.text, None) for one in versions.values()]
    features = defaultdict(list)
    for feature in lead_scoring.by_rules(said, live):
        features[feature.message_id].append(feature)
    return [lead_scoring.decided([one for each in told for one in features.get(each.version, ())], live, plain)
            for told, plain in rows]  # fmt: skip


def _said(one):
    return smart_reply.Said(one.message_id, one.is_ours, one.text, pd.Timestamp(one.at, tz="UTC"))


def _sides(decided):
    """How many joined, and how many did not."""
    joined = sum(has_joined for _, _, has_joined in decided)
    return joined, len(decided) - joined


def _mark(view, at, has_joined):
    """What the facts of a decided lead are made from, as far as it may still change."""
    contact, said, until = view.contact, view.said, at.value
    changed = sum(one.at < until for one in (*said.edited.values(), *said.gone.values()))
    before = bisect_right(said.shown, until, key=lambda line: line.at)
    moves = [(when, to) for when, to, _, _ in contact.history if when <= at]
    return contact.contact_id, at, has_joined, before, changed, moves, _refused_at(contact), view.member_id


def _refused_at(contact):
    """Timestamp since when they want no message on any channel that they are known on, None where they do."""
    channels = {handle.partition(":")[0] for handle in contact.handles} or {"all"}
    last = [consent.effective(contact.consent, one) for one in channels]
    return max(one.at for one in last) if all(one.allowed is False for one in last) else None
