"""What each flow of a studio depends on, beside the calendar: the same lines serve the fit and the simulation.

Each function takes numbers or equal-length arrays and gives the covariates of its flow in the order of PRIORS.
gap : log price against what members are used to; level : log price against the studio's own usual; memory : latent
demand carried over; crowd : last month's share of places taken; usual_... : the studio's means.
"""

import numpy as np

from studiolab.schema import LEVERS

RETENTION, PRICE, ATTENDANCE, JOINS, UTILIZATION, UPSELL, CLASSES = range(len(LEVERS))
CROWDED = 0.82
COHORTS = 3  # months in which a joiner is more likely to leave than others
MONTHS = {"joins": 0.3, "stay": 0.3, "visits": 3.0, "retail": 10.0, "upsell": 1.0}  # prior spread of a month's level
PRIORS = {"joins": (2, 1, 2), "stay": (2, 2, 1, 5, 2), "visits": (1, 1, 2), "retail": (2,), "upsell": (2,)}


def joins(gap, level, memory):
    """Of people who join."""
    return gap, level, memory


def stay(gap, memory, crowd, usual_fill, utilization):
    """Of members who stay."""
    return gap, memory, crowd - usual_fill, np.maximum(crowd - CROWDED, 0.0), utilization - 0.8


def visits(attendance, usual_attendance, classes, before, usual_classes, memory):
    """Of visits a member; attendance is a share, its usual one a log."""
    return (
        np.log(attendance) - usual_attendance,
        np.log(classes / np.maximum(before, 1.0)) - usual_classes,
        memory,
    )


def retail(memory):
    """Of goods sold."""
    return (memory,)


def upsell(fill, usual_fill):
    """Of members who buy an add-on."""
    return (fill - usual_fill,)


def saturate(wanted, spots, sharpness):
    """Visits that `spots` places allow of `wanted` ones; a smooth minimum."""
    return wanted / (1 + (wanted / spots) ** sharpness) ** (1 / sharpness)


def unsaturate(visits, spots, sharpness):
    """Inverse of `saturate`, for fills below 0.995."""
    fill = np.minimum(visits / spots, 0.995)
    return spots * fill / (1 - fill**sharpness) ** (1 / sharpness)
