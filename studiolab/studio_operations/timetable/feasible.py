"""Whether classes can be held together at all, asked of CP-SAT, and the fewest of them that cannot.

The minimal set comes from a core of assumptions, thinned out one member at a time (deletion filter, Chinneck and
Dravnieks 1991).
"""

from typing import NamedTuple

from studiolab.studio_operations.timetable.exact import Model, choices_of, part_of
from studiolab.studio_operations.timetable.left import alone, left, standing

MOST = 150  # classes asked about at a time


class Conflict(NamedTuple):
    """Classes that cannot all be held; any one less, or any one of the pins less, and the rest can.

    class_ids : tuple; pins : tuple, class ids whose pins belong to it; proven : nothing can be left out, for certain
    """

    class_ids: tuple
    pins: tuple
    proven: bool


def placeable(problem, class_ids, seconds=5.0, loose=()):
    """Whether all of `class_ids` can be placed, the others left out: True, False, or None where time ran out.

    seconds : of the solver, at most; loose : class ids whose pins do not count
    """
    return Oracle(problem, seconds).asks(class_ids, loose)


class Oracle:
    """Answers about one problem within `seconds` of the solver in all."""

    def __init__(self, problem, seconds):
        self.problem, self.left = problem, seconds

    def asks(self, class_ids, loose=()):
        """As `placeable`."""
        return self.arranged(class_ids, (), loose)[0]

    def arranged(self, class_ids, near=(), loose=(), fewest=False):
        """The answer of `asks`, and where True the placements that show it.

        near : placements to try first; fewest : as few as may be are to differ from these
        """
        cp_model, model = self._built(class_ids, loose)
        if model is None:
            return (None if len(class_ids) > MOST else False), ()
        model.stay_near(near, fewest)
        status, solver = self._solve(cp_model, model)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return True, model.placements(solver)
        return (False if status == cp_model.INFEASIBLE else None), ()

    def minimal(self, class_ids, near=()):
        """`Conflict` within `class_ids`, which cannot all be placed; not proven where time ran out.

        near : placements without a fault of all of them but one
        """
        kept, proven = list(self._core(class_ids)), True
        for name in list(kept):
            rest = [other for other in kept if other != name]
            can = not rest or self._fits(rest, near) or self.arranged(rest, near)[0]
            proven &= can is not None
            if can is False:
                kept = rest
        loose = []
        for pin in [pin.class_id for pin in self.problem.pins if pin.class_id in kept]:
            can = self.asks(kept, (*loose, pin))
            proven &= can is not None
            if can is False:
                loose.append(pin)
        pins = [pin.class_id for pin in self.problem.pins if pin.class_id in kept and pin.class_id not in loose]
        return Conflict(tuple(kept), tuple(pins), proven)

    def _fits(self, class_ids, near):
        """Whether the one of `class_ids` that has no placement in `near` finds one beside the others'."""
        stay = [p for p in near if p.class_id in set(class_ids)]
        missing = set(class_ids) - {p.class_id for p in stay}
        if len(missing) != 1:
            return bool(near) and not missing
        return bool(left(alone(self.problem, *missing), standing(self.problem, stay)).free.any())

    def _core(self, class_ids):
        """Some of `class_ids` that cannot all be placed."""
        cp_model, model = self._built(class_ids, (), assumed=True)
        if model is None:
            return class_ids
        status, solver = self._solve(cp_model, model)
        if status != cp_model.INFEASIBLE:
            return class_ids
        guilty = set(solver.sufficient_assumptions_for_infeasibility())
        return [name for name, held in zip(model.names, model.held, strict=True) if held.index in guilty] or class_ids

    def _built(self, class_ids, loose, assumed=False):
        from ortools.sat.python import cp_model

        if len(class_ids) > MOST:
            return cp_model, None
        part = part_of(self.problem, class_ids, ())
        choices = [choices_of(part)]
        if loose:
            choices.append(choices_of(part_of(self.problem, class_ids, loose)))
        model = Model(cp_model, part, choices, assumed)
        return cp_model, model if model.possible or assumed else None

    def _solve(self, cp_model, model):
        solver = cp_model.CpSolver()
        solver.parameters.num_workers, solver.parameters.random_seed = 1, 0
        solver.parameters.max_time_in_seconds = max(0.01, self.left)
        status = solver.solve(model.cp)
        self.left -= solver.wall_time
        return status, solver
