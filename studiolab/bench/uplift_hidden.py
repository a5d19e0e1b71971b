"""Possible clients of a studio given what it sees of them, for `bench.uplift_reach`: Bayes' rule with the world's form.

Tastes for kinds of class are told by which of the classes on offer were booked (Laplace's approximation, one for each
favourite hour); usual rate and mood, a normal walk, by visits a month. A month at the limit of the plan says about a
quarter more than it shows.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import softmax

from studiolab.world import raw, timetable
from studiolab.world.attendance import HOUR_REACH
from studiolab.world.people import CREDITS, FAVOURITE_HOURS, HOUR_SHARE, MOOD_MEMORY, MOOD_NOISE

STEPS, CLOSE = 20, 1e-9
USUAL_RATE, RATE_SPREAD, PLAN_NOISE, PLAN_BOUNDS = np.log(7), 0.45, 0.25, (4.8, 8.5)  # as `people` draws them


class Hidden(NamedTuple):
    """What `raw.hidden` says, the month t, and who (n,) are the clients then."""

    house: object
    flows: dict
    crowd: object
    t: int
    who: np.ndarray

    @property
    def ids(self):
        """Index of the clients' ids."""
        return pd.Index(self.house.member_ids(self.who))


def hidden_of(one):
    """`Hidden` of a `bench.uplift.Studio`."""
    house, flows, _, crowd, _ = raw.hidden(one.world)
    t = house.instants(house.months).get_loc(one.as_of)
    return Hidden(house, flows, crowd, t, np.flatnonzero((crowd.joined < t) & (crowd.left >= t)))


def shown(one, hidden):
    """came (n, c), opened (n, c), days (n, 7), cells (c, 3): bookings and classes on offer since joining by weekday,
    hour and kind of class, and days that were open."""
    visits, zone = one.evidence.visits, one.evidence.timezone
    visits = visits[visits["attended_at"] < one.as_of]
    local = visits["attended_at"].dt.tz_convert(zone)
    names = timetable.CLASS_NAMES[hidden.house.kind]
    slot = np.column_stack([local.dt.weekday, local.dt.hour, pd.Index(names).get_indexer(visits["class_name"])])
    cells, cell = np.unique(slot, axis=0, return_inverse=True)
    ids, size = hidden.ids, len(cells)
    row = ids.get_indexer(visits["member_id"])
    came = np.bincount(row[row >= 0] * size + cell[row >= 0], minlength=len(ids) * size).reshape(len(ids), size)
    held = pd.DataFrame({"at": local.dt.floor("D"), "cell": cell, "weekday": cells[cell, 0]}).drop_duplicates()
    open_days = held.drop_duplicates("at")
    joined = one.evidence.members.set_index("member_id")["joined_at"].reindex(ids).dt.tz_convert(zone).dt.floor("D")
    opened, days = (_since(own["at"], own[what].to_numpy(), joined, width)
                    for own, what, width in ((held, "cell", size), (open_days, "weekday", 7)))  # fmt: skip
    return came.astype(float), opened, days, cells


def tastes(came, opened, days, cells, draws, rng):
    """(n, draws, types) drawn tastes for kinds of class; arguments of `shown`."""
    weekday, kinds = np.eye(7)[cells[:, 0]], np.eye(cells[:, 2].max() + 1)[cells[:, 2]]
    columns = np.column_stack([np.ones(len(cells)), weekday, kinds])
    share = np.log(np.maximum(opened, 1e-3) / np.maximum(days @ weekday.T, 1e-3))
    found = [_likeliest(came, share - np.abs(cells[:, 1] - hour) / HOUR_REACH, days, weekday, columns)
             for hour in FAVOURITE_HOURS]  # fmt: skip
    chance = softmax(np.stack([one[2] for one in found], axis=1) + np.log(HOUR_SHARE), axis=1)
    hour = (rng.random((len(came), draws, 1)) > chance.cumsum(axis=1)[:, None, :-1]).sum(axis=2)
    normal, types = rng.standard_normal((len(came), draws, columns.shape[1])), kinds.shape[1]
    drawn = np.zeros((len(came), draws, types))
    for k, (parts, curvature, _) in enumerate(found):
        root = np.linalg.cholesky(np.linalg.inv(curvature))[:, -types:]
        each = parts[:, None, -types:] + normal @ root.transpose(0, 2, 1)
        drawn = np.where((hour == k)[..., None], each, drawn)
    return drawn


def visits_of(one, hidden):
    """(n, t) visits of each client in each month."""
    house, t, own = hidden.house, hidden.t, one.evidence.visits
    own = own[(own["status"] == "attended") & (own["attended_at"] < one.as_of)]
    month = house.instants(house.months).searchsorted(own["attended_at"], side="right") - 1
    row = hidden.ids.get_indexer(own["member_id"])
    known = (row >= 0) & (month >= 0)
    return np.bincount(row[known] * t + month[known], minlength=len(hidden.who) * t).reshape(-1, t)


def moods(visits, hidden, draws, rng):
    """(n, draws) log rate and (n, draws, t + 1) moods, given visits (n, t) a month and the true level of each month."""
    crowd, t, who = hidden.crowd, hidden.t, hidden.who
    plan, first, month = crowd.plan[who], np.maximum(crowd.joined[who], 0)[:, None], np.arange(t + 1)
    wish, full = crowd.rate[who, None] * np.exp(crowd.mood[who, :t]), visits >= CREDITS[plan][:, None]
    here = crowd.joined[who, None] < month[:t]
    free = here & ~full
    level = np.log(np.maximum((visits * free).sum(axis=0), 1) / np.maximum((wish * free).sum(axis=0), 1))
    seen = np.log(np.maximum(visits, 0.35)) + 0.25 * full - level
    wide = np.where(full, 0.09, np.where(visits > 0, (0.35 / np.maximum(visits, 0.5)) ** 2 + 0.003, 0.8))
    tight = np.column_stack([here / wide, np.zeros(len(who))])
    walked = np.maximum(month - first + 1, 0)
    spread = MOOD_NOISE**2 * (1 - MOOD_MEMORY ** (2 * walked)) / (1 - MOOD_MEMORY**2)
    earlier = np.minimum(month[:, None], month)
    before = np.zeros((len(who), t + 2, t + 2))
    before[:, 1:, 1:] = spread[:, earlier] * MOOD_MEMORY ** np.abs(month[:, None] - month) + CLOSE * np.eye(t + 1)
    mean, before[:, 0, 0] = _rates()[:, plan]
    shows = np.concatenate([np.ones((t + 1, 1)), np.eye(t + 1)], axis=1)
    inner = np.linalg.inv(before) + np.einsum("nt,ti,tj->nij", tight, shows, shows, optimize=True)
    right = (tight * np.column_stack([seen, np.zeros(len(who))])) @ shows
    right[:, 0] += mean / before[:, 0, 0]
    after = np.linalg.inv(inner)
    root = np.linalg.cholesky((after + after.transpose(0, 2, 1)) / 2)
    middle = (after @ right[:, :, None])[:, None, :, 0]
    drawn = middle + rng.standard_normal((len(who), draws, t + 2)) @ root.transpose(0, 2, 1)
    return drawn[:, :, 0], drawn[:, :, 1:]


# parts --------------------------------------------------------------------------------------------
def _likeliest(came, offset, days, weekday, columns):
    """(n, k) likeliest parts, (n, k, k) curvature there, (n,) log evidence. A class comes in at rate exp(liking), and
    the first of a day is taken if it comes before the month's visits are done."""
    size, of_day = columns.shape[1], came @ weekday
    taken, usual = np.minimum(of_day, days), np.append(-2.0, np.zeros(size - 1))
    tight = np.diag(np.append(1 / 9, np.ones(size - 1)))
    parts, squares = np.tile(usual, (len(came), 1)), (columns[:, :, None] * columns[:, None]).reshape(len(columns), -1)
    for step in range(STEPS + 1):
        score = parts @ columns.T + offset
        rate = np.exp(score)
        total = np.maximum(rate @ weekday, 1e-12)
        missed = np.exp(-total)
        odds = taken * missed / (1 - missed)
        slope = (odds - (days - taken) - of_day / total) @ weekday.T * rate
        inner = np.einsum("nc,cw,ci->nwi", rate, weekday, columns, optimize=True)
        bent = odds / (1 - missed) - of_day / total**2
        curvature = (-slope @ squares).reshape(-1, size, size) + tight
        curvature += np.matmul((inner * bent[:, :, None]).transpose(0, 2, 1), inner)
        off = parts - usual
        if step == STEPS:
            break
        move = np.linalg.solve(curvature, ((came + slope) @ columns - off @ tight)[:, :, None])[:, :, 0]
        parts += move * np.minimum(1, 1 / np.maximum(np.abs(move).max(axis=1, keepdims=True), 1e-9))
    likely = (taken * np.log(1 - missed) - (days - taken) * total).sum(axis=1)
    likely += (came * (score - np.log(total) @ weekday.T)).sum(axis=1) - (off @ tight * off).sum(axis=1) / 2
    return parts, curvature, likely - np.linalg.slogdet(curvature)[1] / 2


def _since(at, what, joined, size):
    """(n, size) how many of each `what` there were from `joined` on."""
    order = np.argsort(at.to_numpy(), kind="stable")
    counts = np.zeros((len(order) + 1, size), np.int32)
    counts[np.arange(1, len(order) + 1), what[order]] = 1
    total = counts.cumsum(axis=0)
    return (total[-1] - total[np.searchsorted(at.to_numpy()[order], joined.to_numpy())]).astype(float)


def _rates(people=100_000):
    """(2, plans) mean and variance of the log rate of the holders of each plan."""
    rng = np.random.default_rng(0)
    rate = USUAL_RATE + RATE_SPREAD * rng.standard_normal(people)
    plan = np.digitize(np.exp(rate + PLAN_NOISE * rng.standard_normal(people)), PLAN_BOUNDS)
    return np.array([[of(rate[plan == k]) for k in range(len(CREDITS))] for of in (np.mean, np.var)])
