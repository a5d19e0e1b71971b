"""What each flow of a studio depends on. The same columns serve the fit and the simulation.

A context is a dict of equal-length arrays that describes studio-months: `plan` (rows, 7), month,
before (members at the start), fresh1..3 (recent joiners as shares of them), gap (log price against
what members are used to), level (log price against the studio's own usual), memory (demand carried
over), crowd (last month's fill) and the studio's usual levels.
"""

import numpy as np

from studiolab.schema import LEVERS

RETENTION, PRICE, ATTENDANCE, JOINS, UTILIZATION, UPSELL, CLASSES = range(len(LEVERS))
CROWDED = 0.82


def months(context):
    return np.eye(12)[context["month"] - 1]


def joins(context):
    return np.column_stack([months(context), context["gap"], context["level"], context["memory"]])


def stay(context):
    crowd = context["crowd"]
    return np.column_stack([
        months(context), context["gap"], context["level"], context["memory"],
        context["fresh1"], context["fresh2"], context["fresh3"],
        crowd - context["usual_fill"], np.maximum(crowd - CROWDED, 0), context["plan"][:, UTILIZATION] - 0.8,
    ])  # fmt: skip


def visits(context):
    per_member = np.log(context["plan"][:, CLASSES] / np.maximum(context["before"], 1))
    return np.column_stack([
        months(context), np.log(context["plan"][:, ATTENDANCE]) - context["usual_attendance"],
        per_member - context["usual_classes"], context["memory"],
    ])  # fmt: skip


def upsell(context):
    return np.column_stack([np.ones(len(context["fill"])), context["fill"] - context["usual_fill"]])


def retail(context):
    return np.column_stack([months(context), context["memory"]])


def constant(context):
    return np.ones((len(context["month"]), 1))


def prior(design):
    """Prior spread of each coefficient of `design`: months 0.3, others 2."""
    return {
        joins: np.r_[np.full(12, 0.3), 2, 1, 2],
        stay: np.r_[np.full(12, 0.3), 2, 1, 2, np.full(3, 2), 1, 5, 2],
        visits: np.r_[np.full(12, 3.0), 1, 1, 2],
        upsell: np.r_[1.0, 2],
        retail: np.r_[np.full(12, 10.0), 2],
        constant: np.r_[10.0],
    }[design]


def effects(context, *names):
    """Columns whose slopes differ by studio: the intercept, then `names` of the context."""
    return np.column_stack([np.ones(len(context["month"])), *(context[name] for name in names)])


def saturate(wanted, spots, sharpness):
    """Visits that `spots` places allow of `wanted` ones; a smooth minimum."""
    return wanted / (1 + (wanted / spots) ** sharpness) ** (1 / sharpness)


def unsaturate(visits, spots, sharpness):
    """Inverse of `saturate`, for fills below 0.995."""
    fill = np.minimum(visits / spots, 0.995)
    return spots * fill / (1 - fill**sharpness) ** (1 / sharpness)
