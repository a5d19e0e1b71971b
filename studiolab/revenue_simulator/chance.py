"""What chance alone does to a studio's revenue: the width that an interval has to begin with.

People join and leave by ones, visits and add-ons differ from month to month; how much is in the fit of each flow
(`mixed.Fit.noise`). Small errors add up in squares (the delta method), so each source of each month is moved by its
standard deviation, alone, and walked on to the last month.
"""

import numpy as np

from studiolab.revenue_simulator.flows import ATTENDANCE, JOINS, RETENTION, UPSELL
from studiolab.revenue_simulator.mixed import logit, sigmoid

SHARES = (RETENTION, UPSELL)


def noise(structural, studio, origin, plans, members_now=None, base=None):
    """Variance of log revenue, (2, rows, months): of each month, and of all months up to it together.

    structural : Structural; base : what it simulates here, where that is known; the rest as `Structural.simulate`
    """
    (rows, months), every = plans.shape[:2], np.arange(plans.shape[1])
    base = structural.simulate(studio, origin, plans, members_now) if base is None else base
    moved = {lever: np.sqrt(variance) for lever, variance in _variances(structural, base).items()}
    tried = np.empty((len(moved), months, *plans.shape))
    tried[:] = plans
    for k, (lever, step) in enumerate(moved.items()):
        at = plans[:, :, lever]
        to = sigmoid(logit(at) + step) if lever in SHARES else at * np.exp(step)
        tried[k, every, :, every, lever] = to.T
    tried = tried.reshape(-1, *plans.shape[1:])
    many = *(np.broadcast_to(index, (len(moved) * months, rows)).ravel() for index in (studio, origin)), tried
    there = structural.simulate(*many, members_now)["revenue"].reshape(-1, rows, months)
    here, retail = base["revenue"], structural.flow["retail"].noise * base["retail_revenue"] ** 2
    sums = (there, here, retail), (there.cumsum(axis=2), here.cumsum(axis=1), retail.cumsum(axis=1))
    return np.array([(np.log(then / now) ** 2).sum(axis=0) + add / now**2 for then, now, add in sums])


def _variances(structural, base):
    """dict of the lever that a source acts like to its variance (rows, months): in logs, of shares in logits."""
    spread = {name: fit.noise for name, fit in structural.flow.items()}
    kept, bought, none = base["retention"], base["upsell_rate"], np.zeros_like(base["members"])
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            JOINS: spread["joins"] / np.maximum(base["joined"], 0.5),
            RETENTION: spread["stay"] / (base["members"] * kept * (1 - kept)),
            ATTENDANCE: none + spread["visits"] / max(structural.flow["visits"].coefficients[12], 0.1) ** 2,
            UPSELL: spread["upsell"] / (base["members"] * bought * (1 - bought)),
        }
