"""What else an owner may choose beside the cheapest plan, and what would bring a target that is out of reach.

Other plans differ in what they ask of the studio, not in small change; relaxations are the single steps that make an
unreachable target reachable, each with what the plan then costs (N4, B-75, B-77).
"""

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from studiolab.revenue_simulator import levers, reach
from studiolab.revenue_simulator.inverse import DOWN, Plan
from studiolab.schema import LEVERS

LONGEST = 12  # months
ALIKE = 0.05  # of a lever's room, by which plans must differ to be two
FEW = 3  # levers; more are not few
FARTHEST = 2.0  # times today's price, where nothing else ends a lever
CAUTION = 0.8


@dataclass
class Relaxation:
    """One step that brings the target. kind : "limit" of a `lever`, or "months"; to : the increase that must be
    allowed, in the lever's unit, or the number of months; plan : the cheapest Plan then; beyond_data : whether the
    lever leaves what the data covers."""

    kind: str
    lever: str | None
    to: float
    plan: object
    beyond_data: bool = False


def others(plan):
    """list of (name, Plan): what reaches the target of a Plan that was reached in another way, the cheapest first.

    Names: "fewest levers", "a little of everything", "without" a lever that costs most, "surer" for 4 in 5.
    """
    search, found = plan.search, []
    if search.target is None or not plan.reached or plan.cost == 0:
        return found
    dearest = LEVERS[int(np.argmax(search.money * np.abs(plan.change)))]
    tried = (("fewest levers", _fewest(search)), ("a little of everything", _even(search)),
             (f"without {dearest}", search.with_room(np.where(np.array(LEVERS) == dearest, 0.0, search.room)).plan()),
             ("surer", None if search.sure else replace(search, sure=CAUTION).plan()))  # fmt: skip
    kept = [plan]
    for name, other in tried:
        if other is not None and other.reached and all(_differ(other, known) for known in kept):
            kept.append(other)
            found.append((name, other))
    return sorted(found, key=lambda pair: pair[1].cost)


def relaxations(plan):
    """list of Relaxation, the cheapest plan first, of a Plan that was not reached; empty for one that was."""
    search = plan.search
    if plan.reached or search.target is None:
        return []
    found = [step for i in range(len(LEVERS)) if (step := _wider(plan, i)) is not None]
    found.sort(key=lambda step: (step.beyond_data, step.plan.cost))
    if search.basis != "sum" and (step := _longer(search)) is not None:
        found.append(step)
    return found


def _differ(one, other):
    room = np.where(one.search.room == 0, 1, np.abs(one.search.room))
    return bool((np.abs(one.change - other.change) > ALIKE * room).any())


def _fewest(search):
    """The cheapest plan of as few levers as reach the target, where that is at most FEW."""
    for size in range(1, FEW + 1):
        some = (np.isin(np.arange(len(LEVERS)), few) for few in combinations(np.flatnonzero(search.room), size))
        plans = [plan for few in some if (plan := search.with_room(search.room * few).plan()).reached]
        if plans:
            return min(plans, key=lambda plan: plan.cost)
    return None


def _even(search):
    """Every lever by the same share of its room, as little as reaches the target."""
    needed = search.needed(np.full(len(LEVERS), 0.5))
    share = reach.least(search.case, np.zeros(len(LEVERS)), np.ones(len(LEVERS)), 0.0, needed * reach.MET)
    return None if np.isnan(share) else Plan(search, np.full(len(LEVERS), share), needed)


def _wider(plan, i):
    """Relaxation of the limit of lever `i`, all others at their best; None where even all of it brings too little."""
    search, (low, high) = plan.search, levers.HARD
    far = search.held[i] - low[i] if DOWN[i] < 0 else min(high[i], FARTHEST * search.held[i]) - search.held[i]
    if far <= abs(search.room[i]):
        return None
    alone = np.eye(len(LEVERS))[i]
    room = np.where(alone > 0, far * DOWN[i], search.room)
    wide, needed = search.with_room(room), search.needed(plan.share) * reach.MET
    part = reach.least(wide.case, plan.share * (1 - alone), alone, abs(search.room[i]) / far, needed)
    if np.isnan(part):
        return None
    room[i] *= part
    low, high = search.model.support_bounds(search.model._index(search.studio_id))
    inside = low[i] - 1e-9 <= search.held[i] + room[i] <= high[i] + 1e-9
    return Relaxation("limit", LEVERS[i], abs(room[i]), search.with_room(room).plan(), not inside)


def _longer(search):
    """Relaxation of the time, the limits staying."""
    for months in range(search.months + 1, LONGEST + 1):
        plan = search.again(months=months).plan()
        if plan.reached:
            return Relaxation("months", None, months, plan)
    return None
