"""Who comes to which class: wishes meet capacity, and the counts come out exactly as the outcomes say."""

import numpy as np
import pandas as pd

from studiolab.world.people import CREDITS, UNLIMITED, day_in
from studiolab.world.timetable import class_names

MISSED_SHARE = 0.07
HOUR_REACH = 1.5  # hours from the favourite one that cost one unit of liking
LATE_SHARE = 0.6
STATUSES = ("attended", "no_show", "late_cancelled", "waitlisted")
ATTENDED, NO_SHOW, LATE, WAITLISTED = range(len(STATUSES))


def draw_visits(people, sessions, house, visits, drop_ins, rng):
    """Bookings of every month, one row each.

    people : People; sessions : frame of `timetable.draw_sessions`; house : House
    visits, drop_ins : (months,) whole numbers, how many came and how many of them paid for the one visit
    rng : function of (part, month) to a Generator
    Returns DataFrame month, session (row of `sessions`), starts (studio-local), person (index of people; below 0
    a guest of that month), status, drop_in. Nobody comes twice a day, nobody before joining or after leaving.
    """
    parts = []
    for t in range(len(house.months)):
        booked = draw_month(people, sessions, house, t, visits[t], drop_ins[t], rng("visits", t))
        parts.append(np.column_stack([np.full(len(booked), t), booked]))
    frame = pd.DataFrame(np.concatenate(parts), columns=["month", "session", "person", "status", "drop_in"])
    frame = frame.sort_values(["session", "status", "person"], ignore_index=True)
    return frame.assign(
        starts=sessions["starts"].to_numpy()[frame["session"]],
        status=np.array(STATUSES, dtype=object)[frame["status"]],
        drop_in=frame["drop_in"] == 1,
    )


def draw_month(people, sessions, house, t, visits, drop_ins, rng):
    """(bookings, 4) whole numbers of month t: row of `sessions`, person, index of STATUSES, 1 for a drop-in.

    people, sessions, house : as of `draw_visits`; visits, drop_ins : of that month; rng : Generator
    """
    rows = np.flatnonzero((sessions["month"] == t) & ~sessions["cancelled"])
    booked = _month(people, sessions.iloc[rows], t, house.months[t], visits, drop_ins, house.capacity, rng)
    booked[:, 0] = rows[booked[:, 0]]
    return booked


def visits_table(booked, sessions, house):
    """Table `visits`; booked : frame of `draw_visits`."""
    month, session = booked["month"].to_numpy(), booked["session"].to_numpy()
    return pd.DataFrame({
        "studio_id": house.studio_id,
        "visit_id": house.numbered("v", month),
        "member_id": house.customers(booked["person"].to_numpy(), month),
        "class_id": np.array(house.numbered("c", sessions["month"].to_numpy()), dtype=object)[session],
        "class_name": class_names(sessions, house)[session],
        "attended_at": house.instants(booked["starts"]),
        "status": booked["status"],
        "is_drop_in": booked["drop_in"],
    })  # fmt: skip


def _month(people, classes, t, month, visits, drop_ins, capacity, rng):
    """(bookings, 4) whole numbers: class, person, status, 1 for a drop-in."""
    who = people.present(t)
    day = classes["starts"].to_numpy("datetime64[D]")
    opens = np.unique(day, return_index=True)[1]
    here = membership_days(people, who, t, month, day)
    score = np.where(here, liking(people, who, classes) + rng.gumbel(size=here.shape), -np.inf)
    days = np.maximum.reduceat(here, opens, axis=1).sum(axis=1)
    in_plan, beyond = _wishes(people, who, t, days, visits - drop_ins, drop_ins // 2, rng)

    room = np.full(len(classes), capacity)
    booked, refused = _book(score, in_plan + beyond, room, opens)
    booked, paid = _settle(score, booked, in_plan, people.plan[who] == UNLIMITED, room, opens)
    guests = _guests(visits - len(booked), room, capacity, rng)
    missing = np.bincount(rng.integers(len(who), size=rng.binomial(visits, MISSED_SHARE)), minlength=len(who))
    missed, _ = _book(score, missing, room, opens)
    late = np.where(rng.random(len(missed)) < LATE_SHARE, LATE, NO_SHOW)
    return np.concatenate([
        _rows(booked[:, 1], who[booked[:, 0]], ATTENDED, paid),
        _rows(guests[:, 1], guests[:, 0], ATTENDED, True),
        _rows(missed[:, 1], who[missed[:, 0]], late, False),
        _rows(refused[:, 1], who[refused[:, 0]], WAITLISTED, False),
    ])  # fmt: skip


def _rows(session, person, status, drop_in):
    return np.column_stack(np.broadcast_arrays(session, person, status, drop_in)).astype(int)


def _guests(count, room, capacity, rng):
    """(count, 2) guest (-1 and below) and class, in places left; takes them out of `room`."""
    places = np.sort(rng.choice(np.repeat(np.arange(len(room)), room), count, replace=False))
    np.subtract.at(room, places, 1)
    # No class holds more than `capacity`, so going round this many names never puts one twice in a class.
    names = max(capacity, -(-count // 2))
    return np.column_stack([-1 - np.arange(count) % names, places])


def membership_days(people, who, t, month, day):
    """(who, classes) bool: the membership runs on the day of the class."""
    due = day_in(month, people.day[who])[:, None]
    joins, leaves = (people.joined[who] == t)[:, None], (people.left[who] == t)[:, None]
    return (~joins | (day >= due)) & (~leaves | (day < due))


def liking(people, who, classes):
    """(who, classes) true liking of each class, in units of the Gumbel noise that each visit adds to it."""
    apart = np.abs(people.hour[who][:, None] - classes["hour"].to_numpy())
    return (
        people.weekday_taste[who][:, classes["weekday"]]
        + people.type_taste[who][:, classes["type"]]
        - apart / HOUR_REACH
    )


def _wishes(people, who, t, days, total, most_beyond, rng):
    """Visits of each person within the plan, adding to `total` where credits allow, and beyond it."""
    wish = people.rate[who] * np.exp(people.mood[who, t]) * days / max(days.max(), 1)
    credits = np.minimum(CREDITS[people.plan[who]], days)
    in_plan = spread(total, wish, credits, rng)
    rest = np.where(in_plan == CREDITS[people.plan[who]], np.minimum(wish - credits, days - credits), 0).clip(0)
    return in_plan, spread(min(most_beyond, int(rest.sum())), rest, np.floor(rest), rng)


def spread(total, wish, most, rng):
    """Whole numbers near a common multiple of `wish`, none above `most`, adding to min(total, sum of most).

    wish : (n,) >= 0; most : (n,) whole, 0 where wish is 0. Water-filling, then systematic rounding.
    """
    total = min(int(total), int(most.sum()))
    if total == 0:
        return np.zeros(len(wish), int)
    low, high = 0.0, 1.0
    while np.minimum(high * wish, most).sum() < total - 1e-9 and high < 1e12:
        high *= 2
    for _ in range(60):
        level = (low + high) / 2
        low, high = (level, high) if np.minimum(level * wish, most).sum() < total else (low, level)
    shares = np.minimum(high * wish, most)
    edges = np.cumsum(shares) * (total / shares.sum())
    edges[-1] = total
    return np.diff(np.floor(edges + rng.random()), prepend=0.0).astype(int)


def _book(score, wanted, room, opens):
    """Each takes the best class of the best days; a full class keeps those who like it most.

    score : (n, classes) liking, -inf where one cannot come; wanted : (n,); room : (classes,) places left
    opens : first class of each day. Takes what is booked out of `score` and `room`.
    Returns booked and refused, arrays (k, 2) of person and class.
    """
    day_of = _day_of(opens, len(room))
    wanted, booked, refused = wanted.copy(), [np.empty((0, 2), int)], [np.empty((0, 2), int)]
    while (rows := np.flatnonzero(wanted > 0)).size:
        view = score[rows]
        best = np.maximum.reduceat(view, opens, axis=1)
        rank = (-best).argsort(axis=1).argsort(axis=1)
        chosen = (rank < wanted[rows, None]) & (best > -np.inf)
        if not chosen.any():
            break
        r, c = np.nonzero(chosen[:, day_of] & (view == best[:, day_of]))
        order = np.lexsort((-view[r, c], c))
        r, c = rows[r[order]], c[order]
        fits = np.arange(len(c)) - np.searchsorted(c, c) < room[c]
        booked.append(np.column_stack([r[fits], c[fits]]))
        refused.append(np.column_stack([r[~fits], c[~fits]]))
        score[r[~fits], c[~fits]] = -np.inf
        np.subtract.at(wanted, r[fits], 1)
        np.subtract.at(room, c[fits], 1)
        busy = np.zeros((len(score), len(opens)), bool)
        busy[r[fits], day_of[c[fits]]] = True
        score[busy[:, day_of]] = -np.inf
        score[:, room == 0] = -np.inf
    return np.concatenate(booked), np.concatenate(refused)


def _day_of(opens, classes):
    return np.repeat(np.arange(len(opens)), np.diff(np.append(opens, classes)))


def _settle(score, booked, in_plan, unlimited, room, opens):
    """Marks what goes beyond a plan, and gives what full classes left undone to unlimited members.

    Returns booked (k, 2) in order of person and class, then the given ones; paid (k,) bool: beyond the plan.
    """
    booked = booked[np.lexsort((booked[:, 1], booked[:, 0]))]
    nth = np.arange(len(booked)) - np.searchsorted(booked[:, 0], booked[:, 0])
    paid = nth >= in_plan[booked[:, 0]]
    day_of, given = _day_of(opens, len(room)), [np.empty((0, 2), int)]
    for _ in range(in_plan.sum() - (~paid).sum()):
        free = np.where(unlimited[:, None] & (room > 0), score, -np.inf)
        person, place = np.unravel_index(free.argmax(), free.shape)
        if free[person, place] == -np.inf:
            raise ValueError("more visits in a month than its members have days and classes for; expected fewer visits")
        given.append([[person, place]])
        score[person, day_of == day_of[place]] = -np.inf
        room[place] -= 1
    given = np.concatenate(given)
    return np.concatenate([booked, given]), np.append(paid, np.zeros(len(given), bool))
