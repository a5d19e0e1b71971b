"""What showing classes to a client truly does: bookings with the list shown, less those without it.

Imported by tests and benchmarks; never by a model.

Without a list, a month is drawn as `attendance` draws it: true tastes and wishes, credits, capacity, never two a
day. With a list, those bookings stand, and on top of them each shown class, in order of start, is

- noticed with probability `notice`, if the person has no booking that day and is a member on it;
- then taken with a logistic probability in what its true liking is above that of the person's typical choice (the
  mean liking of one visit of theirs drawn freely), less `hesitation`, less `fatigue` times the share of the true
  rhythm that is missing to the visit before it and to the one after;
- booked only while credits are left, or, above the plan, while the month's wish exceeds the credits, which is who
  pays for drop-ins in `attendance`; and only while the class has a place that usual bookings leave. Places go to
  those who want them in random order; who gets none is wait-listed, which is no booking.

So a list lifts nothing on days the client would have come to anyway, nothing in full classes, and little beside
another visit. Assumptions, as there is no record of real clients shown a list at random: `notice` 0.3 is about the
share of promotional letters that are opened (published averages are 20 to 45 %); the slope of the logistic is that of
the Gumbel noise with which the world's people choose (McFadden 1974), `hesitation` 1 gives a typical class on a day
not meant for one 27 %, and `fatigue` 2 divides the odds of the day after a visit by about seven for who comes
seldom. None is fitted to any recommender, and the cost of crowding is linear where the slate's own is squared.
Limits: own bookings stand, so nobody swaps one for a class shown; the world's people do not space what they book
unasked; and a client notices each class by itself, not the list as a whole.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, softmax

from studiolab.world import attendance, raw
from studiolab.world.attendance import ATTENDED, WAITLISTED
from studiolab.world.people import CREDITS

DAYS = 28


@dataclass(frozen=True)
class Response:
    """How clients answer a list; `notice` a probability, the others on the logit scale."""

    notice: float = 0.3
    hesitation: float = 1.0
    fatigue: float = 2.0


@dataclass
class Coming:
    """DAYS days of one studio, drawn `draws` times as they would be without any list.

    clients : Index (n,) member_id; classes : Index (classes,) class_id in order of start; day : (classes,) from 0
    appeal : (n, classes) true liking above the client's typical choice, -inf outside the membership
    rhythm : (n,) days between visits wished for; since : (n,) days from the last visit to day 0, inf for none
    busy : (draws, n, DAYS) bool, own bookings; room : (draws, classes) places these leave
    spare : (draws, n) further bookings that credits or purse allow
    """

    studio_id: str
    clients: pd.Index
    classes: pd.Index
    day: np.ndarray
    appeal: np.ndarray
    rhythm: np.ndarray
    since: np.ndarray
    busy: np.ndarray
    room: np.ndarray
    spare: np.ndarray


def lift(studio_world, as_of, shown, draws=200, seed=0, response=None):
    """Bookings of each client in the coming DAYS days without and with their list, in the same random futures.

    studio_world : Chain of one studio, `chain.studio(id)`; as_of : Timestamp with zone, the first instant of a
        studio-local month of its history, so that nobody's credits are half used
    shown : dict of member_id to list of class_id; all lists are shown at once, so clients vie for places
    response : Response, the standard one by default
    Returns DataFrame member_id, base, with_shown, lift (bookings a client), error (standard error of `lift` over
    draws), one row a client of `shown`. Raises ValueError for another moment, or for a client or class unknown.
    """
    return answer(coming(studio_world, as_of, draws, seed), shown, seed, response)


def coming(studio_world, as_of, draws=200, seed=0):
    """`Coming` of a studio; arguments as of `lift`, which is `answer(coming(...), shown)`."""
    house, flows, rng, crowd, sessions = raw.hidden(studio_world)
    t = _month_of(as_of, house)
    first, end = house.months[t].astype("datetime64[D]"), (house.months[t] + 1).astype("datetime64[D]")
    who, date = crowd.present(t), sessions["starts"].to_numpy("datetime64[D]")
    offered = np.flatnonzero((date >= first) & (date < first + DAYS) & ~sessions["cancelled"])
    classes, day = sessions.iloc[offered], (date - first).astype(int)
    taste = attendance.liking(crowd, who, classes)
    here = attendance.membership_days(crowd, who, t, house.months[t], date[offered])
    typical = (softmax(taste, axis=1) * taste).sum(axis=1, keepdims=True)
    wish = crowd.rate[who] * np.exp(crowd.mood[who, t])

    def month(t, rng):
        booked = attendance.draw_month(crowd, sessions, house, t, flows["visits"][t], flows["drop_ins"][t], rng)
        return booked[booked[:, 2] != WAITLISTED]

    busy = np.zeros((draws, len(who), DAYS), bool)
    room = np.empty((draws, len(offered)), int)
    spare = np.empty((draws, len(who)), int)
    for k in range(draws):
        booked = month(t, raw.generator(seed, f"{studio_world.seed}/{house.studio_id}", "showing", k))
        room[k] = house.capacity - np.bincount(booked[:, 0], minlength=len(sessions))[offered]
        own = booked[booked[:, 1] >= 0]
        person, on = np.searchsorted(who, own[:, 1]), day[own[:, 0]]
        busy[k, person[on < DAYS], on[on < DAYS]] = True
        came = own[:, 2] == ATTENDED
        in_plan, beyond = (np.bincount(person[came & (own[:, 3] == paid)], minlength=len(who)) for paid in (0, 1))
        credits = CREDITS[crowd.plan[who]]
        spare[k] = np.maximum(credits - in_plan, 0) + np.maximum(np.floor(wish - credits).astype(int) - beyond, 0)
    return Coming(
        house.studio_id,
        clients=pd.Index(house.member_ids(who)),
        classes=pd.Index(np.array(house.numbered("c", sessions["month"].to_numpy()), dtype=object)[offered]),
        day=day[offered],
        appeal=np.where(here, taste - typical, -np.inf),
        rhythm=(end - first).astype(int) / wish,
        since=_days_since(month(t - 1, rng("visits", t - 1)), day, who) if t else np.full(len(who), np.inf),
        busy=busy, room=room, spare=spare,
    )  # fmt: skip


def answer(coming, shown, seed=0, response=None):
    """Table of `lift` for lists shown in the futures of `coming`; the same seed notices alike whatever is shown."""
    response = response or Response()
    rows, lists = (
        _places(coming.clients, shown, "client"),
        [_places(coming.classes, s, "class") for s in shown.values()],
    )
    shown_to = {}
    for row, own in zip(rows, lists, strict=True):
        for at in dict.fromkeys(own):
            shown_to.setdefault(int(at), []).append(row)
    last, spare = np.full(coming.spare.shape, -np.inf), coming.spare.copy()
    taken = np.zeros(coming.spare.shape, int)
    before, after = _neighbours(coming)
    for at in sorted(shown_to):
        k, day = np.array(shown_to[at]), coming.day[at]
        rng = raw.generator(seed, coming.studio_id, "noticed", at)
        # Drawn for everybody, so that a client's chance does not depend on who else sees the class.
        chance, order = (rng.random(coming.spare.shape)[:, k] for _ in range(2))
        free = ~coming.busy[:, k, day] & (last[:, k] < day) & (spare[:, k] > 0)
        gaps = day - np.maximum(before[:, k, day], last[:, k]), after[:, k, day] - day
        wants = free & (chance < _taking(coming.appeal[k, at], gaps, coming.rhythm[k], response))
        place = np.where(wants, order, np.inf).argsort(axis=1).argsort(axis=1)
        gets = wants & (place < coming.room[:, at, None])
        last[:, k] = np.where(gets, day, last[:, k])
        spare[:, k] -= gets
        taken[:, k] += gets
    base, taken = coming.busy[:, rows].sum(axis=2).mean(axis=0), taken[:, rows]
    return pd.DataFrame({
        "member_id": coming.clients[rows], "base": base, "with_shown": base + taken.mean(axis=0),
        "lift": taken.mean(axis=0), "error": taken.std(axis=0) / len(taken) ** 0.5,
    })  # fmt: skip


def gains(coming, response=None):
    """(n, classes) expected bookings that showing one class alone lifts; who else is shown it is left aside."""
    response, (before, after) = response or Response(), _neighbours(coming)
    found = np.zeros(coming.appeal.shape)
    for at, day in enumerate(coming.day):
        gaps = day - before[:, :, day], after[:, :, day] - day
        open_to = ~coming.busy[:, :, day] & (coming.spare > 0) & (coming.room[:, at, None] > 0)
        found[:, at] = (open_to * _taking(coming.appeal[:, at], gaps, coming.rhythm, response)).mean(axis=0)
    return found


def missing(gap, rhythm):
    """Share of the rhythm that a gap of `gap` days lacks."""
    return np.maximum(1 - gap / rhythm, 0)


def _taking(appeal, gaps, rhythm, response):
    """Probability of noticing and taking a class. appeal, rhythm : (n,); gaps : two of (draws, n) days."""
    tired = response.fatigue * sum(missing(gap, rhythm) for gap in gaps)
    return response.notice * expit(appeal - response.hesitation - tired)


def _neighbours(coming):
    """(draws, n, DAYS) day of the own booking before each day, and of the one after; infinite where there is none."""
    days = np.arange(DAYS, dtype="float32")
    before, after = np.where(coming.busy, days, -np.inf), np.where(coming.busy, days, np.inf)
    before = np.concatenate([np.broadcast_to(-coming.since[:, None], (*before.shape[:2], 1)), before], axis=2)
    before = np.maximum.accumulate(before, axis=2)[:, :, :-1]
    after = np.minimum.accumulate(np.pad(after, ((0, 0), (0, 0), (0, 1)), constant_values=np.inf)[:, :, :0:-1], axis=2)
    return before, after[:, :, ::-1]


def _days_since(booked, day, who):
    """(who,) days from the last visit of the month before to day 0, inf for none."""
    came = booked[(booked[:, 2] == ATTENDED) & np.isin(booked[:, 1], who)]
    last = np.full(len(who), -np.inf)
    np.maximum.at(last, np.searchsorted(who, came[:, 1]), day[came[:, 0]])
    return -last


def _month_of(as_of, house):
    """Index of the month that begins at `as_of`."""
    starts = house.instants(house.months)
    if as_of not in starts:
        raise ValueError(f"as_of: got {as_of}; expected the first instant of a month, {starts[0]} to {starts[-1]}")
    return starts.get_loc(as_of)


def _places(index, wanted, kind):
    found = index.get_indexer(list(wanted))
    if (found < 0).any():
        unknown = list(wanted)[int((found < 0).argmax())]
        raise ValueError(f"no {kind} {unknown!r} in the coming {DAYS} days of this studio; it has {len(index)}")
    return found
