"""Choices as products of shrunken factors: how much each class of a day pulls at each person.

On a day with classes of pulls w_1, w_2, ... a person takes the first with probability w_1 / (1 + w_1 + w_2 + ...), or
none. A pull is a product: of what all like (a kind of class, a weekday, an hour, their pair) and of what the person
does (how often at all, each kind, weekday, hour). Factors are gamma with mean one (of an hour: the mean of the hours
beside it) and a variance that the factors themselves tell. Each is raised in turn by a bound from below, which never
lowers the likelihood of the choices made.
Sources: multinomial logit with an outside option, Train 2009; the bound, Hunter 2004; shrinkage as in `factors`.
"""

from typing import NamedTuple

import numpy as np

from studiolab.studio_operations.timetable import factors

SWEEPS, RATE_SWEEPS = 15, 5
TIGHTER = 0.5  # of the variance that a person's factors seem to have: less spread foretells moved classes better
LEAST_VISITS = 0.05  # added to what a person made and should have made
EVERYBODY, PERSON = ("kind", "weekday", "hour", ("weekday", "hour")), ("rate", "kind", "weekday", "hour")


class Offers(NamedTuple):
    """Classes that could be taken: e classes in sets, each set those of one kind of day, one after the other.

    first : (sets,) first class of each; set_of, kind, weekday, hour : (e,) whole numbers; kinds : how many there are
    """

    first: np.ndarray
    set_of: np.ndarray
    kind: np.ndarray
    weekday: np.ndarray
    hour: np.ndarray
    kinds: int

    def code(self, term):
        """(e,) which factor of a term each class has, and how many there are."""
        if term == "rate":
            return np.zeros(len(self.set_of), int), 1
        if isinstance(term, tuple):
            (days, _), (hours, count) = (self.code(axis) for axis in term)
            return days * count + hours, 7 * count
        return getattr(self, term), {"kind": self.kinds, "weekday": 7, "hour": 24}[term]


def fit(offers, days, taken, grain):
    """Factors of everybody and of each person.

    offers : Offers; days : (people, sets) weight of the days on which each could come; taken : (people, e) weight of
        the classes taken; grain : mean weight of what was taken, weighted by itself; one where all weights are
    Returns ({term: (size,)}, {term: (people, size)}), terms of EVERYBODY and PERSON.
    """
    run = _Run(offers, days, taken)
    every = {term: np.ones(offers.code(term)[1]) for term in EVERYBODY}
    own = {term: np.ones((len(taken), offers.code(term)[1])) for term in PERSON}
    for _ in range(SWEEPS):
        run.pull *= taken.sum() / run.expected().sum()
        for term in EVERYBODY:
            code, size = offers.code(term)
            had, should = (np.bincount(code, x.sum(axis=0), size) for x in (taken, run.expected()))
            change = _raised(every[term], had, should, grain, term, 1.0)
            every[term], run.pull = every[term] * change, run.pull * change[code]
        for term in PERSON:
            code, size = offers.code(term)
            mine = np.eye(size)[code]
            change = _raised(own[term], taken @ mine, run.expected() @ mine, grain, term, TIGHTER)
            own[term], run.pull = own[term] * change, run.pull * change[:, code]
    own["rate"] *= run.pull.sum() / run.plain(every, own).sum()
    return every, own


def rates(offers, days, taken, every, own):
    """(people, 1) factor "rate" with which each takes as many as in `taken`; arguments as of and from `fit`.

    days, taken : of the time whose rate is meant
    """
    run, rate = _Run(offers, days, taken), own["rate"]
    made = taken.sum(axis=1, keepdims=True) + LEAST_VISITS
    for _ in range(RATE_SWEEPS):
        run.pull = run.plain(every, own | {"rate": rate})
        rate = rate * made / (run.expected().sum(axis=1, keepdims=True) + LEAST_VISITS)
    return rate


# parts --------------------------------------------------------------------------------------------
class _Run:
    def __init__(self, offers, days, taken):
        self.offers, self.days = offers, days[:, offers.set_of]
        self.pull = np.full(taken.shape, 1e-3)

    def expected(self):
        """(people, e) weight of the classes that would be taken."""
        some = 1 + np.add.reduceat(self.pull, self.offers.first, axis=1)
        return self.days * self.pull / some[:, self.offers.set_of]

    def plain(self, every, own):
        """(people, e) pulls as these factors have them."""
        pull = np.ones_like(self.pull)
        for part, at in ((every, lambda factor, code: factor[code]), (own, lambda factor, code: factor[:, code])):
            for term, factor in part.items():
                pull *= at(factor, self.offers.code(term)[0])
        return pull


def _raised(own, had, should, grain, term, tighter):
    """How much to raise each factor; should : of the factors as they are."""
    hourly = term == "hour" or isinstance(term, tuple)
    usual = factors.usual(own.reshape(*own.shape[:-1], -1, 24)).reshape(own.shape) if hourly else np.ones_like(own)
    bare = should / own
    strength = 1 / (tighter * factors.between(had, bare, grain * bare, usual))
    return (had + strength * usual) / (bare + strength) / own
