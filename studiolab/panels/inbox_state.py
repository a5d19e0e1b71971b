"""The inbox's State: what the person looks for and does, and the workbench's JSON answers to it.

`inbox` draws it. A thread looks for what is new every LOOK seconds, so a message is on the page within two seconds of
its webhook. A test sets a trait or calls a deed and looks at the others; no browser is needed.
"""

import logging
import threading

import pandas as pd
import traitlets
from pydantic import ValidationError

from studiolab.app import StudiolabError, Workbench
from studiolab.panels import words
from studiolab.studio_operations.inbox import stages
from studiolab.users import NotAllowed, User

LOOK = 0.7  # seconds
UNDO = pd.Timedelta(seconds=6)  # before a message goes out
TABLES = ("messages", "message_statuses", "contact_events", "outbox", "inbox_settings")
SHOWN, MESSAGES = 60, 200
FILTERS = ("state", "channel", "stage", "assigned")
NOTHING = "Nobody has written yet. Connect a channel with “studiolab inbox connect whatsapp”, or look around in a "
NOTHING += "sample with “studiolab inbox demo”."

log = logging.getLogger(__name__)


class State(traitlets.HasTraits):
    """One person at the inbox.

    Set by the person: studio_id, search, filters (dict of FILTERS, "" for all), shown (how many conversations),
    contact_id. Answers: `found`, JSON of Conversations; `thread`, JSON of Conversation with `window` (its sentence and
    what it takes) and `may` (the stages it can move to); `draft`, JSON of Draft; `score`, JSON of LeadTold; `alike`,
    who may be the same person (dicts id, name, evidence); `settled`, canned replies, sequences and colleagues;
    `figures`, JSON of InboxMetrics.
    status : "loading", "ready", "failed"; problem : why something failed; done : what a deed did
    """

    status = traitlets.Enum(["loading", "ready", "failed"], "loading")
    problem, done, studio_id, search, contact_id = (traitlets.Unicode() for _ in range(5))
    filters, found, thread, draft, score, settled, figures = (traitlets.Dict() for _ in range(7))
    alike = traitlets.List()
    shown = traitlets.Int(SHOWN)

    def __init__(self, workbench=None, who=lambda: User("notebook", "owner")):
        """who : callable, the User at the desk now"""
        super().__init__(filters={"state": "open"})
        self.workbench, self.studios, self.who = workbench or Workbench(), {}, who
        self._revision, self._alone, self._stopped = None, threading.RLock(), threading.Event()

    @property
    def user(self):
        return self.who()

    def load(self):
        """Find the studios. Returns self."""
        try:
            self.studios = {one.studio_id: one.studio_name for one in self.workbench.studios()}
        except StudiolabError as error:
            self.problem, self.status = str(error), "failed"
            return self
        if not self.studios:
            self.problem = "No studios yet. Bring your own files with “studiolab import FILE”."
        self.status = "ready" if self.studios else "failed"
        return self

    def open(self, studio_id=None, contact_id=None):
        """Show a studio, by default the one with the most conversations, and in it a person, the first by default."""
        if studio_id not in self.studios:
            counts = {one: self.workbench.conversations(one, limit=1).total for one in self.studios}
            unknown, studio_id = studio_id, max(counts, key=counts.get)
            self.done = f"There is no studio {unknown!r}; this is {self.studios[studio_id]}." if unknown else ""
        self.contact_id, self.search, self.studio_id = "", "", studio_id
        self.renew(force=True)
        rows = self.found.get("conversations", [])
        self.pick(contact_id or (rows[0]["conversation_id"] if rows else ""))

    def watch(self):
        """Look for what is new, in a thread, until `close`."""
        threading.Thread(target=self._watch, name="inbox", daemon=True).start()

    def close(self):
        self._stopped.set()

    def renew(self, force=False):
        """Ask anew for what is shown, if anything changed; whether it did."""
        with self._alone:
            revision = self.workbench.db.revision(*TABLES)
            if not force and revision == self._revision:
                return False
            self._revision = revision
            self._list()
            self._read()
            self._asked(self._settle)
            return True

    # what the person does -----------------------------------------------------------------------
    def pick(self, contact_id):
        """Open a person's conversation, and mark it as read where they may."""
        with self._alone:
            self.draft, self.score, self.contact_id, self.problem = {}, {}, contact_id, ""
            self._read()
            self._look_alikes()
            if self.thread.get("unread") and self.user.may("share"):
                self._asked(lambda: self.workbench.mark_read(self.studio_id, contact_id, self.user.name))
                self._list()

    @traitlets.observe("search", "filters", "shown")
    def _looked_for(self, _):
        if self.studio_id:
            with self._alone:
                self._list()

    def send(self, text, channel=None, later=None, unless_reply=False, template=None, contact_id=None):
        """Send a message in a moment, in which it can be taken back; later : ISO time; template : its name;
        contact_id : who it was written to, whoever is open by now. What is refused is back in the box."""
        text, contact_id = (text or "").strip(), contact_id or self.contact_id
        is_open = contact_id in (self.contact_id, self.thread.get("conversation_id"))
        more = {"template": {"name": template}} if template else {}

        def ask():
            window = self.thread.get("window", {}) if is_open else {}
            if not later and window.get("takes") in ("template", "closed") and not template:
                raise ValueError(window["says"])
            when = pd.Timestamp(later) if later else pd.Timestamp.now("UTC") + UNDO
            when = when.tz_localize("UTC") if when.tzinfo is None else when
            return self.workbench.send_message(
                self.studio_id, contact_id, text, self.user.name, channel=channel or None,
                send_after=when.to_pydatetime(), unless_reply=unless_reply, **more)  # fmt: skip

        queued = self._deed("share", ask)
        if is_open:
            self.draft = {}
            if queued is None:
                self.draft = {"text": text, "sources": []}
        return queued is not None

    def take_back(self, outbox_id):
        """Do not send a message that waits or failed."""
        if self._deed("share", lambda: self.workbench.withdraw_message(outbox_id, self.user.name)):
            self.done = "The message is not sent."

    def again(self, outbox_id):
        """Send what failed."""
        self._deed("share", lambda: self.workbench.send_again(outbox_id, self.user.name))

    def suggest(self):
        """Ask for a draft of an answer; a person reads and sends it."""
        draft = self._asked(lambda: self.workbench.smart_reply(self.studio_id, self.contact_id))
        if draft is not None:
            self.draft = draft.model_dump(mode="json")

    def rate(self):
        """Score the lead, from facts that the thread shows."""
        told = self._asked(lambda: self.workbench.lead_score(self.studio_id, self.contact_id))
        if told is not None:
            self.score = told.model_dump(mode="json")

    def fill(self, name):
        """Put a canned reply in the box."""
        text = self._asked(lambda: self.workbench.filled_reply(self.studio_id, name, self.contact_id, self.user.name))
        if text is not None:
            self.draft = {"text": text, "sources": []}

    def move(self, to, reason=""):
        """Move a lead to another stage."""
        if self._change(self.workbench.move_lead, to, reason):
            self.done = f"{self.thread['contact']['name']}: {stages.WORDS[to]}."

    def assign(self, to):
        self._change(self.workbench.assign, to)

    def label(self, label, is_set):
        self._change(self.workbench.label, label.strip(), is_set)

    def note(self, text):
        self._change(self.workbench.note, text)

    def snooze(self, hours):
        """Put a conversation off; 0 takes that back."""
        until = pd.Timestamp.now("UTC") + pd.Timedelta(hours=hours) if hours else None
        self._change(self.workbench.snooze, until)

    def shut(self, is_closed):
        """Close a conversation, or open it again."""
        if self._change(self.workbench.close_conversation, is_closed):
            self.done = "Closed; it opens by itself when they write." if is_closed else "Open again."

    def join(self, other_id):
        """Make two contacts one."""
        if self._change(self.workbench.merge_contacts, other_id):
            self.done = "Joined. The contact card takes it back."
            self._look_alikes()

    def keep_apart(self, other_id):
        """Say that two contacts are two people; it is not asked again."""
        self._change(self.workbench.not_the_same, other_id)
        self._look_alikes()

    def part(self, merge_id):
        """Take a joining back."""
        self._change(self.workbench.unmerge_contacts, merge_id)

    def follow_up(self, name, runs):
        """Begin or end a sequence."""
        ask = self.workbench.start_sequence if runs else self.workbench.stop_sequence
        self._deed("share", lambda: ask(self.studio_id, self.contact_id, name, self.user.name))

    def set_hours(self, text):
        """Set the opening hours that figures count in, "MO-FR 09:00-20:00"; an empty text: the usual ones."""
        ask = self.workbench.set_inbox_hours
        told = self._deed("channels", lambda: ask(self.studio_id, text.strip() or None, self.user.name))
        if told is not None:
            self.done = f"Answers are due in opening hours: {told.text}."

    # parts --------------------------------------------------------------------------------------
    def _watch(self):
        while not self._stopped.wait(LOOK):
            try:
                if self.studio_id:
                    if any(one["state"] == "waiting" for one in self.thread.get("pending", ())):
                        self.workbench.send_due()
                    self.renew()
            except StudiolabError as error:
                self.problem = str(error)
            except Exception:  # the page must not stand still for good over what nobody thought of
                log.exception("inbox")

    def _list(self):
        asked = {name: value for name in FILTERS if (value := self.filters.get(name)) not in (None, "")}
        if asked.get("assigned") == "nobody":
            asked["assigned"] = ""
        found = self._asked(
            lambda: self.workbench.conversations(self.studio_id, self.search, limit=self.shown, **asked)
        )
        if found is not None:
            self.found = found.model_dump(mode="json")

    def _read(self):
        if not self.contact_id:
            self.thread = {}
            return
        told = self._asked(lambda: self.workbench.conversation(self.studio_id, self.contact_id, limit=MESSAGES))
        if told is None:
            self.thread, self.contact_id = {}, ""
            return
        thread = told.model_dump(mode="json")
        try:
            window = self.workbench.window(self.studio_id, self.contact_id)
            thread["window"] = {"takes": window.takes, "says": window.says}
        except ValueError as error:
            thread["window"] = {"takes": "closed", "says": words.of_error(error)}
        now = thread["contact"]["stage"]
        thread["may"] = [
            {"stage": to, "words": stages.WORDS[to], "reason": stages.needs_reason(now, to)} for to in stages.MOVES[now]
        ]
        self.thread = thread

    def _look_alikes(self):
        """Who may be the same person as the one that is open, with what speaks for it."""
        ids = set(self.thread["contact"]["ids"]) if self.thread else set()
        pairs = self._asked(lambda: self.workbench.suggested_merges(self.studio_id)) or []
        found = [(one, one.contact_id in ids) for one in pairs if {one.contact_id, one.with_contact_id} & ids]
        self.alike = [{
            "id": one.with_contact_id if is_first else one.contact_id, "name": one.with_name if is_first else one.name,
            "evidence": "; ".join(each.says for each in one.evidence),
        } for one, is_first in found]  # fmt: skip

    def _settle(self):
        known = self.workbench.accounts.listed()
        people = known.loc[~known["is_closed"].fillna(False).astype(bool), "user_name"]
        self.settled = {
            "canned": [one.name for one in self.workbench.canned_replies(self.studio_id)],
            "sequences": [one.name for one in self.workbench.sequences(self.studio_id)],
            "people": sorted({*people, self.user.name}), "may_write": self.user.may("share"), "me": self.user.name,
        }  # fmt: skip
        self.figures = self.workbench.inbox_metrics(self.studio_id).model_dump(mode="json")

    def _change(self, ask, *what):
        told = self._deed("share", lambda: ask(self.studio_id, self.contact_id, *what, self.user.name))
        return told is not None

    def _deed(self, right, ask):
        """The answer of what changes something, None where it was refused; what is shown follows at once."""
        with self._alone:
            self.problem = self.done = ""
            try:
                self.user.needs(right)
            except NotAllowed as why:
                self.problem = f"{str(why)[:1].upper()}{str(why)[1:]}."
                return None
            told = self._asked(ask)
            self.renew()
            return told

    def _asked(self, question):
        """The answer, None where there is none, and then the reason is in `problem`."""
        try:
            return question()
        except (ValidationError, ValueError, StudiolabError) as error:
            self.problem = words.of_error(error)
            return None
