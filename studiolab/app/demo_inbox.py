"""A month of sample messages for the inbox of a sample studio, and the way back."""

import json
from datetime import UTC, datetime
from functools import partial

import numpy as np
import pandas as pd

from studiolab.adapters.channels import message
from studiolab.app import demo_papers
from studiolab.app.addresses import zone_of
from studiolab.schema import CHANNELS
from studiolab.studio_operations.inbox.contacts import contact_id
from studiolab.world import lead_talk
from studiolab.world.leads import make_leads

ACCOUNT, ACTOR, SEED = "demo", "sample data", 36
LEADS, DAYS, SETTLED, UNREAD = 64, 30, 14, 4  # the latter days: of silence until a lead is lost, and that stay unread
MEMBERS_ASK = ("Can I pause my plan while I am away?", "Is tonight's class full?", "I left my bottle, did you find it?",
               "Could you move me to the unlimited plan?", "Thank you, that was a great class!")  # fmt: skip
STAGES = {"booked": ("TRIAL_SCHEDULED", ""), "joined": ("CONVERTED", ""), "missed": ("NO_SHOW", "")}
NOTES = ("Asked at the desk too, very friendly.", "Knee trouble: begin gently.", "Comes with a friend.")


class DemoInbox:
    """The part of the Workbench that fills an empty inbox with samples."""

    def fill_demo_inbox(self, studio_id=None, now=None):
        """dict of how many messages, people and settings a studio's inbox now holds; all of account "demo".

        now : datetime with a zone, until when; the clock's by default
        Raises ValueError where there are real messages, or the samples already.
        """
        studio_id, now = self.the_studio(studio_id), pd.Timestamp(now or datetime.now(UTC)).floor("s")
        with self.db.transaction() as changes:
            return fill(changes, studio_id, now)

    def remove_demo_inbox(self, studio_id=None):
        """dict of how many messages, events and settings were taken away: the samples, and what was done to them."""
        studio_id = self.the_studio(studio_id)
        with self.db.transaction() as changes:
            return _removed(changes, studio_id)


def fill(changes, studio_id, now):
    """As `DemoInbox.fill_demo_inbox`, inside a Transaction."""
    accounts = changes.read("messages", studio_id, ["account_id"])["account_id"]
    if (accounts != ACCOUNT).any():
        raise ValueError(f"{studio_id} has {(accounts != ACCOUNT).sum()} messages of its own: samples stay out of them")
    if len(accounts):
        raise ValueError(f"{studio_id} has the samples already; `studiolab inbox demo --remove` takes them away")
    messages, statuses, events = _talks(changes, studio_id, now)
    settings = [*_accounts(), *demo_papers.settings(changes, studio_id)]
    taken = set(zip(*changes.read("inbox_settings", studio_id)[["kind", "name"]].T.to_numpy(), strict=True))
    changes.add("messages", messages)
    changes.add("message_statuses", statuses)
    changes.add("contact_events", events)
    changes.add("inbox_settings", [
        {"studio_id": studio_id, "kind": kind, "name": name, "value": json.dumps(value, ensure_ascii=False),
         "changed_at": now.to_pydatetime(), "user_name": ACTOR}
        for kind, name, value in settings if (kind, name) not in taken
    ])  # fmt: skip
    return {"messages": len(messages), "people": len({row["handle"] for row in messages}), "settings": len(settings)}


def _accounts():
    says = "sample messages: nobody is behind them"
    return [("channel", f"{one}:{ACCOUNT}", {"is_connected": False, "is_sample": True, "settings": {}, "says": says})
            for one in CHANNELS]  # fmt: skip


def _talks(changes, studio_id, now):
    """Rows of messages, message_statuses and contact_events."""
    start = now.tz_convert(zone_of(changes, studio_id)).normalize() - pd.Timedelta(days=DAYS)
    offer = demo_papers.offer(changes, studio_id)
    talk = _Talk(studio_id, now)
    for lead in make_leads(SEED, LEADS, DAYS + 1):
        talk.lead(lead, start, offer)
    for number, member in enumerate(_writing_members(changes, studio_id).itertuples()):
        talk.member(number, member)
    return talk.messages, talk.statuses, talk.events


def _writing_members(changes, studio_id):
    members = changes.read("members", studio_id, ["member_id", "member_name", "phone", "left_at"])
    return members[members["left_at"].isna() & members["phone"].notna()].tail(len(MEMBERS_ASK))


class _Talk:
    """Rows as they come together."""

    def __init__(self, studio_id, now):
        self.studio_id, self.now = studio_id, now
        self.messages, self.statuses, self.events = [], [], []

    def lead(self, lead, start, offer):
        rng, known = np.random.default_rng([SEED, 4, lead.number]), lead_talk.person(lead, SEED)
        turns = [(turn, start + pd.Timedelta(seconds=round(turn.at))) for turn in lead.turns]
        turns = [(turn, at) for turn, at in turns if at <= self.now]
        if not turns:
            return
        for number, (turn, at) in enumerate(turns):
            self.said(f"{lead.number}-{number}", turn.channel, lead_talk.handle(lead, turn.channel, known),
                      known["name"], turn.direction, lead_talk.text(lead, turn, rng, offer), at,
                      rng.random())  # fmt: skip
        first = lead_talk.handle(lead, lead.channel, known)
        event = partial(self.event, f"{lead.channel}:{first}")
        self.stages(lead, turns, start, event)
        last, at = turns[-1]
        if last.direction == "outbound" or at < self.now - pd.Timedelta(days=UNREAD):
            event("read", {"to": at.isoformat()}, at)
        if lead.number % 9 == 0:
            event("note", {"text": NOTES[lead.number // 9 % len(NOTES)]}, turns[0][1] + pd.Timedelta(hours=1))
        if lead.number % 5 == 0:
            event("label", {"label": "from " + lead.source, "is_set": True}, turns[0][1])
        if lead.number % 7 == 0:
            event("changed", {"email": known["email"]}, turns[0][1])

    def stages(self, lead, turns, start, event):
        """Moves up to now, each after what it is seen from."""
        answers = [at for turn, at in turns if turn.direction == "outbound"]
        if answers:
            event("stage", {"to": "CONTACTED", "reason": ""}, answers[0])
        asked = [at for turn, at in turns if turn.direction == "inbound" and {"trial", "price"} & set(turn.intents)]
        if answers and asked and asked[0] > answers[0]:
            event("stage", {"to": "QUALIFIED", "reason": "asked for a trial or the price"}, asked[0])
        moved = turns[-1][1]
        for when, what in lead.happened:
            at = start + pd.Timedelta(seconds=round(when))
            if at <= self.now and what in STAGES:
                to, reason = STAGES[what]
                event("stage", {"to": to, "reason": reason}, at)
                moved = max(moved, at)
        lost = moved + pd.Timedelta(days=SETTLED)
        if answers and lost <= self.now and not lead.converted:
            event("stage", {"to": "LOST", "reason": "no word for two weeks"}, lost)

    def member(self, number, member):
        at = self.now - pd.Timedelta(hours=5 + 31 * number)
        name = member.phone.lstrip("+")
        self.said(f"m{number}-0", "whatsapp", name, member.member_name, "inbound", MEMBERS_ASK[number], at)
        if number % 2:
            self.said(f"m{number}-1", "whatsapp", name, member.member_name, "outbound",
                      "Thank you for writing, we will see to it.", at + pd.Timedelta(hours=1), 0.5)  # fmt: skip
            self.event(f"whatsapp:{name}", "read", {"to": at.isoformat()}, at)

    def said(self, number, channel, handle, name, direction, body, at, luck=0.0):
        """A message; luck : 0 to 1, how far what we wrote came."""
        subject = "Your studio" if channel == "email" else None
        row = message(channel, f"demo-{self.studio_id}-{number}", ACCOUNT, handle, "text", body, at.to_pydatetime(),
                      name=name if direction == "inbound" else None, direction=direction, subject=subject)  # fmt: skip
        self.messages.append(row | {"studio_id": self.studio_id, "received_at": at.to_pydatetime()})
        if direction == "outbound" and channel != "email":
            for minutes, status in enumerate(("sent", "delivered", "read")[: 2 + (luck < 0.8)]):
                told = min(at + pd.Timedelta(minutes=7 * minutes), self.now).to_pydatetime()
                self.statuses.append({"message_id": row["message_id"], "status": status, "studio_id": self.studio_id,
                                      "told_at": told, "reason": None, "outbox_id": None})  # fmt: skip

    def event(self, handle, kind, value, at):
        self.events.append({
            "event_id": f"demo-{self.studio_id}-{len(self.events):04d}", "studio_id": self.studio_id,
            "contact_id": contact_id(self.studio_id, handle), "kind": kind, "value": json.dumps(value),
            "happened_at": at.to_pydatetime(), "user_name": ACTOR,
        })  # fmt: skip


def _removed(changes, studio_id):
    gone = changes.read("messages", studio_id, account_id=ACCOUNT)
    ids = {contact_id(studio_id, handle) for handle in gone["handle"]}
    found = changes.read("contact_events", studio_id)
    partners = found["value"].map(lambda value: json.loads(value).get("with"))
    events = found[found["contact_id"].isin(ids) | partners.isin(ids) | found["event_id"].str.startswith("demo-")]
    papers, settings = [*_accounts(), *demo_papers.settings(changes, studio_id)], 0
    for table, key, rows in (("messages", "message_id", gone), ("message_statuses", "message_id", gone),
                             ("contact_events", "event_id", events)):  # fmt: skip
        _take_away(changes, table, key, rows[key])
    changes.replace("outbox", changes.read("outbox", studio_id).iloc[:0], studio_id=studio_id, account_id=ACCOUNT)
    for kind, name, _ in papers:  # what somebody has changed since is theirs
        own = {"kind": kind, "name": name, "user_name": ACTOR}
        rows = changes.read("inbox_settings", studio_id, **own)
        changes.replace("inbox_settings", rows.iloc[:0], studio_id=studio_id, **own)
        settings += len(rows)
    return {"messages": len(gone), "events": len(events), "settings": settings}


def _take_away(changes, table, key, values):
    if len(values):
        changes.replace(table, changes.last(table, 1).iloc[:0], **{key: list(values)})
