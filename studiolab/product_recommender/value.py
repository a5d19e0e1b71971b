"""What customers are still worth: orders to come, the chance that one is still a customer, money an order, next order.

A customer orders at random at a rate of their own and after each order may leave for good (BG/NBD); what an order
brings varies around a mean of their own (Gamma-Gamma). Orders of one day count once: both models are of the days on
which somebody buys, and a second receipt of a day is a basket that was split. The first order starts the clock and is
no part of the mean. Sources: Fader, Hardie & Lee 2005, "Counting Your Customers" the Easy Way, Marketing Science 24(2);
Fader & Hardie 2013, The Gamma-Gamma Model of Monetary Value.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import expit, hyp2f1

from studiolab.product_recommender.likelihoods import BetaGeometric, GammaGamma, fit_beta_geometric, fit_gamma_gamma

UNITS = {"day": 1, "week": 7}
DAY = np.timedelta64(1, "D")
EDGE = 1e-6  # as near to 1 as `a` may come: there the formula is nothing over nothing


class Value(NamedTuple):
    """Of n customers with an order before `as_of`.

    customers : Index (n,) of ids; repeats : (n,) days with an order after the first one
    recency, age : (n,) from the first order to the last, and to the last day before as_of, in `unit_days`
    spent : (n,) mean money of a repeat order, minor units, 0 without one
    first, last : (n,) datetime64[D] of the zone of as_of
    rate, spend : `likelihoods.BetaGeometric`, in `unit_days`, and `GammaGamma`, in minor units
    says : sentences on what the data could not tell
    """

    customers: pd.Index
    repeats: np.ndarray
    recency: np.ndarray
    age: np.ndarray
    spent: np.ndarray
    first: np.ndarray
    last: np.ndarray
    as_of: pd.Timestamp
    unit_days: int
    currency: str
    rate: BetaGeometric
    spend: GammaGamma
    says: tuple

    def alive(self):
        """(n,) probability that they have not left."""
        r, alpha, a, b, x = *self.rate.parameters, self.repeats
        left = np.log(a / (b + np.maximum(x, 1) - 1)) + (r + x) * np.log((alpha + self.age) / (alpha + self.recency))
        return np.where(x > 0, expit(-left), 1.0)

    def orders(self, horizon_days):
        """(n,) expected days with an order in the `horizon_days` days from as_of on. Raises ValueError below zero."""
        return self.orders_if_alive(horizon_days) * self.alive()

    def orders_if_alive(self, horizon_days):
        """(n,) as `orders`, of somebody known to be a customer still."""
        if not horizon_days >= 0:
            raise ValueError(f"horizon_days: got {horizon_days}; expected 0 or more")
        r, alpha, a, b, x = *self.rate.parameters, self.repeats
        a = a if abs(a - 1) > EDGE else 1 + EDGE
        stays = (alpha + self.age) / (alpha + self.age + horizon_days / self.unit_days)
        # Euler's transformation of the published formula: its terms stay small for customers of hundreds of orders
        grown = stays ** (a - 1) * hyp2f1(a + b - 1 - r, a - 1, a + b + x - 1, 1 - stays)
        return np.maximum((a + b + x - 1) / (a - 1) * (1 - grown), 0)

    def money(self):
        """(n,) expected money of their next order, minor units: drawn to the mean of all the more, the fewer orders."""
        p, q, gamma = self.spend.parameters
        x = self.repeats
        return p * (gamma + x * self.spent) / (p * x + q - 1)

    def worth(self, horizon_days):
        """(n,) whole minor units expected from them in the `horizon_days` days from as_of on."""
        return np.rint(self.orders(horizon_days) * self.money()).astype(np.int64)

    def waiting(self, share):
        """(n,) days from as_of within which a customer who has not left orders again with probability `share`."""
        r, alpha = self.rate.parameters[:2]
        return self.unit_days * (alpha + self.age) * np.expm1(-np.log1p(-share) / (r + self.repeats))

    def next_order(self):
        """DataFrame by customer: alive, and dates soonest, likely, latest of their next order if they have not left.

        likely is the median; four in five order between soonest and latest; empty where it is over a century away.
        """
        today = np.datetime64(self.as_of.tz_localize(None), "D")
        days = {name: self.waiting(share) for name, share in (("soonest", 0.1), ("likely", 0.5), ("latest", 0.9))}
        dates = {name: today + np.where(wait < 36500, wait, np.nan).astype("timedelta64[D]")
                 for name, wait in days.items()}  # fmt: skip
        return pd.DataFrame({"alive": self.alive(), **dates}, index=self.customers)


def fit(purchases, as_of, unit="week", catalogue=None):
    """`Value` of everybody who ordered before `as_of`.

    purchases : Purchases; as_of : Timestamp with a zone, whose days are meant
    unit : "day" or "week", of the parameters; catalogue : Catalogue, with which money is margin in place of revenue
    Raises ValueError for another unit, a moment without a zone, or nobody who ordered.
    """
    if unit not in UNITS:
        raise ValueError(f"unit: got {unit!r}; expected {' or '.join(UNITS)}")
    if as_of.tzinfo is None:
        raise ValueError(f"as_of: got {as_of} without a zone; expected an instant, e.g. 2026-01-31T00:00Z")
    bought = days(purchases, as_of, catalogue)
    if not len(bought.customers):
        raise ValueError(f"nobody known by name ordered before {as_of:%Y-%m-%d}; expected orders with a customer")
    repeats = np.diff(bought.bounds) - 1
    first, last = bought.day[bought.bounds[:-1]], bought.day[bought.bounds[1:] - 1]
    total = np.add.reduceat(bought.amount, bought.bounds[:-1]) - bought.amount[bought.bounds[:-1]]
    end = np.datetime64((as_of - pd.Timedelta(1, "s")).tz_localize(None), "D")
    recency, age = ((until - first) / DAY / UNITS[unit] for until in (last, end))
    spent = total / np.maximum(repeats, 1)
    rate, spend = fit_beta_geometric(repeats, recency, age), fit_gamma_gamma(repeats, spent)
    if not (repeats > 0).any():
        firsts = bought.amount[bought.bounds[:-1]]
        spend = spend.around(max(float(firsts.mean()), 1.0))
    return Value(bought.customers, repeats, recency, age, spent, first, last, as_of, UNITS[unit], purchases.currency,
                 rate, spend, tuple(filter(None, (rate.says, spend.says))))  # fmt: skip


class Days(NamedTuple):
    """Each customer's days with an order, in order. customers : Index (n,); bounds : (n + 1,); customer : (m,)
    positions; day : (m,) datetime64[D]; amount : (m,) minor units."""

    customers: pd.Index
    bounds: np.ndarray
    customer: np.ndarray
    day: np.ndarray
    amount: np.ndarray


def days(purchases, as_of, catalogue=None):
    """`Days` before as_of, of its zone; with a catalogue amounts are margin, as a share of the price, where known."""
    seen = purchases.before(as_of)
    guests, at = seen.bounds[0], seen.at
    customer, amount = seen.customer[guests:], seen.amount[guests:].astype(float)
    if catalogue is not None:
        amount = amount * _margins(purchases.products, catalogue)[seen.product[guests:]]
    local = pd.DatetimeIndex(at[guests:]).tz_localize("UTC").tz_convert(as_of.tzinfo).tz_localize(None)
    day = local.to_numpy("datetime64[D]")
    starts = np.flatnonzero(np.concatenate([[True], (np.diff(customer) > 0) | (day[1:] != day[:-1])])[: len(day)])
    amount = np.add.reduceat(amount, starts) if len(starts) else amount
    who, counts = np.unique(customer[starts], return_counts=True)
    bounds = np.concatenate([[0], np.cumsum(counts)])
    return Days(purchases.customers[who], bounds, np.repeat(np.arange(len(who)), counts), day[starts], amount)


def _margins(products, catalogue):
    known = [catalogue.products.get(str(product)) for product in products]
    return np.array([max(one.margin, 0) / one.price if one and one.price else 1.0 for one in known] or [1.0])
