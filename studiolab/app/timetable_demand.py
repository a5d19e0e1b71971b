"""Who would come to a week (N9), and the week that most would come to."""

from dataclasses import replace
from functools import partial

from studiolab.app.classes import day_after
from studiolab.studio_calendar import daily
from studiolab.studio_operations.timetable import crowd, demand
from studiolab.studio_operations.timetable.amid import Amid, solve_amid
from studiolab.studio_operations.timetable.solve import solve

HELD = ["class_id", "class_name", "starts_at", "max_capacity", "is_cancelled"]


class TimetableDemand:
    """The part of the Workbench that knows who comes to a studio's classes."""

    def __init__(self, settings=None, patience=0.0):
        super().__init__(settings, patience)
        self._demand_known = {}

    def timetable_amid(self, studio_id, problem, placements):
        """`problem` with the demand amid these placements; as it is where nobody's visits are known."""
        table = self._demand_table(studio_id, problem)
        return problem if table is None else replace(problem, demand=table(placements))

    def solve_timetable(self, studio_id, problem, seconds=10.0, seed=0, progress=None, stop=None, start=()):
        """(problem, timetable) as of `solve_amid`, with demand amid the answer; arguments as there."""
        table = self._demand_table(studio_id, problem)
        if table is None:
            return problem, solve(problem, seconds, seed, progress, stop, start)
        return solve_amid(problem, table, seconds, seed, progress, stop, start)

    # parts --------------------------------------------------------------------------------------
    def _demand_table(self, studio_id, problem):
        """Function of placements to the demand amid them, a row a class and open hour; None where nothing is known."""
        known = self._demand_learned(studio_id, self._week_ground(self.db, studio_id).timezone)
        if known is None or not problem.classes:
            return None
        hours = [(day, hour) for day, start, end in problem.calendar.opening or daily("00:00", "24:00")
                 for hour in range(start // 60, -(-end // 60))]  # fmt: skip
        return partial(known.table, problem.classes, list(dict.fromkeys(hours)))

    def _demand_learned(self, studio_id, timezone):
        """The `Amid` of a studio, learned once for the visits that there are, or None."""
        revision = self.db.revision("class_sessions", "visits")
        known, found = self._demand_known.get(studio_id, (None, None))
        if known != revision:
            visits = self.db.read("visits", studio_id, ["member_id", "class_id", "attended_at", "status"])
            found = None
            if (visits["status"] == "attended").any():
                sessions, as_of = self.db.read("class_sessions", studio_id, HELD), day_after(visits, timezone)
                past = sessions, visits, as_of, timezone
                try:
                    found = Amid(demand.fit(*past), crowd.fit(*past))
                except demand.NobodyCame:  # visits alone, without the classes of the year, tell of no hour
                    found = None
            self._demand_known[studio_id] = (revision, found)
        return found
