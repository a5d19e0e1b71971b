"""What a person with a known will does after an answer of the studio, and the chance that they join in the end.

Chances of a step depend on the will alone, so the chance of the whole follows from the last step back to the first.
"""

import numpy as np
from scipy.special import expit

ROUNDS = 6  # of asking on, at most


def outcomes(will, turn):
    """Chances that after an answer they book a trial class, join, or ask on; the rest is silence."""
    books = expit(will - 0.3)
    joins = (1 - books) * expit(will - 3.5)
    return books, joins, (1 - books - joins) * expit(0.8 * will + 0.9 - 0.25 * turn)


def after_booking(will, again):
    """Chances to come, to join then, and to book again after not coming."""
    return expit(1.3 + 0.6 * will), expit(0.6 + 0.9 * will), 0.0 if again else 0.25


def trial_value(will, again=False):
    """The chance that they join, seen right after they booked a trial class; again : for the second time."""
    comes, joins, rebooks = after_booking(will, again)
    return comes * joins + ((1 - comes) * rebooks * trial_value(will, True) if rebooks else 0.0)


def round_value(will, turn):
    """The chance that they join, seen right after the answer of a turn."""
    if turn == ROUNDS:
        return 0.0
    books, joins, asks = outcomes(will, turn)
    return books * trial_value(will) + joins + asks * round_value(will, turn + 1)


def pace(will):
    """Median hours until a person does what comes next."""
    return np.exp(2.1 - 0.35 * will)
