"""A price test: a few prices drawn at random, what each segment buys at them, and the price that earns most.

Fairness: nobody pays more than the list price, nothing is sold below cost, one person always sees one price, and the
draw knows nothing of them but their id. Whoever has not agreed to tests sees the list price. Prices are whole minor
units. Sources: SPEC C-25; Dubé & Misra 2023, Personalized Pricing and Consumer Welfare, Journal of Political Economy
131(1) (randomised prices, logit demand); Gelman et al. 2008, Annals of Applied Statistics 2(4) (weak priors in
logistic regression); MacKay 1992 (how much segments differ, by the evidence).
"""

from hashlib import sha256
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit

from studiolab.schema import major

DEEPEST = 0.25  # share of the list price that the lowest price may be below it
SURE = 0.95  # probability of earning more than the list price, from which on another price is advised
LEVEL, SLOPE = 5.0, 5.0  # standard deviations of the priors: log-odds at the list price, and per whole list price
APART = (0.05, 0.2, 0.5, 1.0)  # of segments from what all have in common, by a share of the above; the evidence chooses
DRAWS, STEPS = 4000, 101


class PriceTest(NamedTuple):
    """name : of the test, which the draw goes by; prices : minor units, the list price last; cost : minor units
    currency : ISO 4217 code, None where sentences shall speak of minor units."""

    name: str
    prices: tuple
    cost: int
    currency: str | None = None

    @property
    def list_price(self):
        """The price that others are compared with, minor units."""
        return self.prices[-1]

    def money(self, minor):
        """A price in words."""
        return f"{minor}" if self.currency is None else f"{major(minor, self.currency)} {self.currency}"


class Advice(NamedTuple):
    """price : what to ask; is_kept : True where that is the list price; low, high : hold the price that earns most in
    90 of 100 cases; gain, gain_low, gain_high : margin of `price` above the list price's, minor units a person asked,
    with its 90 % interval; says : a sentence."""

    price: int
    is_kept: bool
    low: int
    high: int
    gain: float
    gain_low: float
    gain_high: float
    says: str


def price_test(name, list_price, cost, count=4, deepest=DEEPEST, currency=None):
    """`PriceTest` of `count` prices, evenly from the lowest allowed to the list price.

    list_price, cost : whole minor units; deepest : share of the list price, 0 to 1
    Raises ValueError where the guard rails leave fewer than two prices.
    """
    if count < 2 or not 0 < deepest < 1:
        raise ValueError(f"got {count} prices down to {deepest} below the list; expected 2 or more, and 0 to 1")
    if not 0 <= cost < list_price:
        raise ValueError(f"cost {cost} of a list price of {list_price}; expected 0 or more, and less than the price")
    lowest = max(cost, int(np.ceil(list_price * (1 - deepest))))
    prices = sorted(set(np.rint(np.linspace(lowest, list_price, count)).astype(int).tolist()))
    if len(prices) < 2:
        raise ValueError(f"between cost {cost} and list price {list_price} there is no second price to try")
    return PriceTest(name, tuple(prices), int(cost), currency)


def assign(test, customers, agreed):
    """DataFrame customer_id, price, is_tested: what each customer is asked.

    customers : ids; agreed : (n,) bool, whether they agreed to tests; a missing one counts as no
    """
    agreed = pd.array(agreed, dtype="boolean").fillna(False).to_numpy(bool)
    drawn = np.array([_draw(test, customer) for customer in customers], int)
    return pd.DataFrame({"customer_id": list(customers), "price": np.where(agreed, drawn, test.list_price),
                         "is_tested": agreed})  # fmt: skip


def _draw(test, customer):
    number = int.from_bytes(sha256(f"{test.name}\n{customer}".encode()).digest()[:8])
    return test.prices[number % len(test.prices)]


class Demand(NamedTuple):
    """Chance to buy by price and segment, as draws of its uncertainty.

    segments : names; level, slope : (draws, segments) log-odds at the list price, and their change per whole list
    price; asked : (segments,) people; apart : how far segments differ, a share of the priors' width
    """

    test: PriceTest
    segments: tuple
    level: np.ndarray
    slope: np.ndarray
    asked: np.ndarray
    apart: float

    def chance(self, segment, prices):
        """(draws, prices) chance that somebody of the segment who is asked `prices`, minor units, buys."""
        at = self._at(segment)
        off = np.asarray(prices, float) / self.test.list_price - 1
        return expit(self.level[:, at, None] + self.slope[:, at, None] * off)

    def elasticity(self, segment):
        """(mean, low, high) per cent that sales change with one per cent of price, at the list price; 90 % interval."""
        at = self._at(segment)
        draws = self.slope[:, at] * (1 - expit(self.level[:, at]))
        return (float(draws.mean()), *np.quantile(draws, (0.05, 0.95)).tolist())

    def advice(self, segment):
        """`Advice` for a segment: another price than the list's only if it earns more with probability SURE."""
        test, tested = self.test, np.array(self.test.prices)
        finer = np.linspace(tested[0], tested[-1], STEPS)
        best = finer[((finer - test.cost) * self.chance(segment, finer)).argmax(axis=1)]
        low, high = np.rint(np.quantile(best, (0.05, 0.95))).astype(int)
        more = (tested - test.cost) * self.chance(segment, tested)
        more = more - more[:, -1:]
        pick, asked = int(more.mean(axis=0).argmax()), self.asked[self._at(segment)]
        sure, listed = float((more[:, pick] > 0).mean()), test.money(test.list_price)
        if pick == len(tested) - 1:
            says = f"keep the list price of {listed}: of the prices tried it earns most, {asked:,} were asked"
        elif sure < SURE:
            says = (f"not enough evidence, keep the list price of {listed}: {asked:,} were asked, and "
                    f"{test.money(tested[pick])} earns more with a chance of {sure:.0%} only")  # fmt: skip
            pick = len(tested) - 1
        else:
            says = f"ask {test.money(tested[pick])}: it earns more than {listed} with a chance of {sure:.0%}"
        gain_low, gain_high = np.quantile(more[:, pick], (0.05, 0.95)).tolist()
        return Advice(int(tested[pick]), pick == len(tested) - 1, int(low), int(high), float(more[:, pick].mean()),
                      gain_low, gain_high, says)  # fmt: skip

    def _at(self, segment):
        if segment not in self.segments:
            raise KeyError(f"segment {segment!r} was not tested; {', '.join(map(str, self.segments))} were")
        return self.segments.index(segment)


def demand(results, test, seed):
    """`Demand` of a test's results.

    results : DataFrame customer_id, price (minor units), bought (bool), segment; one row a person asked
    seed : of the draws. Segments share a level and a slope and differ by as much as the data say.
    Raises ValueError for a person with two prices or a price that is not of the test.
    """
    _inspect(results, test)
    segments, at = np.unique(results["segment"].astype(str), return_inverse=True)
    off = results["price"].to_numpy(float) / test.list_price - 1
    own = np.eye(len(segments))[at]
    common = np.column_stack([np.ones(len(off)), off])
    bought = results["bought"].to_numpy(bool)
    tried = [(*_fit(common, own, off, bought, apart), apart) for apart in (APART if len(segments) > 1 else APART[:1])]
    _, mean, covariance, scale, apart = max(tried, key=lambda one: one[0])
    draws = np.random.default_rng(seed).multivariate_normal(mean, covariance, DRAWS, method="eigh") * scale
    k = len(segments)
    return Demand(test, tuple(segments.tolist()), draws[:, :1] + draws[:, 2 : 2 + k], draws[:, 1:2] + draws[:, 2 + k :],
                  np.bincount(at, minlength=k), apart)  # fmt: skip


def _fit(common, own, off, bought, apart):
    """(log evidence, mean, covariance, scale) of the weights over their prior's width; Laplace's approximation."""
    k = own.shape[1]
    scale = np.concatenate([[LEVEL, SLOPE], np.full(k, apart * LEVEL), np.full(k, apart * SLOPE)])
    design = np.column_stack([common, own, own * off[:, None]]) * scale

    def cost(weights):
        logit = design @ weights
        slope = weights - design.T @ (bought - expit(logit))
        return weights @ weights / 2 - (bought * logit - np.logaddexp(0, logit)).sum(), slope

    found = minimize(cost, np.zeros(len(scale)), jac=True, method="L-BFGS-B", options={"ftol": 1e-13, "gtol": 1e-7})
    chance = expit(design @ found.x)
    curve = design.T @ (design * (chance * (1 - chance))[:, None]) + np.eye(len(scale))
    return -found.fun - np.linalg.slogdet(curve)[1] / 2, found.x, np.linalg.inv(curve), scale


def _inspect(results, test):
    if results.empty:
        raise ValueError(f"price test {test.name!r}: no results; expected a row for each person asked")
    strange = results[~results["price"].isin(test.prices)]
    if len(strange):
        row = strange.iloc[0]
        raise ValueError(f"price test {test.name!r}: customer {row['customer_id']!r} was asked {row['price']}; "
                         f"expected one of {', '.join(map(str, test.prices))}")  # fmt: skip
    twice = results["customer_id"][results["customer_id"].duplicated()]
    if len(twice):
        raise ValueError(f"price test {test.name!r}: customer {twice.iloc[0]!r} is in the results twice; "
                         "expected a row a person, whether they bought at the price that they saw")  # fmt: skip
