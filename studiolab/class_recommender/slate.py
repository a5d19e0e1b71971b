"""The eight, chosen as a set: exactly the best by dynamic programming over dates (K0.4, K0.5, N8).

A set is worth the fit of its classes less what crowding costs: two dates closer than the client's
own rhythm lose CROWDED times the square of the share of it that is missing, so that a set too
large for the rhythm spreads evenly. One class a date, so only the best class of a
date can be in the best set, and what is left is a path over dates.
"""

import numpy as np

EIGHT = 8
CROWDED = 0.25  # fit that two classes on one and the next day lose, where the rhythm is long
FULL = 0.10  # fit that a place on the waiting list is worth less
OFTEN = 0.05  # fit that a class is worth less which was full each time of late


def crowding(gap, rhythm):
    """What a gap of `gap` days costs a client of `rhythm` days; arrays of one shape."""
    return CROWDED * np.maximum(1 - gap / rhythm, 0) ** 2


def best_sets(worth, days, rhythm, since, size=EIGHT):
    """The most valuable set of dates of each client.

    worth : (clients, dates) fit of the best class of each date, -inf where there is none; days : (dates,) whole
        days from today, rising; rhythm : (clients,) days; since : (clients,) days since the last visit, inf if none
    Returns (chosen, value): (clients, size) indices of dates, -1 where the set is smaller, and (clients,) its worth.
    Never larger than pays: after the first, a date that would cost more than it brings stays out.
    """
    clients, dates = worth.shape
    if not dates:
        return np.full((clients, 0), -1), np.zeros(clients)
    size = min(size, dates)
    gaps = np.where(np.tri(dates, k=-1, dtype=bool), days[:, None] - days[None, :], np.nan)
    cost = np.nan_to_num(crowding(gaps, rhythm[:, None, None]), nan=np.inf)  # of a date after another
    best = np.full((size, clients, dates), -np.inf)
    came_from = np.full((size, clients, dates), -1)
    best[0] = worth - crowding(days[None, :] + since[:, None], rhythm[:, None])
    for k in range(1, size):
        before = best[k - 1][:, None, :] - cost
        came_from[k] = before.argmax(axis=2)
        best[k] = np.take_along_axis(before, came_from[k][:, :, None], axis=2)[:, :, 0] + worth
    flat = best.transpose(1, 0, 2).reshape(clients, -1)
    end = flat.argmax(axis=1)
    value = flat[np.arange(clients), end]
    some = np.isfinite(value)
    return _walk_back(came_from, end // dates, end % dates, some, size), np.where(some, value, 0.0)


def _walk_back(came_from, count, date, some, size):
    clients = np.arange(len(count))
    chosen = np.full((len(count), size), -1)
    count, date = np.where(some, count, -1), date.copy()
    while (count >= 0).any():
        on = count >= 0
        chosen[clients[on], count[on]] = date[on]
        date[on] = came_from[count[on], clients[on], date[on]]
        count[on] -= 1
    return chosen


def best_of_dates(value, date_of):
    """(worth, which): the best of each client's classes on each date, the first one of equals.

    value : (clients, classes), -inf for what cannot be offered; date_of : (classes,) index of its date, rising
    """
    if not len(date_of):
        return np.zeros((len(value), 0)), np.zeros((len(value), 0), int)
    starts = np.flatnonzero(np.diff(date_of, prepend=-1))
    worth = np.maximum.reduceat(value, starts, axis=1)
    is_best = value == worth[:, date_of]
    column = np.where(is_best, np.arange(value.shape[1]), value.shape[1])
    return worth, np.minimum.reduceat(column, starts, axis=1)
