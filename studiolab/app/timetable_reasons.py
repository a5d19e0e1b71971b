"""Why a class has no place in the week, and where a new one would fit (D-24)."""

from dataclasses import replace

from studiolab.app.timetable import asked
from studiolab.studio_operations.timetable import questions, replies
from studiolab.studio_operations.timetable.check import check
from studiolab.studio_operations.timetable.explain import explain
from studiolab.studio_operations.timetable.problem import Timetable
from studiolab.studio_operations.timetable.suggest import suggest

MOST = 10  # classes explained where none is named


class TimetableReasons:
    """The part of the Workbench that gives reasons for the week."""

    def explain_timetable(self, studio_id, class_ids=None, placements=None, **options):
        """List of `replies.WhyTold`: why classes have no place.

        class_ids : the first ten by default; placements : of another week than the saved one
        options : as of `timetable_problem`
        Raises ValueError where a class asked about has its place, or the week breaks a rule.
        """
        problem, timetable = self._week_standing(studio_id, placements, options)
        named = timetable.unplaced[:MOST] if class_ids is None else tuple(dict.fromkeys(class_ids))
        return [replies.told_why(problem, one) for one in explain(problem, timetable, named)] if named else []

    def suggest_times(self, studio_id, new_class):
        """`replies.SuggestResponse` to a SuggestRequest, or a dict of its fields: times beside the week as it is."""
        request = asked(questions.SuggestRequest, new_class)
        problem, timetable = self._week_standing(studio_id, None, {})
        one = request.record()
        others = tuple(known for known in problem.classes if known.class_id != one.class_id)
        whole = self.timetable_amid(studio_id, replace(problem, classes=(*others, one)), timetable.placements)
        problem = replace(problem, demand=whole.demand)
        found = suggest(problem, timetable, one, request.most)
        return replies.SuggestResponse(
            suggestions=[replies.told_suggestion(problem, one.minutes, place) for place in found.found],
            why_not=None if found.why_not is None else replies.told_why(whole, found.why_not),
        )

    # parts --------------------------------------------------------------------------------------
    def _week_standing(self, studio_id, placements, options):
        """The problem, and a week of it as a Timetable."""
        problem = self._week_problem(self.db, studio_id, asked(questions.Options, options))
        placed = tuple(problem.last if placements is None else placements)
        problem = self.timetable_amid(studio_id, problem, placed)
        there, score = {place.class_id for place in placed}, check(problem, placed).score
        unplaced = tuple(one.class_id for one in problem.classes if one.class_id not in there)
        return problem, Timetable(placed, unplaced, "feasible", score, score, "kept")
