"""The revenue planner's State: what the owner sets, and the workbench's JSON answers to it.

`revenue_planner` draws it. A test sets a trait and looks at the others; no browser is needed.
"""

import threading

import pandas as pd
import traitlets
from pydantic import ValidationError

from studiolab.app import StudiolabError, Workbench
from studiolab.panels import words
from studiolab.revenue_simulator.inverse import BASES
from studiolab.revenue_simulator.questions import in_words
from studiolab.schema import LEVERS


class State(traitlets.HasTraits):
    """One owner at the planner.

    Set by the owner: studio_id, months, levers (dict of LEVERS; empty where a studio is known by its
    revenue alone), target, basis. Answers: `answer` is the JSON of ForwardResponse (ForecastResponse
    without levers), `held` the same with today's levers, `plan` that of InverseResponse, `insights` that
    of InsightsResponse. `kept` is an answer and its levers, put aside to compare. `limits` are the larger constraints
    that the owner allows. `path` holds a plan's levers month by month while it is followed; a lever that moves ends it.
    status : "empty" without studios, "loading", "ready", "failed"; problem : why something was refused.
    """

    status = traitlets.Enum(["empty", "loading", "ready", "failed"], "loading")
    problem = traitlets.Unicode()
    studio_id = traitlets.Unicode()
    months = traitlets.Int(3, min=1, max=12)
    levers, today, support = traitlets.Dict(), traitlets.Dict(), traitlets.Dict()
    path, past = traitlets.List(), traitlets.List()
    opened = traitlets.Int(0, help="how often a studio was opened: all of it is there when this changes")
    target = traitlets.Float(None, allow_none=True)
    basis = traitlets.Enum(BASES, "last")
    sure = traitlets.Float(0.5)
    limits, kept = traitlets.Dict(), traitlets.Dict()
    answer, held, plan, insights = traitlets.Dict(), traitlets.Dict(), traitlets.Dict(), traitlets.Dict()

    def __init__(self, workbench=None):
        super().__init__()
        self.workbench = workbench or Workbench()
        self.studios, self.begun, self.model, self.beyond, self._lock = {}, set(), None, False, threading.RLock()

    def load(self):
        """Fetch the model, training it where it must be, and open the studio asked for, or the first. Returns self."""
        try:
            if self.workbench.db.read("studios", columns=["studio_id"]).empty:
                self.status = "empty"
                return self
            model, found = self.workbench.model, self.workbench.studios()
        except StudiolabError as error:
            self.problem, self.status = str(error), "failed"
            return self
        with self._lock:
            self.model = model
            self.studios = {studio.studio_id: studio for studio in found if studio.months}
            self.begun = {studio.studio_id for studio in found if not studio.months}
            self._open()
        self.status = "ready"  # without the lock, which a page that is built may wait for in another thread
        return self

    def refresh(self):
        """Load again if the data changed since; a kernel may have waited long for its visitor."""
        if self.model is not None and self.workbench.model is not self.model:
            self.load()

    @property
    def studio(self):
        """StudioSummary of the studio that is open."""
        return self.studios[self.studio_id]

    @property
    def history(self):
        """Known months of the open studio: DataFrame month, total_revenue and what else came."""
        return self.model.history(self.studio_id)

    # asking ------------------------------------------------------------------------------------
    def ask_plan(self):
        """Ask for the cheapest levers that bring `target`; the answer is `plan`, or a sentence in `problem`."""
        self._plan(target_revenue=self.target, sure=self.sure if self.sure > 0.5 else None, other_plans=True)

    def ask_best(self):
        """Ask for the levers that earn most above what they cost, whatever the target."""
        self._plan()

    def allow(self, step):
        """Allow a relaxation of the plan, JSON of Relaxation, and ask again."""
        if step["kind"] == "months":
            self.months = int(step["needed"])
        else:
            self.limits = self.limits | {step["constraint"]: step["needed"]}
            self.beyond = self.beyond or step["beyond_data"]
        self.ask_plan()

    def keep(self):
        """Put what is shown aside, to compare with what comes."""
        self.kept = {"answer": self.answer, "levers": dict(self.levers), "path": list(self.path)}

    def drop(self):
        """Compare no more."""
        self.kept = {}

    def back_to_kept(self):
        """Take up again what was put aside."""
        self._remember()
        with self.hold_trait_notifications():
            self.path, self.levers = self.kept["path"], self.kept["levers"]

    def apply_plan(self, way=None):
        """Follow the plan, or one of its other ways by index: its levers, month by month; sliders go where it ends."""
        plan = self.plan if way is None else self.plan["other_plans"][way]
        rows = [{lever: row[lever] for lever in LEVERS} for row in plan["monthly_levers"]]
        self._remember()
        with self.hold_trait_notifications():
            self.path, self.levers = rows, rows[-1]

    def move(self, lever, value):
        """Set one lever; it is held for all months from next month on."""
        moved = [name for name in LEVERS if self.levers[name] != self._before.get(name)]
        if self.path or moved != [lever]:
            self._remember()
        self.levers = self.levers | {lever: value}

    def reset(self):
        """All levers back to where they stand today."""
        if self.levers != self.today or self.path:
            self._remember()
            self.levers = dict(self.today)

    def undo(self):
        """Back to the levers before the last plan, reset, or run of moves of one lever."""
        if self.past:
            *rest, (levers, path) = self.past
            with self.hold_trait_notifications():
                self.past, self.levers, self.path = rest, levers, path
            self._before = dict(levers)

    # parts -------------------------------------------------------------------------------------
    def _plan(self, **asked):
        question = {"studio_id": self.studio_id, "target_months": self.months, "target_basis": self.basis,
                    "constraints": self.limits, "extrapolate": self.beyond}  # fmt: skip
        self.plan = self._answered(self.workbench.inverse, question | asked)

    def _remember(self):
        self.past, self._before = [*self.past, (self.levers, self.path)], dict(self.levers)

    @traitlets.observe("studio_id")
    def _studio_changed(self, _):
        with self._lock:
            if self.model is not None:
                self._open()

    def _open(self):
        """Start afresh with the open studio; an unknown id gives the first studio and a sentence."""
        self.problem = ""
        if self.studio_id not in self.studios:
            wanted, first = self.studio_id, next(iter(self.studios))
            self.studio_id = first
            lacks = (
                f"“{wanted}” has no monthly figures yet"
                if wanted in self.begun
                else f"There is no studio “{wanted}” here"
            )
            self.problem = f"{lacks}; this is {self.studio.studio_name}." if wanted else ""
            return
        plannable = self.studio.plannable
        levers = self.model.held_levers(self.studio_id) if plannable else {}
        with self.hold_trait_notifications():
            self.today, self.support = levers, self.model.support(self.studio_id) if plannable else {}
            self.levers, self.path, self.past, self.plan = dict(levers), [], [], {}
            self.kept, self.limits, self.beyond = {}, {}, False
            self._before = dict(levers)
        self._months_changed(None)
        expected = self.held["predictions"][f"month_{self.months}"]["revenue"]
        self.target = float(f"{expected * 1.05:.3g}")
        self.opened += 1

    @traitlets.observe("months")
    def _months_changed(self, _):
        self.plan, self.path, self.kept = {}, [], {}
        self.held = self._ask({})
        self._ask_again(None)
        self.insights = self._answered(
            self.workbench.insights, {"studio_id": self.studio_id, "projection_months": self.months}
        )

    @traitlets.observe("levers")
    def _levers_changed(self, _):
        if self.path and self.path[-1] != self.levers:
            self.path = []
        self._ask_again(None)

    @traitlets.observe("path")
    def _ask_again(self, _):
        if self.model is not None and self.studio_id in self.studios:
            changed = {lever: value for lever, value in self.levers.items() if value != self.today[lever]}
            self.answer = self._ask(self.path or changed)

    def _ask(self, levers):
        request = {"studio_id": self.studio_id, "projection_months": self.months}
        if self.studio.plannable:
            return self._answered(self.workbench.forward, request | {"levers": levers}) or self.answer
        return self._answered(self.workbench.forecast, request)

    def _answered(self, verb, request):
        try:
            answer = verb(request).model_dump(mode="json")
        except ValidationError as error:
            self.problem = words.plain(in_words(error.errors()))
            return {}
        except ValueError as error:
            self.problem = words.plain(str(error))
            return {}
        self.problem = ""
        return answer


def table(answer):
    """DataFrame month, revenue, low, high of the JSON of a ForecastResponse or ForwardResponse."""
    months = answer["predictions"].values()
    low, high = zip(*(month["confidence_interval"] for month in months), strict=True)
    return pd.DataFrame({
        "month": pd.to_datetime([month["month"] for month in months]),
        "revenue": [month["revenue"] for month in months], "low": low, "high": high,
    })  # fmt: skip
