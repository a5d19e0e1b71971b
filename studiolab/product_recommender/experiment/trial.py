"""An experiment on offers: who is in which arm, what they did after it, and what may be said of the difference so far.

A client's arm follows from the hash of experiment and client. A client counts once the window after their first
exposure is over, as the buyer they then were. Differences are taken after what clients spent before explains what it
can (CUPED, Deng et al. 2013); they are looked at daily under `sequential.bounds`, the chance of a false finding shared
by the arms (Bonferroni). The first look that decides is the result. Sources: SPEC C-21, K2.5, K2.14.
"""

import hashlib
import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import chi2

from studiolab.product_recommender.catalogue import RECURRING
from studiolab.product_recommender.experiment import sequential
from studiolab.product_recommender.purchases import GUEST, seconds

METRICS = ("conversion", "margin")
LEAST_BUYERS = 10  # in two arms together; with fewer, the error of a difference of margin is not known
MISMATCH = 0.0005  # chance of shares as far off as these, below which a report is not to be trusted
DAY = np.timedelta64(1, "D")
WIDE = ndtri(0.975)


class UnknownExperiment(ValueError):
    """There is no such experiment."""


class Experiment(NamedTuple):
    """arms : dict of name to share, adding to 1; control : the arm that others are compared with
    product_id : what is offered, None for any purchase but dues; metric : one of METRICS, which decides
    smallest_lift : of interest, a share (conversion) or minor units a client (margin); clients : planned, all arms
    started_at, stopped_at : Timestamp with a zone, stopped_at None while it runs
    """

    experiment_id: str
    arms: dict
    control: str
    product_id: str | None
    metric: str
    window_days: int
    pre_days: int
    alpha: float
    power: float
    smallest_lift: float
    clients: int
    started_at: pd.Timestamp
    stopped_at: pd.Timestamp | None = None

    def compared(self):
        """Names of the arms beside the control."""
        return [name for name in self.arms if name != self.control]


class Outcomes(NamedTuple):
    """Of n exposed clients: arm (n,) position in the experiment's arms; ends (n,) datetime64[s], when the window is
    over; conversion (n,) 0 or 1; margin (n,) minor units kept of all that they bought in it, before (n,) minor units
    spent in the days before exposure."""

    arm: np.ndarray
    ends: np.ndarray
    conversion: np.ndarray
    margin: np.ndarray
    before: np.ndarray


def assign(experiment_id, clients, arms):
    """List of the arm of each client: SHA-256 of experiment and client, cut at the shares.

    clients : list of ids; arms : dict of name to share, in order
    Raises ValueError for shares that are not above 0 or do not add to 1.
    """
    check_arms(arms)
    names, cuts = list(arms), np.cumsum(list(arms.values()))[:-1]
    keys = (hashlib.sha256(f"{experiment_id}\x1f{client}".encode()).digest()[:8] for client in clients)
    drawn = np.array([int.from_bytes(key, "big") for key in keys], float) / 2.0**64
    return [names[k] for k in np.searchsorted(cuts, drawn, side="right")]


def check_arms(arms):
    """Raises ValueError unless there are two arms or more, with shares above 0 that add to 1."""
    if len(arms) < 2:
        raise ValueError(f"arms: got {', '.join(arms) or 'none'}; expected two or more, e.g. A and B, or A and holdout")
    for name, share in arms.items():
        if not share > 0:
            raise ValueError(f"arms: the share of {name} is {share:g}; expected above 0")
    if abs(sum(arms.values()) - 1) > 1e-6:
        raise ValueError(f"arms: the shares add to {sum(arms.values()):g}; expected 1, the holdout among them")


def outcomes(experiment, exposures, purchases, catalogue):
    """`Outcomes` of the clients of table exposures (client_id, arm, exposed_at), refunds taken back as of `purchases`.

    A product without a known cost counts with its whole price.
    """
    arm = pd.Index(list(experiment.arms)).get_indexer(exposures["arm"])
    since = exposures["exposed_at"].dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[s]")
    ends = since + experiment.window_days * DAY
    client = _client_of_line(exposures["client_id"], purchases)
    line = np.flatnonzero(client >= 0)
    client, product, times = client[line], purchases.product[line], purchases.at
    at = times[line]
    within = (at >= since[client]) & (at < ends[client])
    earlier = (at < since[client]) & (at >= since[client] - experiment.pre_days * DAY)
    counts = _counts(experiment.product_id, purchases.products, catalogue)
    amount, margin = purchases.amount[line].astype(float), margins(purchases, catalogue, line)

    def total(rows, values):
        return np.bincount(client[rows], values[rows], minlength=len(arm))

    conversion = (total(within, counts[product].astype(float)) > 0).astype(float)
    return Outcomes(arm, ends, conversion, total(within, margin), total(earlier, amount))


def margins(purchases, catalogue, lines):
    """(k,) what is kept of order lines (positions, or a slice) once the goods are paid for, minor units.

    A line holds as many as its amount pays for at the list price, and no more than were ordered: a discount is taken
    off what is kept, and of what was given back nothing is paid.
    """
    known = [catalogue.products.get(str(one)) for one in purchases.products]
    each = np.array([(one.price, one.price - one.margin) if one else (0, 0) for one in known], float).reshape(-1, 2)
    price, cost = each[purchases.product[lines]].T
    amount = purchases.amount[lines].astype(float)
    pieces = np.minimum(purchases.quantity[lines], np.ceil(amount / np.maximum(price, 1) - 1e-9))
    return amount - pieces * cost


def _client_of_line(clients, purchases):
    """(m,) position among `clients` of each line, -1 for others."""
    position = pd.Index(clients).get_indexer(purchases.customers)
    return np.where(purchases.customer == GUEST, -1, np.append(position, -1)[purchases.customer])


def _counts(wanted, products, catalogue):
    """(p,) whether a product that was sold counts as taking the offer."""
    if wanted is not None:
        return np.array([str(one) == wanted for one in products], bool)
    known = [catalogue.products.get(str(one)) for one in products]
    return np.array([one is None or one.kind not in RECURRING for one in known], bool)


class Running(NamedTuple):
    """A difference to the control at each of k looks, decided or not.

    day : (k,) datetime64[s]; fraction : (k,) of the planned clients
    lift, error : (k,), the error nan with too few buyers
    low, high : (k,), low to high holds the truth at all looks at once but in `alpha` of cases
    spared : (k,) share of the variance that spending before explains
    """

    day: np.ndarray
    fraction: np.ndarray
    lift: np.ndarray
    error: np.ndarray
    low: np.ndarray
    high: np.ndarray
    spared: np.ndarray


def running(experiment, told, arm, metric, as_of, adjusted=True):
    """`Running` of `arm` beside the control, daily from the start to `as_of` (Timestamp) or the end of the plan.

    told : Outcomes; metric : one of METRICS; adjusted : False leaves spending before aside
    """
    names = list(experiment.arms)
    pair = names.index(experiment.control), names.index(arm)
    days = seconds(experiment.started_at) + np.arange(1, max(0, (as_of - experiment.started_at).days) + 1) * DAY
    sums = [_sums(told, metric, own, days) for own in pair]
    fraction = np.searchsorted(np.sort(told.ends), days, side="right") / experiment.clients
    looks = sequential.spaced(fraction)
    sums, fraction = [own[looks] for own in sums], fraction[looks]
    lift, error, spared = _difference(*sums, metric, adjusted)
    if metric == "margin":
        error[sums[0][:, 6] + sums[1][:, 6] < LEAST_BUYERS] = np.nan
    bound = sequential.bounds(fraction, experiment.alpha / len(experiment.compared()))
    return Running(days[looks], fraction, lift, error, lift - bound * error, lift + bound * error, spared)


def _sums(told, metric, arm, days):
    """(k, 7) of the clients of an arm whose window is over by each day: 1, y, x, yy, xx, xy, and buyers."""
    own = np.flatnonzero(told.arm == arm)
    own = own[np.argsort(told.ends[own], kind="stable")]
    y, x = (values - values.mean() if len(values) else values for values in (getattr(told, metric), told.before))
    y, x = y[own], x[own]
    parts = np.stack([np.ones(len(own)), y, x, y * y, x * x, x * y, told.conversion[own]], axis=1)
    upto = np.searchsorted(told.ends[own], days, side="right")
    return np.vstack([np.zeros(7), np.cumsum(parts, axis=0)])[upto]


def _difference(control, arm, metric, adjusted):
    """(lift, standard error, share of variance spared), each (k,)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        central = [_central(own) for own in (control, arm)]
        slope = sum(own["xy"] for own in central) / sum(own["xx"] for own in central)
        slope = np.where(np.isfinite(slope), slope, 0.0) if adjusted else np.zeros(len(control))
        means = [own["y"] - slope * own["x"] for own in central]
        plain, left = (
            sum(_variance(own, part, metric) for own, part in zip(central, parts, strict=True))
            for parts in ([0, 0], [slope, slope])
        )
        return means[1] - means[0], np.sqrt(left), 1 - left / plain


def _central(sums):
    n, y, x, yy, xx, xy, buyers = sums.T
    return {"n": n, "y": y / n, "x": x / n, "yy": yy - y * y / n, "xx": xx - x * x / n, "xy": xy - x * y / n,
            "buyers": buyers}  # fmt: skip


def _variance(own, slope, metric):
    """Of a mean; of a share as if one more had bought and one more had not (Agresti & Caffo 2000)."""
    spread = own["yy"]
    if metric == "conversion":
        share = (own["buyers"] + 1) / (own["n"] + 2)
        spread = own["n"] * share * (1 - share)
    left = spread - 2 * slope * own["xy"] + slope**2 * own["xx"]
    return left / (own["n"] - 1) / own["n"]


def decided(experiment, course, metric):
    """Position of the first look that decides, or None.

    It decides where all of the interval is on one side of zero, or below what is of interest, or where the plan ends.
    """
    with np.errstate(invalid="ignore"):
        clear = (course.low > 0) | (course.high < 0)
        small = course.high < experiment.smallest_lift if metric == experiment.metric else np.zeros_like(clear)
    at = np.flatnonzero(clear | small | (course.fraction >= 1))
    return int(at[0]) if len(at) else None


def mismatch(experiment, arms):
    """Chance of head-counts as far from the shares as those of `arms` (n,), names; chi-square. 1 where nobody is there.

    Source: Fabijan et al. 2019, "Diagnosing sample ratio mismatch in online controlled experiments".
    """
    shares = np.array(list(experiment.arms.values()))
    counts = pd.Index(list(experiment.arms)).get_indexer(arms)
    counts = np.bincount(counts[counts >= 0], minlength=len(shares))
    expected = shares * counts.sum()
    return float(chi2.sf(((counts - expected) ** 2 / np.maximum(expected, 1e-9)).sum(), len(shares) - 1))


def wilson(share, n):
    """(middle, half width) of the 95 % interval of a share of n. Source: Wilson 1927."""
    more = WIDE**2 / n
    return (share + more / 2) / (1 + more), WIDE * math.sqrt(share * (1 - share) / n + more / (4 * n)) / (1 + more)
