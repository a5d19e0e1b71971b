"""The experiments' State: which one is open, what it says, a new one, and the list of those who are shown the offer."""

import traitlets
from pydantic import ValidationError

from studiolab.app import StudiolabError
from studiolab.panels import words
from studiolab.product_recommender.experiment.prices import of_arms
from studiolab.users import NotAllowed

POINTS = 100  # of conversion in a share
RUNS = ("revenue", "share")  # what it takes to begin one and to stop it


class Experiments(traitlets.HasTraits):
    """Offers that are tried out at the studio of a `product_state.State`.

    Set by the person: experiment_id; name, product_id and points (the smallest lift of interest, percentage points of
    conversion) of a new one. Answers: `running`, (label, id) of the experiments, the latest first; `report` (JSON of
    Report); `priced` (JSON of PriceReport), of a price test; `size`, how many clients the new one takes, in a sentence;
    `file`, the list of who is shown the offer.
    problem, done : sentences on the last deed
    """

    experiment_id, name, product_id, size, problem, done = (traitlets.Unicode() for _ in range(6))
    points = traitlets.Float(2.0)
    running = traitlets.List()
    report, priced, file = (traitlets.Dict() for _ in range(3))

    def __init__(self, products):
        """products : product_state.State"""
        super().__init__()
        self.products = products

    def load(self):
        """Find the experiments of the studio, and open the latest."""
        self.size, self.file = "", {}
        told = self._asked(lambda: self.products.workbench.experiments(self.products.studio_id)) or []
        self.running = [(f"{one.name}{', stopped' if one.stopped_at else ''}", one.experiment_id) for one in told]
        known = [key for _, key in self.running]
        if self.experiment_id in known:
            self._report()
        else:
            self.experiment_id = known[0] if known else ""

    @traitlets.observe("experiment_id")
    def _report(self, _=None):
        self.file = {}
        made = self.experiment_id and self._asked(lambda: self.products.workbench.experiment_report(self.experiment_id))
        told = made and of_arms(made.experiment.arms) and self._asked(
            lambda: self.products.workbench.price_report(self.experiment_id))  # fmt: skip
        self.priced = told.model_dump(mode="json") if told else {}
        self.report = made.model_dump(mode="json") if made else {}

    def ask_size(self):
        """How many clients the new one takes."""
        told = self._asked(lambda: self.products.workbench.experiment_size(self.products.studio_id, self._request()))
        self.size = told.says if told else ""

    def ask_prices(self):
        """Which prices of the offer to try, and on how many clients."""
        told = self._asked(lambda: self.products.workbench.price_plan(self.products.studio_id, self._prices()))
        self.size = told.says if told else ""

    def begin(self):
        """Begin the new one, and open it."""
        asked = self._request() | {"name": self.name.strip() or "offer"}
        studio, actor = self.products.studio_id, self.products.user.name
        told = self._allowed(lambda: self.products.workbench.begin_experiment(studio, asked, actor), *RUNS)
        self._open(told, "Take the list to see who is shown the offer.")

    def begin_prices(self):
        """Begin a price test of the offer, and open it."""
        name, studio, actor = self.name.strip() or "price", self.products.studio_id, self.products.user.name
        told = self._allowed(lambda: self.products.workbench.begin_price_test(
            studio, self._prices() | {"name": name}, actor), *RUNS)  # fmt: skip
        self._open(told, "Take the list to see whom to ask which price.")

    def stop(self):
        """End the open one: nobody is exposed any more."""
        actor = self.products.user.name
        if self._allowed(lambda: self.products.workbench.stop_experiment(self.experiment_id, actor), *RUNS):
            self.load()
            self.done = "Stopped. Those who were shown the offer still count once their days are over."

    def take_list(self):
        """Log who is shown the offer and who is held back, of all on the campaign list, and make the file."""
        made = self._allowed(lambda: self.products.workbench.experiment_list(self.experiment_id), "export")
        if made is None:
            return
        self.load()
        held = f"; held back to compare: {made.held_back:,}" if made.held_back else ""
        self.done = f"Shown the offer: {words.things(made.shown, 'client')}{held}."
        self.file = {"file_name": f"{made.experiment_id}.csv", "media_type": "text/csv", "content": made.csv,
                     "sent_to": None}  # fmt: skip

    # parts --------------------------------------------------------------------------------------
    def _request(self):
        return {"product_id": self.product_id or None, "smallest_lift": self.points / POINTS}

    def _prices(self):
        if not self.product_id:
            raise ValueError("choose the product whose price is to be tried")
        return {"product_id": self.product_id}

    def _open(self, told, then):
        if told:
            self.experiment_id = told.experiment_id
            self.load()
            self.done = f"Begun: {words.things(told.clients, 'client')} planned. {then}"

    def _allowed(self, deed, *rights):
        try:
            for right in rights:
                self.products.user.needs(right)
        except NotAllowed as why:
            self.problem, self.done = f"{str(why)[:1].upper()}{str(why)[1:]}.", ""
            return None
        return self._asked(deed)

    def _asked(self, question):
        self.done = ""
        try:
            answer = question()
        except (ValidationError, ValueError, StudiolabError) as error:
            self.problem = words.of_error(error)
            return None
        self.problem = ""
        return answer
