"""What the inbox shows: the workbench's JSON answers to what the person looks for, as they are now.

A thread looks for what is new every LOOK seconds, so a message is on the page within two seconds of its webhook.
"""

import logging
import threading

import traitlets
from pydantic import ValidationError

from studiolab.app import StudiolabError, UnknownContact, Workbench
from studiolab.panels import words
from studiolab.studio_operations.inbox import stages
from studiolab.users import User

LOOK = 0.7  # seconds
TABLES = ("messages", "message_statuses", "contact_events", "outbox", "inbox_settings", "accounts")
SHOWN, MESSAGES = 60, 200
FILTERS = ("state", "channel", "stage", "assigned", "label")
NOTHING = "Nobody has written yet. Connect a channel under “Settings”, or look around in a "
NOTHING += "sample with “studiolab inbox demo”."

log = logging.getLogger(__name__)


class Shown(traitlets.HasTraits):
    """One person at the inbox.

    Set by the person: studio_id, search, filters (dict of FILTERS, "" for all), shown (how many conversations),
    contact_id. Answers: `found`, JSON of Conversations; `thread`, JSON of Conversation and `may` (the stages it can
    move to); `draft`, JSON of Draft; `score`, JSON of LeadTold; `analysis`, JSON of AnalysisTold; `alike`, who may be
    the same person (dicts id, name, evidence); `settled`, canned replies, sequences, labels and colleagues;
    `figures`, JSON of InboxMetrics.
    status : "loading", "ready", "failed"; problem : why something failed; done : what a deed did
    """

    status = traitlets.Enum(["loading", "ready", "failed"], "loading")
    problem, done, studio_id, search, contact_id = (traitlets.Unicode() for _ in range(5))
    filters, found, thread, draft, score, analysis, settled, figures = (traitlets.Dict() for _ in range(8))
    alike = traitlets.List()
    shown = traitlets.Int(SHOWN)

    def __init__(self, workbench=None, who=lambda: User("notebook", "owner")):
        """who : callable, the User at the desk now"""
        super().__init__(filters={"state": "open"})
        self.workbench, self.studios, self.who = workbench or Workbench(), {}, who
        self._read_back, self._refused = MESSAGES, {}  # of contact_id, what was refused while another was open
        self._drafts = {}  # of contact_id, the agent's last draft until something is sent: `draft` is emptied before
        self._revision, self._alone, self._stopped = None, threading.RLock(), threading.Event()

    @property
    def user(self):
        """The User at the desk now."""
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
        """Show a studio, by default the one with the most messages, and in it a person, the first by default."""
        if studio_id not in self.studios:
            counts = {one: self.workbench.db.count("messages", one) for one in self.studios}
            unknown, studio_id = studio_id, max(counts, key=counts.get)
            self.done = f"There is no studio {unknown!r}; this is {self.studios[studio_id]}." if unknown else ""
        self.contact_id, self.search, self.studio_id = "", "", studio_id
        self.renew(force=True)
        rows = self.found.get("conversations", [])
        self.pick(contact_id or (rows[0]["conversation_id"] if rows else ""))

    def pick(self, contact_id):
        """Open a person's conversation, and mark it as read where they may."""
        with self._alone:
            self.draft, self.score, self.analysis, self.contact_id, self.problem = {}, {}, {}, contact_id, ""
            self._read_back = MESSAGES
            self._read()
            if self.thread and contact_id in self._refused:
                self.draft = self._refused.pop(contact_id)
            self._look_alikes()
            if self.thread.get("unread") and self.user.may("share"):
                self._asked(lambda: self.workbench.mark_read(self.studio_id, contact_id, self.user.name))
                self._list()

    def earlier(self):
        """Show as many messages again, from before those that are shown."""
        with self._alone:
            self._read_back += MESSAGES
            self._read()

    def watch(self):
        """Look for what is new, in a thread, until `close`."""
        threading.Thread(target=self._watch, name="inbox", daemon=True).start()

    def close(self):
        """Stop looking for what is new."""
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

    @traitlets.observe("search", "filters", "shown")
    def _looked_for(self, _):
        if self.studio_id:
            with self._alone:
                self._list()

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
        try:
            told = self.workbench.conversation(self.studio_id, self.contact_id, limit=self._read_back)
        except UnknownContact as error:
            self.problem, self.thread, self.contact_id = words.of_error(error), {}, ""
            return
        except StudiolabError as error:  # what is shown stays
            self.problem, self._revision = words.of_error(error), None
            return
        thread = told.model_dump(mode="json")
        thread["window"]["says"] = words.plain(thread["window"]["says"])
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
            "labels": self.workbench.labels(self.studio_id),
            "people": sorted({*people, self.user.name}), "may_write": self.user.may("share"), "me": self.user.name,
        }  # fmt: skip
        self.figures = self.workbench.inbox_metrics(self.studio_id).model_dump(mode="json")

    def _asked(self, question):
        """The answer, None where there is none, and then the reason is in `problem`."""
        try:
            return question()
        except (ValidationError, ValueError, StudiolabError) as error:
            if isinstance(error, StudiolabError):
                self._revision = None  # a database that is busy may answer in a moment: ask again
            self.problem = words.of_error(error)
            return None
