"""How near to the oracle anybody can come who sees what a model sees: the choice of who knows the world's own rules.

Bayes' rule with the world's form and every parameter of it, the effects of messages included, and of the studio the
true level of each month; hidden are each client's tastes, usual rate of visits, mood and what nobody can see. Of each
client `draws` possible ones are drawn as `bench.uplift_hidden` says, and weighed by the chance of every bill with an
extra or without, of which extra it was, and of every answer in the log to an offer of an extra. The worth of a message
is its mean over KEPT of them, drawn by weight. Who has to learn the parameters cannot be expected to choose better.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit, softmax

from studiolab.bench.uplift_hidden import hidden_of, moods, shown, tastes, visits_of
from studiolab.world import offers
from studiolab.world.people import CREDITS
from studiolab.world.sales import ADD_ONS

DRAWS, KEPT = 2000, 160
STAYS = 0.96  # of those who are billed; only the chance of answers in the log rests on it
OTHER = -50.0  # log chance of another extra than the favourite
RETAIL, EXTRA, STEP = (np.flatnonzero(np.equal(offers.KIND, kind)) for kind in range(3))


class Clients(NamedTuple):
    """d possible ones of each of n clients: taste (n, d, types), rate (n, d) log of visits a month, mood (n, d)."""

    taste: np.ndarray
    rate: np.ndarray
    mood: np.ndarray


def reached(one, seed=0, draws=DRAWS):
    """(n, p, m) worth of each message to who knows the rules, minor units; one : `bench.uplift.Studio`."""
    hidden, rng = hidden_of(one), np.random.default_rng(seed)
    taste = tastes(*shown(one, hidden), draws, rng)
    rate, mood = moods(visits_of(one, hidden), hidden, draws, rng)
    weight = softmax(_of_bills(one, hidden, taste, mood) + _of_answers(one, hidden, taste, rate, mood), axis=1)
    even = (np.arange(KEPT) + rng.random((len(weight), 1))) / KEPT
    kept = np.stack([np.searchsorted(row.cumsum(), at) for row, at in zip(weight, even, strict=True)])
    at, kept = np.arange(len(weight))[:, None], kept.clip(max=draws - 1)
    clients = Clients(taste[at, kept], rate[at, kept], mood[at, kept, hidden.t])
    return worth(one, hidden, clients, offers.Effects(), rng).mean(axis=1)


def worth(one, hidden, clients, effects, rng):
    """(n, d, p, m) `Offers.worth` of possible clients, by the formulas of `world.offers`; what nobody sees is drawn."""
    crowd, t, who = hidden.crowd, hidden.t, hidden.who
    plain = offers.truth(one.world, one.as_of, one.evidence.log, offers.more_unseen(effects, 0))
    stays = clients.mood + 0.5 * (clients.rate - np.log(7))
    leaves = _alike(-stays / 0.7, -(crowd.mood[who, t] + 0.5 * np.log(crowd.rate[who] / 7)) / 0.7, plain.leaves)
    base, interest = _chances(plain, hidden, clients, leaves, effects.other)
    shift = _effect(effects, crowd.plan[who], t - crowd.joined[who], one.contacts)[:, None, offers.KIND]
    shapes = (1, 1), (1, shift.shape[3]), (shift.shape[2], 1)
    for spread, shape in zip(effects.unseen, shapes, strict=True):
        shift = shift + spread * rng.standard_normal((*leaves.shape, *shape))
    notice = _notice(hidden, t, clients.rate + clients.mood, slice(None), effects)[..., None, None]
    chance = base + notice * (expit(logit(interest) + shift) - interest)
    sunk = np.clip(-stays / 0.5, 0, 2)[..., None] * np.array(effects.harm)
    lost = notice[..., 0] * (expit(logit(leaves)[..., None] + sunk) - leaves[..., None])
    margin, price = plain.margin[:, None, :, None], plain.price[:, None, :, None]
    gain = chance * (margin - offers.DISCOUNT_OFF * price) - base * margin - offers.COST
    gain -= (plain.dues[:, None, None] * lost)[:, :, None]
    return np.where(plain.fits[:, None, :, None], gain, -np.inf)


# parts --------------------------------------------------------------------------------------------
def _favourite(taste):
    return (taste[..., 1] > 0.3).astype(int) + (taste[..., 2] > 0)


def _chances(plain, hidden, clients, leaves, other):
    """(n, d, p, 1) chance unasked and interest of possible clients; plain : Offers of the true ones."""
    crowd, t, who = hidden.crowd, hidden.t, hidden.who
    wish, known = np.exp(clients.rate + clients.mood), crowd.rate[who] * np.exp(crowd.mood[who, t])
    retail = -np.expm1(np.log1p(-plain.base[:, None, RETAIL]) * (wish / known[:, None])[..., None])
    eager, taken = 0.5 * clients.mood + clients.taste[..., 0], plain.base[:, EXTRA].max(axis=1) / (1 - plain.leaves)
    extra = _alike(eager, 0.5 * crowd.mood[who, t] + crowd.type_taste[who, 0], taken) * (1 - leaves)
    step = np.minimum(0.01 * wish / CREDITS[crowd.plan[who], None], 0.05)[..., None]
    own = np.eye(len(EXTRA))[_favourite(clients.taste)]
    return (np.concatenate([retail, share * extra[..., None], np.tile(step, len(STEP))], axis=2)
            .clip(offers.LEAST, 0.9)[..., None] for share in (own, np.maximum(own, other)))  # fmt: skip


def _alike(score, known, chance):
    """(n, d) chance 1 - exp(-k exp(score)), k such that the true clients, of score known (n,), have theirs (n,)."""
    inside = (chance > offers.LEAST) & (chance < 0.9)
    k = np.median(-np.log1p(-chance[inside]) / np.exp(known[inside]))
    return np.clip(-np.expm1(-k * np.exp(score)), offers.LEAST, 0.9)


def _effect(effects, plan, tenure, contacts):
    """(n, kinds, m) on the logit scale, but for what nobody sees."""
    shift = np.stack([effects.newness * np.exp(-tenure / 4), np.array(effects.price_sense)[plan],
                      effects.together * -np.expm1(-tenure / 12)], axis=1)  # fmt: skip
    return np.array(effects.strength) + (shift - effects.fatigue * contacts[:, None])[:, None]


def _notice(hidden, t, wish, rows, effects):
    """(n, d) chance that a message of month t is noticed by who wishes for exp(wish) visits a month."""
    crowd, here = hidden.crowd, hidden.crowd.present(t)
    visits = hidden.flows["visits"][t] - hidden.flows["drop_ins"][t] // 2
    level = np.log(visits * offers.OF_MONTH / (crowd.rate[here] * np.exp(crowd.mood[here, t])).sum())
    return expit(logit(effects.notice) + 0.5 * (wish[rows] + level - np.log(8)))


def _level(hidden, t):
    """Log hazard of an extra at eagerness 0 with which as many of those who paid for month t take one as did."""
    paying = hidden.crowd.paying(t)
    eager = np.exp(0.5 * hidden.crowd.mood[paying, t] + hidden.crowd.type_taste[paying, 0])
    total = np.clip(hidden.flows["upsold"][t], 0.5, 0.9 * len(paying))
    return brentq(lambda at: -np.expm1(-np.exp(at) * eager).sum() - total, -30, 30)


def _of_bills(one, hidden, taste, mood):
    """(n, d) log chance of the bills of each month, with an extra or without, and of which extra it was."""
    lines, starts = one.evidence.purchases, hidden.house.instants(hidden.house.months)
    month = starts.tz_convert(None).searchsorted(lines.at, side="right") - 1
    row = hidden.ids.get_indexer(lines.customers)[lines.customer]
    extra = np.array([ADD_ONS.index(one) if one in ADD_ONS else -1 for one in lines.products])
    own = (extra[lines.product] >= 0) & (row >= 0) & (lines.customer >= 0) & (month >= 0)
    taken = np.full((len(hidden.who), hidden.t), -1)
    taken[row[own], month[own]] = extra[lines.product[own]]
    found = np.zeros(taste.shape[:2])
    for t in range(hidden.t):
        hazard = np.exp(_level(hidden, t) + 0.5 * mood[:, :, t] + taste[..., 0])
        billed, with_it = hidden.crowd.joined[hidden.who] <= t, taken[:, t] >= 0
        found[with_it] += np.log(-np.expm1(-hazard[with_it]) + 1e-12)
        found[billed & ~with_it] -= hazard[billed & ~with_it]
    last = taken.max(axis=1)  # each client takes one kind of extra only
    return found + np.where((last[:, None] >= 0) & (_favourite(taste) != last[:, None]), OTHER, 0)


def _of_answers(one, hidden, taste, rate, mood):
    """(n, d) log chance of what clients did when extras were offered, or held back."""
    effects, found, crowd = offers.Effects(), np.zeros(taste.shape[:2]), hidden.crowd
    log, starts = one.evidence.log, hidden.house.instants(hidden.house.months)
    for sent_at, own in log[log["product_id"].isin(ADD_ONS)].groupby("sent_at"):
        t, at = starts.get_loc(sent_at), hidden.ids.get_indexer(own["client_id"])
        own, at = own[at >= 0], at[at >= 0]
        who, wish = hidden.who[at], rate + mood[:, :, t]
        eager = _level(hidden, t) + 0.5 * mood[at, :, t] + taste[at, :, 0]
        interest = np.clip(-np.expm1(-offers.OF_MONTH * np.exp(eager)) * STAYS, offers.LEAST, 0.9)
        extra = own["product_id"].map(ADD_ONS.index).to_numpy()
        is_own = _favourite(taste[at]) == extra[:, None]
        base, interest = np.where(is_own, interest, offers.LEAST), np.where(is_own, 1, effects.other) * interest
        message = own["message"].map({offers.NOTHING: -1} | {m: k for k, m in enumerate(offers.MESSAGES)}).to_numpy()
        shift = _effect(effects, crowd.plan[who], t - crowd.joined[who], own["contacts"].to_numpy())[:, 1]
        shift = shift[np.arange(len(own)), message][:, None]
        moved = expit(logit(interest) + shift) - interest
        chance = base + (message >= 0)[:, None] * _notice(hidden, t, wish, at, effects) * moved
        found[at] += np.where(own["bought"].to_numpy()[:, None], np.log(chance), np.log1p(-chance))
    return found
