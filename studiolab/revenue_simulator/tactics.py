"""What an owner can do to move a lever: the documents' map, and the cheapest combination that covers a change.

Effects are assumed until a studio has measured its own. Source: S4 3.3.3 (B-62, exact rows); K1.27
asks for a combination that covers the change, and for tactics of joins, utilisation and classes,
which the map lacks.
"""

from dataclasses import dataclass
from itertools import combinations

EFFORTS = ("low", "medium", "high")
MOST = 2


@dataclass(frozen=True)
class Tactic:
    """action : what to do; effect : change of the lever, in its unit; weeks until it shows; effort : of EFFORTS."""

    action: str
    effect: float
    weeks: int
    effort: str


TACTICS = {
    "retention_rate": (
        Tactic("Re-engagement campaign to members without a class in two weeks", 0.02, 4, "low"),
        Tactic("Check-in programme: a personal call after the first month and each quarter", 0.03, 6, "medium"),
        Tactic("Loyalty rewards for staying and for coming", 0.04, 8, "medium"),
    ),
    "avg_ticket_price": (
        Tactic("Premium tier with extra services", 15, 3, "low"),
        Tactic("Peak pricing at 6 to 8 am and 5 to 7 pm", 8, 2, "low"),
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


def cover(lever, change):
    """(tactics, share of the change they cover, at most 1): the least effort that covers it, at most MOST.

    change : in the lever's unit and direction, not 0. When nothing covers it, what covers most.
    """
    options = [c for size in range(1, MOST + 1) for c in combinations(TACTICS[lever], size)]

    def rank(chosen):
        covered = min(sum(tactic.effect for tactic in chosen) / change, 1.0)
        return -covered, sum(EFFORTS.index(t.effort) + 1 for t in chosen), max(t.weeks for t in chosen)

    best = min(options, key=rank)
    return best, min(sum(tactic.effect for tactic in best) / change, 1.0)
