"""What an owner can do to move a lever: the documents' map, and the cheapest combination that covers a change.

Effects are assumed until a studio has measured its own. Source: S4 3.3.3 (B-62, exact rows); K1.27
asks for a combination that covers the change, and for tactics of joins, utilisation and classes,
which the map lacks.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np

from studiolab.studio_calendar import PEAK, hours_in_words

MOST, TOP_LEVERS = 2, 5  # tactics a lever, levers (B-63)
WEEKS_A_MONTH = 52 / 12
ASSUMED, MEASURED = "assumed until measured", "measured by the studio"
COST = {"low": 150.0, "medium": 450.0, "high": 1500.0}  # money a month, for a studio of 250 members
COST_SOURCE = "assumed: 5, 15 and 50 hours of staff time a month at 30 an hour"
UNSEEN = 1e-9  # of a change: less is none


@dataclass(frozen=True)
class Tactic:
    """action : what to do; effect : change of the lever, in its unit; weeks until it shows; effort : of COST."""

    action: str
    effect: float
    weeks: int
    effort: str
    evidence: str = ASSUMED

    @property
    def cost(self):
        """Money a month, major units; see COST_SOURCE."""
        return COST[self.effort]


TACTICS = {
    "retention_rate": (
        Tactic("Re-engagement campaign to members without a class in two weeks", 0.02, 4, "low"),
        Tactic("Check-in programme: a personal call after the first month and each quarter", 0.03, 6, "medium"),
        Tactic("Loyalty rewards for staying and for coming", 0.04, 8, "medium"),
    ),
    "avg_ticket_price": (
        Tactic("Premium tier with extra services", 15, 3, "low"),
        Tactic(f"Peak pricing at {hours_in_words(PEAK)}", 8, 2, "low"),
    ),
    "class_attendance_rate": (
        Tactic("Monthly attendance challenge", 0.05, 2, "low"),
        Tactic("Move classes to the hours that are asked for", 0.07, 3, "low"),
    ),
    "new_members_monthly": (
        Tactic("Members invite a friend: a free class for both", 4, 3, "low"),
        Tactic("Introductory offer, advertised in the neighbourhood", 8, 4, "medium"),
    ),
    "staff_utilization_rate": (
        Tactic("Spread the classes more evenly over the instructors", -0.02, 2, "low"),
        Tactic("A part-time instructor for the peak hours", -0.05, 6, "high"),
    ),
    "upsell_rate": (
        Tactic("Consultative selling: staff ask for goals and suggest", 0.05, 4, "medium"),
        Tactic("Add-on bundle with the membership", 0.08, 2, "low"),
    ),
    "total_classes_held": (
        Tactic("More classes at the hours with waiting lists", 20, 2, "medium"),
        Tactic("A weekend series with guest instructors", 25, 4, "medium"),
    ),
}  # fmt: skip


class Cover(NamedTuple):
    """tactics : tuple of Tactic; covered : share of the change, at most 1; left : what they do not cover, in the
    lever's unit and direction; cost : money a month of all of them."""

    tactics: tuple
    covered: float
    left: float
    cost: float


def cover(lever, change, months=None, measured=None):
    """The cheapest combination of a lever's tactics that covers a change; where none does, what covers most.

    change : in the lever's unit and direction; months : only tactics that show within them, None for all;
    measured : as `known`. An exact knapsack: all combinations of at most MOST are tried; equal costs go by weeks.
    Returns Cover, without tactics where none points in the direction of the change. Raises as `known`.
    """
    if not np.isfinite(change):
        raise ValueError(f"the change of {lever} is {change}; it must be a number")
    if abs(change) < UNSEEN:
        return Cover((), 1.0, 0.0, 0.0)
    useful = [tactic for tactic in known(measured)[lever] if tactic.effect * change > 0 and in_time(tactic, months)]
    chosen = min((c for size in range(MOST + 1) for c in combinations(useful, size)), key=lambda c: _rank(c, change))
    covered = _covered(chosen, change)
    return Cover(chosen, covered, (1 - covered) * change, sum(tactic.cost for tactic in chosen))


def cover_all(changes, months=None, measured=None):
    """dict of lever to Cover for the first TOP_LEVERS of `changes`, a dict of lever to change, the weightiest first."""
    return {lever: cover(lever, change, months, measured) for lever, change in list(changes.items())[:TOP_LEVERS]}


def known(measured=None):
    """TACTICS with a studio's own effects in place of the assumed ones.

    measured : dict of action, as it is written in TACTICS, to effect in the lever's unit, or None
    Raises ValueError for an action that is not in TACTICS and for an effect that is no number.
    """
    if not measured:
        return TACTICS
    actions = [tactic.action for tactics in TACTICS.values() for tactic in tactics]
    for action, effect in measured.items():
        if action not in actions:
            raise ValueError(f"measured effects name {action!r}; known are {'; '.join(actions)}")
        if not np.isfinite(effect):
            raise ValueError(f"the measured effect of {action!r} is {effect}; it must be a number")
    return {lever: tuple(_measured(tactic, measured) for tactic in tactics) for lever, tactics in TACTICS.items()}


def in_time(tactic, months):
    """Whether a tactic that is begun now shows before the end of `months`; always, where they are None."""
    return months is None or tactic.weeks < months * WEEKS_A_MONTH


def _measured(tactic, measured):
    if tactic.action not in measured:
        return tactic
    return Tactic(tactic.action, float(measured[tactic.action]), tactic.weeks, tactic.effort, MEASURED)


def _covered(tactics, change):
    share = sum(tactic.effect for tactic in tactics) / change
    return 1.0 if share > 1 - UNSEEN else share


def _rank(tactics, change):
    weeks = max((tactic.weeks for tactic in tactics), default=0)
    return -round(_covered(tactics, change), 9), sum(tactic.cost for tactic in tactics), weeks
