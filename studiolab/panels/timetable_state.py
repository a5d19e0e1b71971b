"""The timetable's State: the week that the owner sees, what they do to it, and the workbench's answers.

`timetable` draws it. A test sets a trait or calls a deed and looks at the others; no browser is needed.
"""

import threading
import time
from dataclasses import replace

import traitlets

from studiolab.app import StudiolabError, Workbench
from studiolab.panels import timetable_words, words
from studiolab.studio_calendar import clock
from studiolab.studio_operations.timetable.check import check
from studiolab.studio_operations.timetable.problem import Pin, Placement
from studiolab.studio_operations.timetable.solve import solve
from studiolab.users import NotAllowed, User

CHANGES = {  # how far a proposal may leave the week as it is, and the option that says so
    "where it pays": {},
    "as little as possible": {"minimal_change": True},
    "as if it were new": {"weights": {"keep": 0}},
}
SECONDS = (5, 10, 30, 60)
CALENDAR = {"file_name": "timetable.ics", "media_type": "text/calendar", "sent_to": None}
SAID_EVERY = 0.2  # seconds between two words of how far a search is
NO_STUDIOS = (
    "No studio here yet. In a terminal, bring your own files with “studiolab import FILE”, and its week appears."
)
MAY = "share", "revenue"  # who has both rights saves a week: it moves money


class State(traitlets.HasTraits):
    """One person at the week.

    Set by the person: studio_id, selected (class id), changes (of CHANGES), seconds, and by the deeds below.
    placements, pins : tuples of Placement and Pin, the week shown; report : Report of `check` on it; turn : how often
    the week was recounted, all of it is there when this changes; progress : (score, bound, share of the work)
    before : Report of the week before the last deed, None where there was none
    limit : (points, pins, changes, proven) that no week with those pins exceeds, None before a search
    reasons : dict of class id to sentences on why it has no place
    status : "loading", "ready", "failed"; problem : why something was refused; done : what a button did
    shared : JSON of the last calendar file
    """

    status = traitlets.Enum(["loading", "ready", "failed"], "loading")
    problem, done = traitlets.Unicode(), traitlets.Unicode()
    studio_id, selected = traitlets.Unicode(), traitlets.Unicode()
    changes = traitlets.Enum(list(CHANGES), "where it pays")
    seconds = traitlets.Enum(SECONDS, 10)
    placements, pins = traitlets.Tuple(), traitlets.Tuple()
    past = traitlets.List()
    turn = traitlets.Int(0)
    solving = traitlets.Bool(False)
    progress = traitlets.Tuple((0.0, 0.0, 0.0))
    limit = traitlets.Any(None)
    reasons, shared = traitlets.Dict(), traitlets.Dict()

    def __init__(self, workbench=None, who=lambda: User("notebook", "owner")):
        """who : callable, the User at the desk now: rights end with the sign-in, not with the page"""
        super().__init__()
        self.workbench, self.studios, self.who = workbench or Workbench(), {}, who
        self.asked = self.report = self.before = self.saved_at = None
        self._stop = threading.Event()

    def load(self):
        """Find the studios that have classes and open the first. Returns self."""
        try:
            known = self.workbench.db.read("studios", columns=["studio_id", "studio_name"])
            if known.empty:
                self.problem, self.status = NO_STUDIOS, "failed"
                return self
            self.studios = dict(zip(known["studio_id"], known["studio_name"], strict=True))
            self.studio_id = next(iter(self.workbench.studios_with_visits() or self.studios))
        except StudiolabError as error:
            self.problem, self.status = str(error), "failed"
            return self
        self.status = "ready"
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
        if self.limit is None or self.limit[2] != self.changes or not set(self.limit[1]) <= set(self.pins):
            return None
        points, _, _, proven = self.limit
        return points, proven and self.report.score >= points - 0.05

    @property
    def is_saved(self):
        """Whether the week shown is the studio's saved one."""
        return self.saved_at is not None and set(self.placements) == set(self.asked.last)

    @property
    def currency(self):
        """ISO code of the money of the open studio."""
        return self.workbench.db.read("studios", self.studio_id)["currency"].iloc[0]

    def placement(self, class_id):
        """The Placement of a class, None where it has none."""
        return next((placement for placement in self.placements if placement.class_id == class_id), None)

    @traitlets.observe("studio_id")
    def _studio_changed(self, _):
        if self.studio_id not in self.studios:
            return
        if self._asked(self._open):
            self.past, self.limit, self.reasons, self.shared, self.selected, self.done = [], None, {}, {}, "", ""
            self.before, self.pins, self.placements = None, self.asked.pins, self.asked.last
            self._recount()

    @traitlets.observe("changes")
    def _changes_changed(self, _):
        if self.asked is not None and self._asked(self._open):
            self.before = None
            self._recount()

    def _open(self):
        """What the workbench knows of the studio, with the week in force as its last."""
        self.asked = self.workbench.timetable_problem(self.studio_id, **CHANGES[self.changes])
        self.saved_at = self.workbench.saved_timetable(self.studio_id).saved_at
        return True

    # deeds ---------------------------------------------------------------------------------------
    def move(self, class_id, **where):
        """Put a class elsewhere and pin it there; where : any of weekday, start, room_id, instructor_id."""
        now = self.placement(class_id) or self.first_place(class_id)
        self._become([*self._others(class_id), now._replace(**where)], self._pins_but(class_id, now._replace(**where)))

    def take_out(self, class_id):
        """Take a class out of the week."""
        self._become(self._others(class_id), self._pins_but(class_id))

    def pin(self, class_id, fast=True):
        """Hold a class where it is, or let go of it; the next proposal keeps to that."""
        self._become(self.placements, self._pins_but(class_id, self.placement(class_id) if fast else None))

    def undo(self):
        """Back to the week before the last deed."""
        if self.past:
            *rest, (placements, pins) = self.past
            self.past, self.pins, self.placements, self.done, self.before = rest, pins, placements, "", None
            self._recount()

    def first_place(self, class_id):
        """A Placement for a class that has none, where somebody who teaches it first has time; right or not."""
        one = next(one for one in self.asked.classes if one.class_id == class_id)
        able = [who for who in self.asked.instructors if one.style in who.specialties] or self.asked.instructors
        person = next((who for who in able if who.availability), able[0])
        window = next(iter(person.availability or self.asked.calendar.opening), None)
        room = max(self.asked.rooms, key=lambda room: (one.features <= room.features, room.capacity))
        day, start = (window.weekday, window.start) if window else ("MO", 9 * 60)
        return Placement(class_id, day, start, room.room_id, person.instructor_id)

    def propose(self, wait=False):
        """Look for a better week in the background, around the pins; `placements` is set when it is found."""
        if self.solving:
            return
        question = self._asked(lambda: replace(self.question, pins=self.pins))
        if question is None:
            return
        self.solving, self.progress, self.done = True, (0.0, 0.0, 0.0), ""
        self._stop.clear()
        thread = threading.Thread(target=self._search, args=(question,), daemon=True)
        thread.start()
        if wait:
            thread.join()

    def stop(self):
        """End the search; the best so far is kept."""
        self._stop.set()

    def save(self, note=""):
        """Keep the week as the studio's, in the ledger; refused while it breaks a rule."""
        self.done = ""
        if not self._may():
            return
        if not self.report.ok:
            first = timetable_words.plain(self.asked, self.report.violations[0].sentence)
            self.problem = f"Not saved, for the week breaks {_rules(len(self.report.violations))}: {first}"
            return
        name = self.user.name
        kept = self._asked(lambda: self._save(name, note))
        if kept is not None:
            self.done = f"Saved as entry {kept.entry_id} of the ledger, by {name}."
            self._recount()

    def export(self):
        """Make the calendar file of the saved week; sets `shared`."""
        if not self.is_saved:
            self.problem = "The calendar holds the saved week: save this one first."
            return
        made = self._asked(lambda: self.workbench.export_calendar(self.studio_id))
        if made is not None:
            self.shared = CALENDAR | {"content": made.decode()}

    # parts ---------------------------------------------------------------------------------------
    def _save(self, name, note):
        """Save the week and its pins, and open what is saved."""
        gone, new = (set(a) - set(b) for a, b in ((self.asked.pins, self.pins), (self.pins, self.asked.pins)))
        for pin in gone:
            self.workbench.unpin_class(self.studio_id, pin.class_id, name)
        try:
            kept = self.workbench.save_timetable(
                self.studio_id, self.placements, name, note, self.saved_at, **CHANGES[self.changes]
            )
        except (ValueError, StudiolabError):
            new = gone
            raise
        finally:
            for pin in new:
                self._pin(pin, name)
        self._open()
        return kept

    def _pin(self, pin, name):
        start = None if pin.start is None else clock(pin.start)
        where = pin.weekday, start, pin.room_id, pin.instructor_id
        self.workbench.pin_class(self.studio_id, pin.class_id, name, *where)

    def _search(self, question):
        try:
            found = solve(question, self.seconds, 0, self._progressed, self._stop.is_set)
            self._found(question, found)
        finally:
            self.solving = False

    def _progressed(self, score, bound, share):
        now = time.monotonic()
        if now - getattr(self, "_told", 0.0) > SAID_EVERY:
            self._told, self.progress = now, (score, bound, share)

    def _found(self, question, found):
        limit = (found.bound, question.pins, self.changes, found.status == "optimal")
        known, better = self.report, found.score > self.report.score + 0.05 or not self.report.ok
        if better:
            self._become(found.placements, self.pins)
        self.limit, self.problem = limit, ""
        gained = timetable_words.points(found.score - known.score, signed=True)
        self.done = f"A week of {gained} points." if better else "Nothing better was found; the week stays as it was."
        self._recount()

    def _others(self, class_id):
        return [placement for placement in self.placements if placement.class_id != class_id]

    def _pins_but(self, class_id, placement=None):
        rest = tuple(pin for pin in self.pins if pin.class_id != class_id)
        return rest + ((Pin(*placement),) if placement else ())

    def _become(self, placements, pins):
        self.past = [*self.past, (self.placements, self.pins)]
        self.placements, self.pins, self.done, self.problem, self.shared = tuple(placements), pins, "", "", {}
        self.before = self.report
        self._recount()

    def _recount(self):
        self.report = check(self.question, self.placements)
        self.turn += 1

    def _may(self):
        try:
            for what in MAY:
                self.user.needs(what)
        except NotAllowed as why:
            self.problem = f"{str(why)[:1].upper()}{str(why)[1:]}."
            return False
        return True

    def _asked(self, question):
        try:
            answer = question()
        except (ValueError, StudiolabError) as error:
            self.problem = words.plain(str(error))
            return None
        self.problem = ""
        return answer


def _rules(count):
    return "a rule" if count == 1 else f"{count} rules"
