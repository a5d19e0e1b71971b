"""The inbox's State: what is shown, and what the person does.

`inbox` draws it. A test sets a trait or calls a deed and looks at the others; no browser is needed.
"""

import pandas as pd

from studiolab.panels.inbox_shown import NOTHING, SHOWN, Shown
from studiolab.studio_operations.inbox import stages
from studiolab.users import NotAllowed

__all__ = ["NOTHING", "SHOWN", "State"]
UNDO = pd.Timedelta(seconds=6)  # before a message goes out
KEPT = 1 / 3  # of a draft's words, for a text to count as begun from it


class State(Shown):
    """What `Shown` has, and deeds, each of which is kept, or says in `problem` why not."""

    def send(self, text, channel=None, later=None, unless_reply=False, template=None, contact_id=None):
        """Send a message in a moment, in which it can be taken back; later : ISO time; template : dict of Template, or
        None; contact_id : who it was written to, whoever is open by now. What is refused is back in the box,
        with its time."""
        text, contact_id = (text or "").strip(), contact_id or self.contact_id
        is_open = contact_id in (self.contact_id, self.thread.get("conversation_id"))
        conversation = self._conversation() if is_open else contact_id
        more = {"template": template} if template else {}
        if begun := self._begun(text, self._drafts.get(conversation)):
            more["draft"] = begun

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
        if queued is not None:
            self._drafts.pop(conversation, None)
        refused = {"text": text, "sources": [], "template": template, "later": later, "unless_reply": unless_reply}
        if is_open:
            self.draft = {}
            if queued is None:
                self.draft = refused
        elif queued is None:
            self._refused[contact_id] = refused
            self.problem += f" What you wrote to {self._name(contact_id)} is in the box once you open them."
        return queued is not None

    def take_back(self, outbox_id):
        """Do not send a message that waits or failed."""
        if self._deed("share", lambda: self.workbench.withdraw_message(outbox_id, self.user.name)):
            self.done = "The message is not sent."

    def again(self, outbox_id):
        """Send what failed."""
        self._deed("share", lambda: self.workbench.send_again(outbox_id, self.user.name))

    def suggest(self, context=""):
        """Ask for a draft of an answer; a person reads and sends it. context : what it should say besides"""
        draft = self._asked(lambda: self.workbench.smart_reply(self.studio_id, self.contact_id, context))
        if draft is not None:
            self.draft = self._drafts[self._conversation()] = draft.model_dump(mode="json")

    def rate(self):
        """Score the lead, from facts that the thread shows."""
        told = self._asked(lambda: self.workbench.lead_score(self.studio_id, self.contact_id))
        if told is not None:
            self.score = told.model_dump(mode="json")

    def analyse(self):
        """Ask what the conversation holds: the mood, wishes, and what is left to do."""
        told = self._asked(lambda: self.workbench.analyse(self.studio_id, self.contact_id))
        if told is not None:
            self.analysis = told.model_dump(mode="json")

    def fill(self, name):
        """Put a canned reply in the box."""
        text = self._asked(lambda: self.workbench.filled_reply(self.studio_id, name, self.contact_id, self.user.name))
        if text is not None:
            self.draft = {"text": text, "sources": []}

    def move(self, to, reason=""):
        """Move a lead to another stage."""
        if self._change(self.workbench.move_lead, to, reason):
            self.done = f"{self.thread['contact']['name']}: {stages.WORDS[to]}."

    def change(self, changes):
        """Change who a person is; changes : dict of name, email and phone, "" for what the channels say."""
        if self._change(self.workbench.change_contact, changes):
            self.done = "Changed."

    def add(self, given):
        """Keep a new contact, and open it; given : dict of name, email and phone."""
        ask = self.workbench.create_contact
        told = self._deed("share", lambda: ask(self.studio_id, given, self.user.name))
        if told is not None:
            self.pick(told.contact_id)
            self.done = f"{told.name} is kept; a search for the name finds them, or the list of everybody."

    def consent(self, channel, allowed, why):
        """Note what a person said about offers, and where they said so; channel : "all", or one."""
        if self._change(self.workbench.consent, channel, allowed, why):
            self.done = f"{self.thread['contact']['name']}: offers are {'welcome' if allowed else 'not welcome'}."

    def assign(self, to):
        """Give the conversation to a user, to nobody by an empty name."""
        self._change(self.workbench.assign, to)

    def label(self, label, is_set):
        """Put a label on the contact, or take it off."""
        self._change(self.workbench.label, label.strip(), is_set)

    def note(self, text):
        """Keep a private note."""
        self._change(self.workbench.note, text)

    def snooze(self, hours):
        """Put a conversation off; 0 takes that back."""
        until = pd.Timestamp.now("UTC") + pd.Timedelta(hours=hours) if hours else None
        self._change(self.workbench.snooze, until)

    def unread(self):
        """Have the last message count as unread."""
        if self._change(self.workbench.mark_unread):
            self.done = "Unread again, until somebody opens it."

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

    # parts --------------------------------------------------------------------------------------
    def _name(self, contact_id):
        rows = self.found.get("conversations", [])
        return next((one["name"] for one in rows if one["conversation_id"] == contact_id), "another person")

    def _conversation(self):
        return self.thread.get("conversation_id") or self.contact_id

    @staticmethod
    def _begun(text, draft):
        """dict of the agent's draft that a text began as, None where there is none, or too little is left of it."""
        words = set(draft["text"].split()) if draft else set()
        if not words or len(words & set(text.split())) < KEPT * len(words):
            return None
        return {"written_by": draft["written_by"], "model": draft["model"],
                "sources": [one["piece_id"] for one in draft["sources"]][:20],
                "is_changed": text != draft["text"].strip()}  # fmt: skip

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
