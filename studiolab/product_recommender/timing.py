"""When customers buy: weekday and part of day, the date of the next order, and who has fallen silent.

Rhythm: gaps between a customer's orders are gamma-distributed around a pace of their own, so that a silence says more
of those who came every fourth day on the dot than of those who came at random; whether one left is weighed as in
BG/NBD. Sources: Wheat & Morrison 1990; Platzer & Reutterer 2016, Ticking Away the Moments, Marketing Science 35(5)
(regularity in customer-base models); Minka 2000, Estimating a Dirichlet distribution (shrinkage of shares); SPEC C-25.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar
from scipy.special import betaincc, betainccinv, expit, gammaln

from studiolab.product_recommender.catalogue import RECURRING
from studiolab.product_recommender.likelihoods import fit_gaps, fit_leaving
from studiolab.product_recommender.purchases import GUEST
from studiolab.product_recommender.value import DAY, days
from studiolab.studio_calendar import WEEKDAYS

PARTS = {"night": 0, "morning": 5, "midday": 11, "afternoon": 14, "evening": 17}  # the hour in which each begins
BELOW = 0.5  # chance to be a customer still, under which one is on the churn list
HIGH = 0.75  # share of customers who bring less than one whose value is high
RECENT_DAYS = 90  # a chance that fell earlier is no news
FAINT = 1e-300  # a silence less likely than this is told apart from none no more
OBSERVED = 0.99  # share of orders at one minute of the day from which on the clock says nothing


class Habits(NamedTuple):
    """customers : Index (n,); share : (n, 7, 5) of their orders, by weekday of WEEKDAYS and part of day of PARTS, each
    drawn to the studio's; studio : (7, 5); orders : (n,); weight : orders that the studio's pattern stands for; says :
    sentences on what the data could not tell."""

    customers: pd.Index
    share: np.ndarray
    studio: np.ndarray
    orders: np.ndarray
    weight: float
    says: tuple

    def best(self):
        """DataFrame by customer: weekday, part, share of their likeliest time, and orders that it is told from."""
        flat = self.share.reshape(len(self.customers), self.studio.size)
        day, part = np.unravel_index(flat.argmax(axis=1), self.studio.shape)
        return pd.DataFrame({"weekday": np.array(WEEKDAYS)[day], "part": np.array(list(PARTS))[part],
                             "share": flat.max(axis=1), "orders": self.orders}, index=self.customers)  # fmt: skip


def habits(purchases, as_of, catalogue=None):
    """`Habits` of everybody who bought before as_of, by the clock of its zone.

    catalogue : Catalogue; what it calls recurring is billed, not bought at a chosen time, and left out
    """
    seen = purchases.before(as_of)
    at, chosen = seen.at, seen.customer != GUEST
    if catalogue is not None:
        billed = [key for key, product in catalogue.products.items() if product.kind in RECURRING]
        chosen &= ~seen.products.isin(billed)[seen.product]
    lines = pd.DataFrame({"customer": seen.customer, "order": seen.order})[chosen].drop_duplicates()
    local = pd.DatetimeIndex(at[lines.index]).tz_localize("UTC").tz_convert(as_of.tzinfo)
    who, row = np.unique(lines["customer"].to_numpy(), return_inverse=True)
    cells = 7 * len(PARTS)
    weekday, part = slots(local)
    counts = np.bincount(row * cells + weekday * len(PARTS) + part, minlength=len(who) * cells).reshape(len(who), cells)
    studio = (counts.sum(axis=0) + 1 / cells) / (counts.sum() + 1)
    weight = _weight(counts, studio)
    total = counts.sum(axis=1)
    share = (counts + weight * studio) / (total + weight)[:, None]
    minutes = (local.hour * 60 + local.minute).value_counts(normalize=True)
    says = ("nearly all orders carry the same time of day: only their weekdays say something",) if (
        len(minutes) and minutes.iloc[0] > OBSERVED) else ()  # fmt: skip
    return Habits(seen.customers[who], share.reshape(-1, 7, len(PARTS)), studio.reshape(7, -1), total, weight, says)


def slots(local):
    """(weekday, part) positions in WEEKDAYS and PARTS of a DatetimeIndex of local times."""
    return local.weekday.to_numpy(), np.searchsorted(list(PARTS.values()), local.hour, side="right") - 1


def _weight(counts, studio):
    """Concentration of the Dirichlet-multinomial around the studio's shares: its maximum likelihood."""
    seen, total = counts[counts.sum(axis=1) > 1], counts.sum(axis=1)
    total = total[total > 1]
    row, cell = np.nonzero(seen)
    n = seen[row, cell]

    def cost(log):
        around = np.exp(log) * studio[cell]
        return -((gammaln(around + n) - gammaln(around)).sum() + len(total) * gammaln(np.exp(log))
                 - gammaln(np.exp(log) + total).sum())  # fmt: skip

    return float(np.exp(minimize_scalar(cost, bounds=(np.log(0.1), np.log(1e4)), method="bounded").x))


class Rhythm(NamedTuple):
    """Of n customers, in the order of the `Value` that it goes with.

    repeats, total : (n,) gaps between orders, and days from the first order to the last; silent : (n,) days since
    regularity : 1 where orders come at random, more where they are steady; pace : (q, gamma) of the customers' paces
    leaving : (a, b) of the chance to leave after an order; says : sentences on what the data could not tell
    """

    customers: pd.Index
    as_of: pd.Timestamp
    repeats: np.ndarray
    total: np.ndarray
    silent: np.ndarray
    regularity: float
    pace: tuple
    leaving: tuple
    says: tuple

    def alive(self, silent=None):
        """(n,) probability that they are still customers, after `silent` days since the last order, today's if None."""
        quiet = _log(self._lasts(self.silent if silent is None else silent))
        a, b = self.leaving
        odds = np.log(a / (b + np.maximum(self.repeats, 1) - 1)) - quiet
        return np.where(self.repeats > 0, expit(-odds), 1.0)

    def waiting(self, share):
        """(n,) days from as_of within which a customer who has not left orders again with probability `share`."""
        lasts = self._lasts(self.silent)
        found = betainccinv(*self._shapes(), (1 - share) * lasts)
        with np.errstate(divide="ignore", invalid="ignore"):
            gap = found / (1 - found) * (self.pace[1] + self.total)
        return np.where(lasts > FAINT, np.maximum(gap - self.silent, 0), np.nan)

    def next_order(self):
        """DataFrame by customer: alive, and dates soonest, likely, latest of their next order if they have not left.

        likely is the median; four in five order between soonest and latest. Empty where a date is over a century away,
        or where somebody is silent for so long that their rhythm says nothing any more.
        """
        today = np.datetime64(self.as_of.tz_localize(None), "D")
        days = {name: self.waiting(share) for name, share in (("soonest", 0.1), ("likely", 0.5), ("latest", 0.9))}
        dates = {name: today + np.where(wait < 36500, wait, np.nan).astype("timedelta64[D]")
                 for name, wait in days.items()}  # fmt: skip
        return pd.DataFrame({"alive": self.alive(), **dates}, index=self.customers)

    def _shapes(self):
        return self.regularity, self.pace[0] + self.regularity * self.repeats

    def _lasts(self, silent):
        """(n,) probability that a gap lasts longer than `silent` days."""
        return betaincc(*self._shapes(), silent / (silent + self.pace[1] + self.total))


def rhythm(purchases, value):
    """`Rhythm` of the customers of `value`, Value of the same purchases."""
    bought = days(purchases, value.as_of)
    gaps = np.diff(bought.day) / DAY
    own = np.diff(bought.customer) == 0
    logs = np.bincount(bought.customer[1:][own], np.log(np.maximum(gaps[own], 1)), minlength=len(bought.customers))
    came, repeats = value.repeats > 0, value.repeats.astype(float)
    total = (value.last - value.first) / DAY
    told = fit_gaps(repeats[came], logs[came], total[came])
    regularity, *pace = told.parameters
    today = np.datetime64((value.as_of - pd.Timedelta(1, "s")).tz_localize(None), "D")
    found = Rhythm(value.customers, value.as_of, repeats, total, (today - value.last) / DAY, regularity, tuple(pace),
                   value.rate.parameters[2:], tuple(filter(None, (told.says,))))  # fmt: skip
    return found._replace(leaving=fit_leaving(repeats, _log(found._lasts(found.silent))))


def _log(chance):
    return np.log(np.maximum(chance, FAINT))


def churn_list(value, rhythm, horizon_days=365, below=BELOW, high=HIGH, recent_days=RECENT_DAYS):
    """DataFrame of those likely lost whose value is high, most money at risk first.

    value : Value; rhythm : Rhythm of the same customers; horizon_days : over which money is counted
    below : a chance to be a customer still that is under it counts as lost; high : quantile of what customers bring if
    they stay, from which on value is high; recent_days : the chance fell within so many days, None for any time
    Columns customer_id, alive, usual_gap_days, silent_days, money_at_risk_minor (what they would bring if they had
    stayed times the chance that they have not), reason. Who ordered once has no gap yet and is never on it.
    """
    alive = rhythm.alive()
    stays = value.orders_if_alive(horizon_days) * value.money()
    listed = (alive < below) & (value.repeats > 0) & (stays >= np.quantile(stays, high))
    if recent_days is not None:
        listed &= rhythm.alive(np.maximum(rhythm.silent - recent_days, 0)) >= below
    gap = rhythm.total / np.maximum(rhythm.repeats, 1)
    risk = np.rint((1 - alive) * stays).astype(np.int64)
    at = np.flatnonzero(listed)
    at = at[np.lexsort((value.customers[at], -risk[at]))]
    reasons = [f"ordered every {_days(gap[k])}, silent for {silent:.0f}"
               for k, silent in zip(at, rhythm.silent[at], strict=True)]  # fmt: skip
    return pd.DataFrame({
        "customer_id": value.customers[at], "alive": alive[at], "usual_gap_days": gap[at],
        "silent_days": rhythm.silent[at].astype(int), "money_at_risk_minor": risk[at], "reason": reasons,
    })  # fmt: skip


def _days(gap):
    return "day" if round(gap) <= 1 else f"{gap:.0f} days"
