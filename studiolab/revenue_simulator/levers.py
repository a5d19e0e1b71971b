"""The seven levers: their ranges, what a step costs, what studios may do in a quarter.

Sources: S1 "Business Levers" (B-44), S4 3.2.1 (B-45), S4 3.3.1 (B-47); K1.9 separates the business
range from the support of the data, K1.25 wants costs in money a unit.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from studiolab.schema import LEVERS

MOST_MONEY = 1e12
SHORT = dict(
    zip(LEVERS, ("retention", "price", "attendance", "joins", "utilization", "upsell", "classes"), strict=True)
)


@dataclass(frozen=True)
class Lever:
    """One lever: low and high are the business range; step is the largest change in `limits`.

    cost : money a month for one unit more (major units), for a studio of 250 members at a ticket
    of 150; `priced_by` says what scales it to another studio. source : where the figure comes from.
    """

    label: str
    unit: str
    low: float
    high: float
    step: float
    cost: float
    priced_by: str
    source: str


CATALOGUE = {
    "retention_rate": Lever("Retention", "share", 0.5, 1.0, 0.05, 60_000, "size",
                            "assumed: loyalty programme and staff time, $600 a month for one point"),
    "avg_ticket_price": Lever("Ticket price", "money", 50, 500, 20, 15, "size",
                              "assumed: service upgrade and goodwill offers, $15 a month for $1"),
    "class_attendance_rate": Lever("Class fill", "share", 0.4, 1.0, 0.10, 10_000, "size",
                                   "assumed: challenges and reminders, $100 a month for one point"),
    "new_members_monthly": Lever("New members", "people", 0, 100, 10, 80, "ticket",
                                 "assumed: acquisition cost of $80 a member at a ticket of $150"),
    "staff_utilization_rate": Lever("Staff utilisation", "share", 0.6, 1.0, 0.05, 6_000, "size",
                                    "assumed: re-rostering, $60 a month for one point"),
    "upsell_rate": Lever("Upsell", "share", 0.0, 0.5, 0.08, 6_000, "size",
                         "assumed: staff training, $60 a month for one point"),
    "total_classes_held": Lever("Classes", "classes", 50, 500, 40, 45, "fixed",
                                "assumed: instructor and room, $45 a class"),
}  # fmt: skip

EASED = "staff_utilization_rate"  # the one lever whose assumed cost is that of lowering it
PLACE = {lever: place for place, lever in enumerate(LEVERS)}
STEPS = np.array([CATALOGUE[lever].step for lever in LEVERS])
COSTS = np.array([CATALOGUE[lever].cost for lever in LEVERS])
SCALES = np.array([("size", "ticket", "fixed").index(CATALOGUE[lever].priced_by) for lever in LEVERS])

LIMIT_NAMES = {
    "max_retention_increase": "retention_rate",
    "max_ticket_increase": "avg_ticket_price",
    "max_attendance_increase": "class_attendance_rate",
    "max_new_members_increase": "new_members_monthly",
    "max_utilization_increase": "staff_utilization_rate",
    "max_upsell_increase": "upsell_rate",
    "max_classes_increase": "total_classes_held",
}


# S4 3.3.1 (B-47) for one per cent of a lever; classes, which it leaves out, count as a ticket does (K1.25).
WEIGHTS = np.array([3.0, 1.0, 2.0, 2.5, 2.0, 1.5, 1.0])


def unit_costs(members, ticket, own=None):
    """Money a month for one unit of each lever, (7,) in the order of LEVERS, for this studio.

    own : dict of the studio's own figures, in place of the catalogue's. Raises ValueError for one that makes no sense.
    """
    costs = COSTS * np.array((members / 250, ticket / 150, 1.0))[SCALES]
    for lever, cost in (own or {}).items():
        if lever not in PLACE:
            raise ValueError(f"unit_costs has {lever!r}; known are {list(LEVERS)}")
        if cost is not None and not (np.isfinite(cost) and cost >= 0):
            raise ValueError(f"unit_costs {lever} is {cost}; it must be an amount of at least 0")
        if cost is not None:
            costs[PLACE[lever]] = cost
    return costs


def limits(given=None):
    """Largest increase of each lever, (7,), from the names of S4 3.2.1.

    given : dict of `max_..._increase` (and `prioritize_low_cost_levers`, which changes nothing:
    every plan here is the cheapest). Raises ValueError for a name or a value that makes no sense.
    """
    steps = STEPS.copy()
    for name, value in (given or {}).items():
        if name == "prioritize_low_cost_levers":
            continue
        if name not in LIMIT_NAMES:
            raise ValueError(f"limits has {name!r}; known are {sorted(LIMIT_NAMES)}")
        if value is None:
            continue
        if not np.isfinite(value) or value < 0:
            raise ValueError(f"limits {name} is {value}; it must be a number of at least 0")
        steps[PLACE[LIMIT_NAMES[name]]] = value
    return steps


def per_month(given, months, held):
    """`given` as (months, 7) in the order of LEVERS.

    given : dict held for all months, or one row a month (list of dicts or DataFrame); a lever that
    is not named stays at `held` (7,). Raises ValueError naming the lever, value and range.
    """
    if isinstance(given, dict):
        return each_month(_row(given, held), months)
    if isinstance(given, pd.DataFrame):
        given = given[[c for c in given if c in LEVERS]].to_dict("records")
    if len(given) != months:
        raise ValueError(f"levers has {len(given)} rows for {months} months; give one dict or one row a month")
    return np.array([_row(row, held) for row in given])


def each_month(row, months):
    """(months, 7): the same levers (7,) in every month."""
    rows = np.empty((months, len(LEVERS)))
    rows[:] = row
    return rows


def _row(given, held):
    row = np.array(held, float)
    for lever, value in given.items():
        if lever not in PLACE:
            raise ValueError(f"levers has {lever!r}; known are {list(LEVERS)}")
        if value is not None:
            row[PLACE[lever]] = _checked(lever, value)
    return row


def hard_range(lever):
    """(low, high): what a lever may be set to at all. A price is only more than nothing, in whatever currency: the
    catalogue's 50 to 500 are dollars, and the support of the data says where a price is usual."""
    known = CATALOGUE[lever]
    return (known.low, known.high) if known.unit != "money" else (1e-9, MOST_MONEY)


RANGES = {lever: hard_range(lever) for lever in LEVERS}
HARD = np.array(list(RANGES.values())).T  # (2, 7)


def _checked(lever, value):
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{lever} is {value!r}; a number was expected") from None
    low, high = RANGES[lever]
    if not low <= number <= high:
        money = CATALOGUE[lever].unit == "money"
        expected = f"it must be more than 0 and at most {high:,.0f}" if money else f"its range is {low:g} to {high:g}"
        raise ValueError(f"{lever} is {value}; {expected}")
    return number
