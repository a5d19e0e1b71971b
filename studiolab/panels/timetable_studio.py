"""The ground of the timetable's State: which studio's week is shown, what is asked of it, what `check` says of it."""

from dataclasses import replace

import traitlets

from studiolab.app import StudiolabError, Workbench
from studiolab.panels import words
from studiolab.studio_operations.timetable.check import check
from studiolab.users import User

CHANGES = {  # how far a proposal may leave the week as it is, and the option that says so
    "where it pays": {},
    "more freely": {"weights": {"keep": 5}},
    "as little as possible": {"minimal_change": True},
    "as if it were new": {"weights": {"keep": 0}},
}


class Studio(traitlets.HasTraits):
    """The studio that is open.

    Set by the person: studio_id, changes (of CHANGES), selected (class id, "" for none).
    asked : its Problem, whose `last` is the week in force and whose demand is amid the week shown; placements, pins :
    tuples of Placement and Pin, the week shown; report : Report of `check` on it; turn : how often it was recounted,
    all of it is there when this changes; before : Report of the week before the last deed, None where there was none;
    touched : the class it moved; past : weeks to go back to
    limit : (points, Problem, proven, placements) that no week exceeds by the demand amid these, None before a search
    in_force : Report of the week in force, amid itself
    status : "loading", "ready", "failed", "empty" without studios
    problem : why something was refused; done : what a button did
    overtaken : whether another week was saved since this one was opened, so that it cannot be
    """

    status = traitlets.Enum(["loading", "ready", "failed", "empty"], "loading")
    problem, done = traitlets.Unicode(), traitlets.Unicode()
    studio_id, selected = traitlets.Unicode(), traitlets.Unicode()
    changes = traitlets.Enum(list(CHANGES), "where it pays")
    placements, pins = traitlets.Tuple(), traitlets.Tuple()
    past = traitlets.List()
    turn = traitlets.Int(0)
    limit = traitlets.Any(None)
    overtaken = traitlets.Bool(False)

    def __init__(self, workbench=None, who=lambda: User("notebook", "owner")):
        """who : callable, the User at the desk now: rights end with the sign-in, not with the page"""
        super().__init__()
        self.workbench, self.studios, self.who = workbench or Workbench(), {}, who
        self.asked = self.report = self.before = self.in_force = self.saved_at = self.currency = None
        self._opened = self.touched = ""

    def load(self):
        """Find the studios that have classes and open the first. Returns self."""
        try:
            known = self.workbench.db.read("studios", columns=["studio_id", "studio_name"])
            if known.empty:
                self.status = "empty"
                return self
            self.studios = dict(zip(known["studio_id"], known["studio_name"], strict=True))
            self.studio_id = next(iter(self.workbench.studios_with_visits() or self.studios))
        except StudiolabError as error:
            self.problem = str(error)
        self.status = "failed" if self.asked is None else "ready"
        return self

    @property
    def user(self):
        """The `users.User` at the desk now."""
        return self.who()

    @property
    def question(self):
        """The Problem without pins, which are `pins`: who moves a class moves its pin."""
        return replace(self.asked, pins=())

    @property
    def unplaced(self):
        """Class ids without a place, in the order of the classes."""
        there = {placement.class_id for placement in self.placements}
        return [one.class_id for one in self.asked.classes if one.class_id not in there]

    @property
    def bound(self):
        """(points, proven) that no week with the present pins exceeds, or None where nobody asked."""
        if self.limit is None:
            return None
        points, asked, proven, placements = self.limit
        if replace(asked, pins=()) != self.question or not set(asked.pins) <= set(self.pins):
            return None
        if asked.demand is not None and set(placements) != set(self.placements):
            return None
        return points, proven and self.report.score >= points - 0.05

    @property
    def is_saved(self):
        """Whether the week shown is the studio's saved one."""
        return self.saved_at is not None and set(self.placements) == set(self.asked.last)

    @property
    def is_kept(self):
        """Whether nothing is left to save: the week shown is the saved one, and so are its pins."""
        return self.is_saved and set(self.pins) == set(self.asked.pins)

    def placement(self, class_id):
        """The Placement of a class, None where it has none."""
        return next((placement for placement in self.placements if placement.class_id == class_id), None)

    @traitlets.observe("studio_id")
    def _studio_changed(self, _):
        wanted = self.studio_id
        if wanted == self._opened:
            return
        if wanted not in self.studios:
            self.problem = f"There is no studio “{wanted}” here."
        elif self._asked(self._open):
            self._opened = wanted
            self.past, self.limit, self.selected, self.done, self.before = [], None, "", "", None
            self._show(self.asked.last, self.asked.pins)
            return
        self.studio_id = self._opened

    @traitlets.observe("changes")
    def _changes_changed(self, _):
        if self.asked is not None and self._asked(self._ask):
            self.before = None
            self._recount()

    def _open(self):
        """What the workbench knows of the studio, with the week in force as its last."""
        saved = self.workbench.saved_timetable(self.studio_id)  # first: what is saved after it is noticed by `save`
        self._ask()
        self.currency = self.workbench.db.read("studios", self.studio_id)["currency"].iloc[0]
        self.saved_at, self.overtaken = saved.saved_at, False
        return True

    def _ask(self):
        self.asked = self.workbench.timetable_problem(self.studio_id, **CHANGES[self.changes])
        self.in_force = check(self.question, self.asked.last) if self.asked.last else None
        return True

    # parts ---------------------------------------------------------------------------------------
    def _show(self, placements, pins):
        self.placements, self.pins = tuple(placements), tuple(pins)
        self._recount()

    def _become(self, placements, pins, touched=""):
        """Another week, from which `undo` leads back; touched : id of the class that it is about."""
        self.past = [*self.past, (self.placements, self.pins)]
        self.done, self.problem, self.before, self.touched = "", "", self.report, touched
        self._show(placements, pins)

    def _recount(self):
        self.asked = self._amid(self.placements)
        self.report = check(self.question, self.placements)
        self.turn += 1

    def _counted(self, placements):
        """Report of another week, pins aside."""
        return check(replace(self._amid(placements), pins=()), placements)

    def _amid(self, placements):
        return self.workbench.timetable_amid(self.studio_id, self.asked, placements)

    def _asked(self, question):
        try:
            answer = question()
        except (ValueError, StudiolabError) as error:
            self.problem = words.plain(str(error))
            return None
        self.problem = ""
        return answer
