"""How many clients an experiment needs, and how long that takes.

The clients that a test of two means needs (Fleiss, Levin & Paik 2003, chapter 4), times what looking at it daily costs
(`sequential.drift`), for the arm that tells least beside the control.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from studiolab.product_recommender.experiment import sequential
from studiolab.product_recommender.experiment.replies import Size
from studiolab.product_recommender.experiment.trial import METRICS, Experiment, check_arms, outcomes
from studiolab.product_recommender.purchases import seconds
from studiolab.schema import INSTANT, major

LEAST, WEEKS = 50, 8  # clients that tell what to expect, weeks that tell the pace

drift = lru_cache(maxsize=64)(sequential.drift)


def clients_needed(arms, control, spread_control, spread_arm, lift, alpha=0.05, power=0.8, spared=0.0, at_once=False):
    """Clients in all arms together.

    arms : dict of name to share; spread_control, spread_arm : variances of one client's outcome, in the unit of `lift`
    squared; lift : the smallest of interest, > 0; spared : share of the variance that spending before explains
    at_once : one look at the end, and none before
    Raises ValueError for what cannot be, e.g. power 1.
    """
    _check(arms, control)
    for name, value, low, high in (("alpha", alpha, 0, 0.5), ("power", power, 0.5, 0.999), ("spared", spared, -1, 1)):
        if not low < value < high:
            raise ValueError(f"{name}: got {value:g}; expected between {max(low, 0):g} and {high:g}")
    if not lift > 0:
        raise ValueError(f"smallest_lift: got {lift:g}; expected above 0")
    alpha = alpha / (len(arms) - 1)
    errors = drift(alpha, power, 1) if at_once else drift(alpha, power)
    least = min(share for name, share in arms.items() if name != control)
    variance = (1 - spared) * (spread_control / arms[control] + spread_arm / least)
    return math.ceil(errors**2 * variance / lift**2)


def check(request):
    """Raises ValueError for a SizeRequest whose arms, shares or control cannot be."""
    _check(request.arms, request.the_control())


def _check(arms, control):
    check_arms(arms)
    if control not in arms:
        raise ValueError(f"control: there is no arm {control!r}; expected one of {', '.join(arms)}")


def days_needed(clients, per_week, window_days):
    """Days until the windows of `clients` are over where `per_week` are exposed a week."""
    return math.ceil(clients / per_week * 7) + window_days


def share_spread(share):
    """Variance of whether one client buys. Raises ValueError for a share that is no chance."""
    if not 0 < share < 1:
        raise ValueError(f"conversion: got {share:g}; expected between 0 and 1")
    return share * (1 - share)


class History(NamedTuple):
    """Of the clients who bought in the days before a window that has just ended, and may be written to.

    clients : how many; conversion : share who bought in it; spread : standard deviation of margin, minor units
    spared : dict of metric to the share of variance that spending before explains; per_week : clients with an order
    """

    clients: int
    conversion: float
    spread: float
    spared: dict
    per_week: float


def history(request, purchases, catalogue, consenting, as_of):
    """`History` as of Timestamp `as_of`; request : SizeRequest; consenting : set of client ids."""
    since = as_of - pd.Timedelta(days=request.window_days)
    agreed = np.append(purchases.customers.isin(consenting), False)  # the last is the place of guests
    named = agreed[purchases.customer]
    ago = (seconds(as_of) - purchases.at) / np.timedelta64(1, "D")
    active = named & (ago > request.window_days) & (ago <= request.window_days + max(request.pre_days, 1))
    clients = purchases.customers[np.unique(purchases.customer[active])]
    exposures = pd.DataFrame({"client_id": clients, "arm": "all", "exposed_at": since})
    trial = Experiment("", {"all": 1.0}, "all", request.product_id, request.metric, request.window_days,
                       request.pre_days, 0.05, 0.8, 0.0, 1, since)  # fmt: skip
    known = outcomes(trial, exposures.astype({"exposed_at": INSTANT}), purchases, catalogue)
    weeks = [named & (ago > 7 * week) & (ago <= 7 * week + 7) for week in range(WEEKS)]
    per_week = np.mean([len(np.unique(purchases.customer[week])) for week in weeks])
    if len(clients) < LEAST:
        return History(len(clients), float("nan"), float("nan"), dict.fromkeys(METRICS, 0.0), float(per_week))
    spared = {metric: _explained(getattr(known, metric), known.before) for metric in METRICS}
    spread = float(known.margin.std(ddof=1))
    return History(len(clients), float(known.conversion.mean()), spread, spared, float(per_week))


def size(request, history, currency):
    """`Size` for a SizeRequest; history : History; currency : ISO 4217 code.

    What the request states goes before what was seen; only a spread that was seen is lessened by spending before.
    Raises ValueError where neither says what the control does.
    """
    arms, control = request.arms, request.the_control()
    own = request.conversion if request.metric == "conversion" else request.spread_minor
    spread, conversion = request.spread_minor, request.conversion
    if own is None:
        spread, conversion = history.spread, usual(request, history)
    spared = history.spared[request.metric] if own is None else 0.0
    if request.metric == "conversion":
        both = share_spread(conversion), share_spread(_upto(conversion, request.smallest_lift))
    else:
        both = spread**2, spread**2
    asked = (arms, control, *both, request.smallest_lift, request.alpha, request.power, spared)
    clients, at_once = clients_needed(*asked), clients_needed(*asked, at_once=True)
    per_week = request.per_week or (history.per_week or None)
    days = per_week and days_needed(clients, per_week, request.window_days)
    return Size(
        clients=clients, per_arm={name: math.ceil(share * clients) for name, share in arms.items()}, per_week=per_week,
        clients_at_once=at_once, days=days, conversion=conversion, spread_minor=spread, spared=spared,
        basis="history" if own is None else "given", says=_says(request, clients, conversion, per_week, days, currency),
    )  # fmt: skip


def usual(request, history):
    """Share of clients who buy unasked: what a SizeRequest states, else what the History saw.

    Raises ValueError where that saw too little, also for a spread of margin.
    """
    name = "conversion" if request.metric == "conversion" else "spread_minor"
    if getattr(request, name) is not None:
        return request.conversion
    if history.clients < LEAST or not 0 < history.conversion < 1 or not history.spread > 0:
        raise ValueError(_untold(request, history, name))
    return history.conversion


def _untold(request, history, name):
    days = max(request.pre_days, 1)
    who = f"clients who agreed to messages bought in the {days} days before the last {request.window_days}"
    if history.clients < LEAST:
        return f"only {history.clients} {who}, which tells too little; it takes {LEAST}, or say what to expect ({name})"
    few = "none or all" if not 0 < history.conversion < 1 else "all for the same sum"
    return f"of {history.clients} {who}, {few} bought the offer since; choose another, or say what to expect ({name})"


def _upto(conversion, lift):
    if conversion + lift >= 1:
        raise ValueError(f"smallest_lift: {lift:g} on a conversion of {conversion:.3g} is above all clients; expected "
                         "a share such as 0.02 for two points")  # fmt: skip
    return conversion + lift


def _says(request, clients, conversion, per_week, days, currency):
    if request.metric == "conversion":
        what = f"{100 * request.smallest_lift:.1f} points more than {100 * conversion:.1f} % of clients who buy"
    else:
        what = f"{major(request.smallest_lift, currency)} {currency} more margin a client"
    chance = f"{100 * request.power:g} of 100 times, with {100 * request.alpha:g} false alarms in 100"
    pace = (
        f"at {per_week:,.0f} a week that takes {days} days at most" if days else "nobody came of late to tell the pace"
    )
    return f"{clients:,} clients show {what} {chance}; {pace}, the last window of {request.window_days} days included."


def _explained(outcome, before):
    if not (outcome.std() > 0 and before.std() > 0):
        return 0.0
    return float(np.corrcoef(outcome, before)[0, 1] ** 2)
