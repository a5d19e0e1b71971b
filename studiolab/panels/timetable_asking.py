"""What the timetable's State asks in the background: a better week, why a class has no place, where it could be."""

import threading
import time
from dataclasses import replace

import traitlets

from studiolab.panels import timetable_words
from studiolab.panels.timetable_studio import Studio
from studiolab.studio_operations.timetable.explain import explain
from studiolab.studio_operations.timetable.problem import Timetable
from studiolab.studio_operations.timetable.suggest import suggest

SECONDS = (5, 10, 30, 60)
WHY_SECONDS, IDEAS_SECONDS = 2.0, 0.2
IDEAS = 3
STIFF = ("where it pays", "as little as possible")
MORE = " To let more classes move, say so under “Change the week”."
SAID_EVERY = 0.2  # seconds between two words of how far a search is


class Asking(Studio):
    """progress : (score, bound, share of the work) of the search; solving : whether one is on; seconds : it may take
    reasons : dict of class id to its Explanation; asking : class id that is being explained, "" for none"""

    seconds = traitlets.Enum(SECONDS, 10)
    solving = traitlets.Bool(False)
    progress = traitlets.Tuple((0.0, 0.0, 0.0))
    reasons = traitlets.Dict()
    asking = traitlets.Unicode()

    def __init__(self, *given, **more):
        super().__init__(*given, **more)
        self._stop, self._told = threading.Event(), 0.0

    def propose(self, wait=False):
        """Look for a better week in the background, around the pins; `placements` is set when it is found."""
        question = self._asked(lambda: replace(self.asked, pins=self.pins))
        if self.solving or question is None:
            return
        self.solving, self.progress, self.done = True, (0.0, 0.0, 0.0), ""
        self._stop.clear()
        self._behind(lambda: self._search(question), wait)

    def stop(self):
        """End the search; the best so far is kept."""
        self._stop.set()

    def why(self, class_id, wait=False):
        """Find out in the background why a class has no place; the answer is in `reasons`."""
        if not self.report.ok:
            self.problem = "Why a class has no place can be told of a week that breaks no rule: undo, or propose one."
        elif not self.asking:
            self.problem, self.asking = "", class_id
            self._behind(lambda: self._explain(class_id, self._week()), wait)

    def ideas(self, class_id):
        """List of (Placement, points more than where the class is now, expected places or None), the best first."""
        now = self.placement(class_id)
        if now is None:
            return []
        one = next(one for one in self.asked.classes if one.class_id == class_id)
        found = suggest(self.question, self._week(), one, IDEAS + 1, IDEAS_SECONDS).found
        places = [(idea.placement, idea.expected) for idea in found if idea.placement != now][:IDEAS]
        others = [placement for placement in self.placements if placement.class_id != class_id]
        return [(place, self._counted((*others, place)).score - self.report.score, expected)
                for place, expected in places]  # fmt: skip

    @traitlets.observe("turn")
    def _week_changed(self, _):
        self.reasons = {}

    # parts ---------------------------------------------------------------------------------------
    def _behind(self, work, wait):
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        if wait:
            thread.join()

    def _week(self):
        return Timetable(self.placements, tuple(self.unplaced), "feasible", self.report.score, self.report.score, "")

    def _search(self, question):
        try:
            asked = self.studio_id, question, self.seconds, 0, self._progressed, self._stop.is_set, self.placements
            self._found(*self.workbench.solve_timetable(*asked))
        finally:
            self.solving = False

    def _progressed(self, score, bound, share):
        now = time.monotonic()
        if now - self._told > SAID_EVERY:
            self._told, self.progress = now, (score, bound, share)

    def _found(self, question, found):
        known, better = self.report, found.score > self.report.score + 0.05 or not self.report.ok
        self.limit = found.bound, question, found.status == "optimal", found.placements
        if better:
            self._become(found.placements, self.pins)
            told = timetable_words.worth(known, self.report, question.demand is not None)
            self.done = f"A week of {told}. Save it, or undo."
        else:
            self._recount()
            self.done = f"Nothing better was found; the week stays as it was.{MORE if self.changes in STIFF else ''}"

    def _explain(self, class_id, week):
        try:
            found = self._asked(lambda: explain(self.question, week, (class_id,), WHY_SECONDS))
            if found and week.placements == self.placements:
                self.reasons = self.reasons | {class_id: found[0]}
        finally:
            self.asking = ""
