"""What a way of sending offers is worth, told from offers that were made at random: no truth needed.

`policy_value` is doubly robust: the model's figure, corrected by the rows whose action happened to be the policy's,
each weighted by one over its probability (Dudik, Langford and Li 2011). Right on average whatever the model says, as
the probabilities are known; the better the model, the narrower the interval. The rows must be none that the model or
the policy was learnt from. `qini` orders clients by a score and adds up what sending brought (Radcliffe 2007).
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

NOTHING, INSIDE_90 = "nothing", 1.645
RESAMPLES = 200


class Value(NamedTuple):
    """Margin added a client, minor units, and what holds it in 90 of 100 cases; rows : of the log that it rests on."""

    value: float
    low: float
    high: float
    rows: int


class Qini(NamedTuple):
    """share (k,) of clients sent to, best scores first, from 0 to 1; gain (k,) added outcome a client of all;
    coefficient : area between the gain and that of sending at random; low, high : hold it in 90 of 100 cases."""

    share: np.ndarray
    gain: np.ndarray
    coefficient: float
    low: float
    high: float


def policy_value(log, product, message, expected, dues):
    """`Value` of a policy, beside sending nothing.

    log : rows of offers made at random, see `uplift.fit`, and `message_probability`, of the message whatever the
        product (r,)
    product, message : (r,) ids that the policy picks for the client of each row, message NOTHING for none
    expected : DataFrame of the rows; what the model says of the policy's pick: sold, sold_without, minor units, for the
        margin of the product with the message and without, and left, left_without, chances of leaving
    dues : (r,) minor units that are lost with a client who leaves; it is assumed that leaving hangs on the message and
        not on the product, which is why its rows need not show the same product
    Raises ValueError for a probability that is not above zero.
    """
    probability = log["probability"].to_numpy(float)
    if not (probability > 0).all():
        row = int((~(probability > 0)).argmax())
        raise ValueError(f"log, row {row}: probability {probability[row]}; expected what the draw gave it, above 0")
    sent = np.asarray(message) != NOTHING
    is_same = sent & (log["product_id"].to_numpy(object) == np.asarray(product, object))
    own, did = log["message"].to_numpy(object), log["message_probability"].to_numpy(float)
    with_it, without = own == np.asarray(message, object), own == NOTHING
    left = log["left"].to_numpy(float)
    sold = log["margin_minor"].to_numpy(float) + left * dues
    e = {name: expected[name].to_numpy(float) for name in ("sold", "sold_without", "left", "left_without")}
    gain = e["sold"] - e["sold_without"] - dues * (e["left"] - e["left_without"])
    gain += is_same / probability * (with_it * (sold - e["sold"]) - without * (sold - e["sold_without"]))
    gain -= dues / did * (with_it * (left - e["left"]) - without * (left - e["left_without"]))
    gain = np.where(sent, gain, 0.0)
    by_client = pd.Series(gain - gain.mean()).groupby(log["client_id"].to_numpy()).sum().to_numpy()
    error = np.sqrt((by_client**2).sum()) / len(gain)
    return Value(gain.mean(), gain.mean() - INSIDE_90 * error, gain.mean() + INSIDE_90 * error, len(gain))


def qini(score, sent, outcome, probability=0.5, seed=0):
    """`Qini` of a score over rows where sending was drawn.

    score : (r,), the highest are sent to first; sent : (r,) bool; outcome : (r,), e.g. bought or margin
    probability : of being sent, a number or (r,). Interval: bootstrap over rows.
    Raises ValueError where all rows, or none, were sent to.
    """
    sent, probability = np.asarray(sent, bool), np.broadcast_to(np.asarray(probability, float), len(sent))
    if sent.all() or not sent.any():
        raise ValueError(f"of {len(sent)} rows {int(sent.sum())} were sent to; a Qini curve needs both kinds")
    added = np.asarray(outcome, float) * np.where(sent, 1 / probability, -1 / (1 - probability))
    rng = np.random.default_rng(seed)
    drawn = (rng.integers(len(added), size=len(added)) for _ in range(RESAMPLES))
    coefficients = [qini_known(np.asarray(score)[rows], added[rows]).coefficient for rows in drawn]
    low, high = np.quantile(coefficients, (0.05, 0.95))
    return qini_known(score, added)._replace(low=low, high=high)


def qini_known(score, gain):
    """`Qini` where what sending adds is known of each client: gain (r,). Ties of the score are sent to together."""
    score, gain = np.asarray(score, float), np.asarray(gain, float)
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(order) - 1) + 1
    share = np.append(0, ends) / len(order)
    total = np.append(0, gain[order].cumsum()[ends - 1]) / len(order)
    area = np.trapezoid(total, share) - total[-1] / 2
    return Qini(share, total, area, area, area)
