"""The product opportunities' State: what the person sets, and the workbench's JSON answers to it."""

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
    status : "loading", "ready", "failed"; problem : why something failed; done : what a button did
    """

    status = traitlets.Enum(["loading", "ready", "failed"], "loading")
    working = traitlets.Bool(False)
    problem, done, studio_id, asked, customer_id = (traitlets.Unicode() for _ in range(5))
    policy = traitlets.Enum(["learned", "ladder"], "learned")
    segment = traitlets.Unicode()
    found, answer, performance, stats, file = (traitlets.Dict() for _ in range(5))
    named = traitlets.List()

    def __init__(self, workbench=None, who=lambda: User("notebook", "owner")):
        """who : callable, the User at the desk now"""
        super().__init__()
        self.workbench, self.studios, self.who = workbench or Workbench(), {}, who
        self._turn = 0

    @property
    def user(self):
        return self.who()

    def load(self):
        """Find the studios that have orders. Returns self."""
        try:
            self.studios = self.workbench.studios_with_orders()
        except StudiolabError as error:
            self.problem, self.status = str(error), "failed"
            return self
        if self.studios:
            self.status = "ready"
        else:
            self.problem, self.status = NO_ORDERS, "failed"
        return self

    def open(self, studio_id=None, customer=None, wait=False):
        """Show a studio, the first one by default, and in it a customer, the best opportunity by default.

        Answers come from a thread; wait : until they are there.
        """
        self.studio_id = studio_id if studio_id in self.studios else next(iter(self.studios))
        thread = threading.Thread(target=self._fill, args=(customer,), daemon=True)
        thread.start()
        if wait:
            thread.join()

    @traitlets.observe("policy", "segment")
    def _asked_otherwise(self, _):
        if self.studio_id:
            self._find()
            if self.customer_id:
                self._answer(self.customer_id)

    @traitlets.observe("customer_id")
    def _customer_changed(self, _):
        if self.customer_id:
            self._answer(self.customer_id)

    @traitlets.observe("asked")
    def _looked_up(self, _):
        self.named = []
        if not self.asked.strip() or self._answer(self.asked.strip()):
            return
        unknown, known = self.problem, self._asked(lambda: self._by_name(self.asked.strip())) or []
        self.named = [(client.client_name or client.client_id, client.client_id) for client in known]
        self.problem = "" if self.named else unknown

    def export(self):
        """Make the campaign list of all clients who agreed to mail."""
        self.file = {}
        try:
            self.user.needs("export")
        except NotAllowed as why:
            self.problem, self.done = f"{str(why)[:1].upper()}{str(why)[1:]}.", ""
            return
        text = self._asked(lambda: self.workbench.product_export(self.studio_id))
        if text is None:
            return
        rows = max(text.count("\n") - 1, 0)
        self.done = f"The campaign list of {rows:,} clients who agreed to mail is ready to download."
        self.file = {"file_name": f"campaign-{self.studio_id}.csv", "media_type": "text/csv", "content": text,
                     "sent_to": None}  # fmt: skip

    # parts --------------------------------------------------------------------------------------
    def _fill(self, customer):
        self.working = True
        self.found, self.answer, self.performance, self.stats, self.file = {}, {}, {}, {}, {}
        self.customer_id = self.done = ""
        self._turn += 1
        turn, studio = self._turn, self.studio_id
        for trait, question in (("performance", self.workbench.product_performance),
                                ("stats", self.workbench.product_stats)):  # fmt: skip
            answer = self._asked(lambda ask=question: ask(studio))
            if turn != self._turn:
                return
            if answer is not None:
                setattr(self, trait, answer.model_dump(mode="json"))
        self._find()
        rows = self.found.get("opportunities", [])
        if customer:
            self.asked = customer
        elif rows and not self.customer_id:
            self.customer_id = rows[0]["customer_id"]
        self.working = False

    def _find(self):
        found = self._asked(
            lambda: self.workbench.product_opportunities(
                self.studio_id, limit=SHOWN, segment=self.segment or None, policy=self.policy
            )
        )
        if found is not None:
            self.found = found.model_dump(mode="json")

    def _answer(self, customer):
        answer = self._asked(
            lambda: self.workbench.product_recommendations(self.studio_id, customer, policy=self.policy)
        )
        if answer is not None:
            self.answer = answer.model_dump(mode="json")
        return answer is not None

    def _by_name(self, text):
        if self.studio_id not in self.workbench.studios_with_visits():
            return []
        return self.workbench.clients(self.studio_id, text, FOUND)

    def _asked(self, question):
        try:
            answer = question()
        except (ValidationError, ValueError, StudiolabError) as error:
            self.problem = words.plain(str(error))
            return None
        self.problem = ""
        return answer
