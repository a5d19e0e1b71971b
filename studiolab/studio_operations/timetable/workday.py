"""One instructor's day at given prices: what can begin when, and the classes that together earn most.

A day is planned from event to event, the moments at which a class can begin or end, so long quiet hours cost nothing. A
class is kept from being taught twice on a day only where it is watched: it has a seat, and the seats taken are known.
Source: dynamic programming over a path with resources, with decremental state space, Righini & Salani 2008.
"""

import numpy as np
from numba import njit

from studiolab.studio_operations.timetable.problem import CONTINUED

NONE = -1
WATCHED = 6  # classes of an instructor's day that are kept from being taught twice on it


@njit(cache=True, nogil=True)
def rooms_net(a, c_of, row, class_price, room_price, site_price, net, room_at):
    """Worth of a class at each start of `row` in its best room, less all prices; the room, -1 where none."""
    net[:] = np.inf
    for k in row:
        if net[k] < np.inf:
            continue
        c, start, best, where = c_of[k], a.slot_start[k], -np.inf, NONE
        held = min(start + a.held[c], room_price.shape[1] - 1)
        for m in range(a.rooms[c], a.rooms[c + 1]):
            room = a.room_of[m]
            if a.room_worth[m] <= best:
                break
            site = a.site_of[room]
            worth = a.room_worth[m] - (room_price[room, held] - room_price[room, start])
            worth -= site_price[site, start + a.length[c]] - site_price[site, start]
            if worth > best:
                best, where = worth, room
        net[k] = a.placed[c] + a.slot_worth[k] + best - class_price[c]
        room_at[k] = where


@njit(cache=True, nogil=True)
def offers(a, kind, c_of, row, worth, net, least, seat_of, offer, which, own, own_row):
    """What one instructor can earn at each unit: the best of the classes of each length, and each watched class.

    least : net worth above which a class can bring anything, with continuity for itself and for the next
    seat_of : (n, 7) seat of a class among those watched on a day, -1 for none
    offer, which : (l, u) net worth and row of slots; own, own_row : (WATCHED, u) the same of the watched classes
    """
    offer[:], own[:] = -np.inf, -np.inf
    for j in range(len(row)):
        k = row[j]
        value = net[k] + worth[j]
        if value <= least:
            continue
        c, start = c_of[k], a.slot_start[k]
        seat = seat_of[c, start // a.day]
        if seat != NONE:
            own[seat, start], own_row[seat, start] = value, k
        elif value > offer[kind[c], start]:
            offer[kind[c], start], which[kind[c], start] = value, k


@njit(cache=True, nogil=True)
def events(offer, own, seats, first, day, at, next_at):
    """Units of the day at which something is offered, in `at`, and for each unit the first of these from it on."""
    count = 0
    for unit in range(day):
        next_at[unit] = count
        found = False
        for option in range(offer.shape[0]):
            found = found or offer[option, first + unit] > -np.inf
        for seat in range(seats):
            found = found or own[seat, first + unit] > -np.inf
        if found:
            at[count] = unit
            count += 1
    next_at[day] = count
    return count


@njit(cache=True, nogil=True)
def plan(a, lengths, watched, offer, own, first, value, choice, at, next_at):
    """Plan a day: value[e, n, m] is the most from its event e on, after n classes and the watched ones of bits m.

    choice : length begun then, or len(lengths) + seat of the watched class, or -1 to wait; at, next_at : of `events`.
    Returns the number of events, the most that a day with a class earns, and the event and choice it begins with.
    """
    most, begins, begun = -np.inf, NONE, NONE
    full, seats = CONTINUED + 1, 0
    while seats < WATCHED and watched[seats] != NONE:
        seats += 1
    masks, count = 1 << seats, events(offer, own, seats, first, a.day, at, next_at)
    for before in range(full + 1):
        for mask in range(masks):
            value[count, before, mask] = 0.0
    for event in range(count - 1, -1, -1):
        unit = at[event]
        for before in range(full + 1):
            for mask in range(masks):
                value[event, before, mask], choice[event, before, mask] = value[event + 1, before, mask], NONE
        for option in range(len(lengths) + seats):
            seat = option - len(lengths)
            gain = offer[option, first + unit] if seat < 0 else own[seat, first + unit]
            if gain == -np.inf:
                continue
            end = next_at[unit + (lengths[option] if seat < 0 else a.length[watched[seat]])]
            for before in range(full + 1):
                then, beside = min(before + 1, full), gain + (a.continuity if 0 < before < full else 0)
                for mask in range(masks):
                    if seat >= 0 and mask >> seat & 1:
                        continue
                    earned = beside + value[end, then, mask if seat < 0 else mask | 1 << seat]
                    if earned > value[event, before, mask]:
                        value[event, before, mask], choice[event, before, mask] = earned, option
                    if before == 0 and mask == 0 and earned > most:
                        most, begins, begun = earned, event, option
    return count, most, begins, begun


@njit(cache=True, nogil=True)
def take_seats(watched, seat_of, there):
    """Note the seat of each watched class of an instructor's days, or forget it."""
    for today in range(7):
        for w in range(WATCHED):
            if watched[today, w] != NONE:
                seat_of[watched[today, w], today] = w if there else NONE


@njit(cache=True, nogil=True)
def running(price):
    """(rows, u + 1) sums of the prices before each unit."""
    total = np.zeros((price.shape[0], price.shape[1] + 1))
    for row in range(price.shape[0]):
        for unit in range(price.shape[1]):
            total[row, unit + 1] = total[row, unit] + price[row, unit]
    return total


@njit(cache=True, nogil=True)
def reach(a, lengths, watched, offer, own, first, reached):
    """reached[u, n] : the most a day can have earned before unit u with n classes, the same one twice or not."""
    full = CONTINUED + 1
    reached[:] = -np.inf
    reached[0, 0] = 0.0
    for unit in range(a.day):
        for before in range(full + 1):
            so_far = reached[unit, before]
            if so_far == -np.inf:
                continue
            reached[unit + 1, before] = max(reached[unit + 1, before], so_far)
            bonus = a.continuity if 0 < before < full else 0
            for option in range(len(lengths) + WATCHED):
                seat = option - len(lengths)
                if seat >= 0 and watched[seat] == NONE:
                    break
                gain = offer[option, first + unit] if seat < 0 else own[seat, first + unit]
                if gain > -np.inf:
                    end = unit + (lengths[option] if seat < 0 else a.length[watched[seat]])
                    then = min(before + 1, full)
                    reached[end, then] = max(reached[end, then], so_far + gain + bonus)
