"""The class planner's State: what the person at the desk sets, and the workbench's JSON answers to it."""

import threading

import traitlets
from pydantic import ValidationError

from studiolab.app import StudiolabError, Workbench
from studiolab.panels import words
from studiolab.users import NotAllowed, User

LATEST = 8  # lines of the activity feed
SHOWN = 12  # clients in the list under the search
NO_VISITS = "No studio here has visits yet. Import a class schedule and visits, and clients appear."
DONE = {
    "draft": "The e-mail is ready as a draft: download it and open it in your mail program.",
    "calendar": "The calendar file is ready to download.",
    "text": "The text message is ready to copy.",
    "app": "The file for your app is ready to download.",
    "table": "The table is ready to download.",
}


class State(traitlets.HasTraits):
    """One person at the desk.

    Set by the person: studio_id, search, client_id, class_id, weights, and by `ask_concierge`, `save` and `share`.
    Answers: `found` (clients that the search finds), `watched` (clients to talk to), `activity` (who did what of
    late), `client`, `answer` and `concierge` (JSON of ClientResponse and RecommendResponse; concierge is empty until
    asked), `slate` (classes that can be asked about, (label, id)), `why` (the sentence on class_id), `done` (what a
    button did), `shared` (JSON of the last Shared).
    status : "loading", "ready", "failed"; asking : the concierge is at work; problem : why something failed.
    """

    status = traitlets.Enum(["loading", "ready", "failed"], "loading")
    asking = traitlets.Bool(False)
    problem, why, done = traitlets.Unicode(), traitlets.Unicode(), traitlets.Unicode()
    studio_id, search, client_id, class_id = (traitlets.Unicode() for _ in range(4))
    weights = traitlets.Enum(["published", "fitted"], "published")
    found, slate, watched, activity = (traitlets.List() for _ in range(4))
    client, answer, concierge, shared = (traitlets.Dict() for _ in range(4))

    def __init__(self, workbench=None, who=lambda: User("notebook", "owner")):
        """who : callable, the User at the desk now: rights end with the sign-in, not with the page"""
        super().__init__()
        self.workbench, self.studios, self.who = workbench or Workbench(), {}, who

    @property
    def user(self):
        """The `users.User` at the desk now."""
        return self.who()

    def load(self):
        """Find the studios that have visits and open the first. Returns self."""
        try:
            seen = self.workbench.studios_with_visits()
        except StudiolabError as error:
            self.problem, self.status = str(error), "failed"
            return self
        if not seen:
            self.problem, self.status = NO_VISITS, "failed"
            return self
        self.studios = seen
        self.studio_id = next(iter(seen))
        self.status = "ready"
        return self

    @traitlets.observe("studio_id")
    def _studio_changed(self, _):
        if self.studio_id in self.studios:
            self.search = ""
            self._searched(None)
            rows = self._asked(lambda: self.workbench.watched(self.studio_id)) or []
            self.watched = [row.model_dump() for row in rows]
            self._happened()
            self.client_id = self.found[0]["client_id"] if self.found else ""

    @traitlets.observe("search")
    def _searched(self, _):
        found = self._asked(lambda: self.workbench.clients(self.studio_id, self.search, SHOWN)) or []
        self.found = [client.model_dump() for client in found]

    @traitlets.observe("client_id", "weights")
    def _client_changed(self, _):
        client = self._asked(lambda: self.workbench.client(self._question())) if self.client_id else None
        if client is None:
            return
        self.class_id = self.why = self.done = ""
        answer = self.workbench.recommend(self._question())
        with self.hold_trait_notifications():
            self.concierge, self.shared = {}, {}
            self.client, self.answer = client.model_dump(mode="json"), answer.model_dump(mode="json")
            self.slate = self.workbench.slate(self._question())

    @traitlets.observe("class_id")
    def _class_changed(self, _):
        if self.class_id:
            answer = self._asked(lambda: self.workbench.why_not(self._question(class_id=self.class_id)))
            self.why = answer.reason if answer else ""

    # buttons ------------------------------------------------------------------------------------
    def ask_concierge(self, wait=False):
        """Have the concierge pick for the client that is open, in the background; `concierge` is set when it has."""
        if self.asking or self.concierge or not self.answer:
            return
        self.asking = True
        asked_for = self._question()

        def ask():
            answer = self._asked(lambda: self.workbench.concierge(asked_for))
            self.asking = False
            if answer and asked_for == self._question():
                self.concierge = answer.model_dump(mode="json")
            elif asked_for != self._question():
                self.ask_concierge(wait=True)

        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        if wait:
            thread.join()

    def save(self, of_concierge=False, note=""):
        """Put the shown set into the ledger."""
        saved = self._allowed(lambda: self.workbench.save(self._plan(of_concierge, note=note), self.user.name))
        self.done = f"Saved as entry {saved.entry_id} of the ledger, by {self.user.name}." if saved else ""
        self._happened()

    def share(self, channel, of_concierge=False):
        """Send the shown set, or make the file or words to hand on; sets `shared`."""
        self.shared = {}
        plan = self._plan(of_concierge, channel=channel)
        shared = self._allowed(lambda: self.workbench.share(plan, self.user.name))
        self._happened()
        if shared is None:
            self.done = ""
            return
        self.done = f"Sent to {shared.sent_to}." if shared.sent_to else DONE[channel]
        self.shared = shared.model_dump(mode="json")

    # parts --------------------------------------------------------------------------------------
    def _question(self, **more):
        asked = {"studio_id": self.studio_id, "client_id": self.client_id}
        return asked | ({"weights": self.weights} if self.weights != "published" else {}) | more

    def _happened(self):
        self.activity = [row.model_dump(mode="json") for row in self.workbench.activity(self.studio_id, LATEST)]

    def _plan(self, of_concierge, **more):
        said = self.concierge.get("words") if of_concierge else None
        return self._question(**more) | ({"words": said} if said else {})

    def _allowed(self, deed):
        try:
            self.user.needs("share")
        except NotAllowed as why:
            self.problem = f"{str(why)[:1].upper()}{str(why)[1:]}."
            return None
        return self._asked(deed)

    def _asked(self, question):
        try:
            answer = question()
        except (ValidationError, ValueError, StudiolabError) as error:
            self.problem = words.plain(str(error))
            return None
        self.problem = ""
        return answer
