"""The product opportunities' State: what the person sets, and the workbench's JSON answers to it."""

import csv
import io
import threading

import traitlets
from pydantic import ValidationError

from studiolab.app import StudiolabError, Workbench
from studiolab.panels import words
from studiolab.users import NotAllowed, User

SHOWN = 20  # opportunities
FOUND = 8  # clients that a name finds
NO_ORDERS = "No studio here has orders yet. Import your sales with “studiolab import FILE”, and products appear."


class State(traitlets.HasTraits):
    """One person with the products.

    Set by the person: studio_id, policy, segment, asked (a receipt, a client's id or name), customer_id.
    Answers, JSON of `product_recommender.replies`: `found` (Opportunities), `answer` (RecommendationResult of
    customer_id), `performance`, `stats`; `named`, (label, id) of clients whose name holds `asked`; `file`, the
    campaign list to download.
    status : "loading" until a studio is open, then "ready", or "failed" without any; problem : why something failed;
    done : what a button did; working : answers about another studio are on their way
    """

    status = traitlets.Enum(["loading", "ready", "failed"], "loading")
    working = traitlets.Bool(False)
    problem, done, studio_id, asked, customer_id = (traitlets.Unicode() for _ in range(5))
    policy = traitlets.Enum(["learned", "ladder", "uplift"], "learned")
    segment = traitlets.Unicode()
    found, answer, performance, stats, file = (traitlets.Dict() for _ in range(5))
    named = traitlets.List()

    def __init__(self, workbench=None, who=lambda: User("notebook", "owner")):
        """who : callable, the User at the desk now"""
        super().__init__()
        self.workbench, self.studios, self.who = workbench or Workbench(), {}, who
        self._latest = {}  # kind of question to the Turn that asked it last

    @property
    def user(self):
        """The User at the desk now."""
        return self.who()

    def load(self):
        """Find the studios that have orders. Returns self."""
        try:
            self.studios, self.problem = self.workbench.studios_with_orders(), NO_ORDERS
        except StudiolabError as error:
            self.problem = str(error)
        if not self.studios:
            self.status = "failed"
        return self

    def open(self, studio_id=None, customer=None, wait=0.0):
        """Show a studio, the first one by default, and in it a customer, the best opportunity by default.

        Answers come from a thread; wait : seconds for them, None until they are there. An answer that something newer
        was asked after is dropped. Without studios nothing happens.
        """
        if not self.studios:
            return
        unknown = studio_id is not None and studio_id not in self.studios
        self._latest.clear()
        turn = self._asking("studio")
        self.found, self.answer, self.performance, self.stats, self.file = {}, {}, {}, {}, {}
        self.customer_id = self.asked = self.done = self.problem = ""
        self.studio_id = next(iter(self.studios)) if unknown or studio_id is None else studio_id
        if unknown:
            self.done = f"No studio {studio_id!r} has orders here; this is {self.studios[self.studio_id]}."
        self.working = True
        thread = threading.Thread(target=self._fill, args=(turn, customer, self.closed), daemon=True)
        thread.start()
        thread.join(wait)

    @property
    def closed(self):
        """Why the user may not see figures of the whole studio, a sentence; empty where they may."""
        return self._refused("revenue")

    @traitlets.observe("policy", "segment")
    def _asked_otherwise(self, change):
        if not self.studio_id:
            return
        self.problem = ""
        self._find()
        if change["name"] == "policy":
            if not self.closed:
                self._sum()
            if self.customer_id:
                self._answer(self.customer_id)

    @traitlets.observe("customer_id")
    def _customer_changed(self, _):
        if self.customer_id:
            self.problem = ""
            self._answer(self.customer_id)

    @traitlets.observe("asked")
    def _looked_up(self, _):
        self.named, asked = [], self.asked.strip()
        if not asked:
            return
        self.problem = ""
        if self._answer(asked):
            return
        unknown, self.problem = self.problem, ""
        known = self._asked(lambda: self._by_name(asked)) or []
        self.named = [(client.client_name or client.client_id, client.client_id) for client in known]
        self.problem = "" if self.named else unknown

    def export(self):
        """Make the campaign list of all clients who agreed to mail, of the segment and by the policy that are set."""
        self.file, self.done = {}, ""
        self.problem = self._refused("export")
        if self.problem:
            return
        asked = {"segment": self.segment or None, "policy": self.policy}
        text = self._asked(lambda: self.workbench.product_export(self.studio_id, **asked))
        if text is None:
            return
        clients = sum(1 for _ in csv.reader(io.StringIO(text))) - 1  # below the headings; a name may have two lines
        whom = f" of the segment “{self.segment}”" if self.segment else ""
        self.done = (
            f"The campaign list of {words.things(clients, 'client')}{whom} who agreed to mail is ready to download."
        )
        self.file = {"file_name": f"campaign-{self.studio_id}.csv", "media_type": "text/csv",
                     "content": text, "sent_to": None}  # fmt: skip

    # parts --------------------------------------------------------------------------------------
    def _fill(self, turn, customer, closed):
        try:
            if not closed:
                studio = self.studio_id
                sold = self._asked(lambda: self.workbench.product_performance(studio), turn)
                if sold is not None:
                    self.performance = sold.model_dump(mode="json")
                self._sum(turn)
            self._find(turn)
            if turn.is_latest():
                failed, rows = self.problem, self.found.get("opportunities", [])
                if customer:
                    self.asked = customer
                elif rows and not self.customer_id:
                    self.customer_id = rows[0]["customer_id"]
                self.problem = self.problem or failed
        finally:
            if turn.is_latest():
                self.working, self.status = False, "ready"

    def _asking(self, what):
        """A `Turn` of the question `what`; the one before it is the latest no longer."""
        return Turn(self._latest, what)

    def _sum(self, studio=None):
        turn = self._asking("stats")
        told = self._asked(lambda: self.workbench.product_stats(self.studio_id, self.policy), turn, studio)
        if told is not None:
            self.stats = told.model_dump(mode="json")

    def _find(self, studio=None):
        turn, asked = self._asking("found"), {"segment": self.segment or None, "policy": self.policy}
        found = self._asked(lambda: self.workbench.product_opportunities(self.studio_id, SHOWN, **asked), turn, studio)
        if found is not None:
            self.found = found.model_dump(mode="json")

    def _answer(self, customer):
        turn, policy = self._asking("answer"), self.policy
        answer = self._asked(
            lambda: self.workbench.product_recommendations(self.studio_id, customer, policy=policy), turn
        )
        if answer is not None:
            self.answer = answer.model_dump(mode="json")
        return answer is not None

    def _by_name(self, text):
        if self.studio_id not in self.workbench.studios_with_visits():
            return []
        return self.workbench.clients(self.studio_id, text, FOUND)

    def _refused(self, what):
        try:
            self.user.needs(what)
        except NotAllowed as why:
            return f"{str(why)[:1].upper()}{str(why)[1:]}."
        return ""

    def _asked(self, question, *turns):
        """The answer, None where there is none, and then the reason is in `problem`; None too if a turn has passed."""
        turns, problem = [turn for turn in turns if turn], ""
        if not all(turn.is_latest() for turn in turns):
            return None
        try:
            answer = question()
        except (ValidationError, ValueError, StudiolabError) as error:
            answer, problem = None, words.of_error(error)
        if not all(turn.is_latest() for turn in turns):
            return None
        self.problem = problem or self.problem
        return answer


class Turn:
    """A question that is asked; whoever asks the same kind later makes an answer to this one stale."""

    def __init__(self, latest, what):
        """latest : dict of a kind of question to its latest Turn"""
        self._latest, self._what = latest, what
        latest[what] = self

    def is_latest(self):
        """Whether nobody has asked the same kind since."""
        return self._latest.get(self._what) is self
