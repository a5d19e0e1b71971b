"""Are insights true? Their money against what would truly happen, their chances against what did."""

from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from studiolab import schema
from studiolab.revenue_simulator import fit
from studiolab.revenue_simulator.insights import findings
from studiolab.schema import LEVERS
from studiolab.world import make_chain, truth

MONTHS = 3
LAST_ORIGINS = (12, 9, 6, 3)  # months before the end of the history
BINS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


class Case(NamedTuple):
    """One insight of a studio at an origin; true : money it would truly be, NaN where it states no effect of its own;
    came : whether what its chance is of came so."""

    kind: str
    money: float
    true: float
    chance: float
    came: bool
    studio: str


def insights(studios=60, seed=101, months=60, origins=LAST_ORIGINS):
    """Truth of insights on a simulated chain, each origin fitted on nothing later.

    months : length of the history; origins : months before its end, at least MONTHS

    Money: of an action or a lever's opportunity the expected revenue under its plan less that under held levers, of a
    season that less its mean over all calendars, both from the hidden state. Chances: of risks and seasons by what
    happened in the chain, where owners move on; of actions and levers by one random future under the plan.
    Returns DataFrame part ("money" or "chance"), what (kind, or bin of the stated chance), count, stated and true
    (means), and for money median, low, high of true / stated (the 10th and 90th percentile).
    """
    cases = [case for back in origins for case in cases_of(studios, seed, months, back)]
    return pd.DataFrame(_money_rows(cases) + _chance_rows(cases))


def cases_of(studios, seed, months, back):
    """list of Case: every insight of a simulated chain `back` months before its end."""
    chain = make_chain(studios, months, seed)
    return list(_cases(chain, chain.months[-1 - back], seed))


def _cases(chain, month, seed):
    then = chain.until(f"{month:%Y-%m}")
    model = fit(then.monthly_metrics, then.lever_plan, seed=seed)
    kinds = dict(zip(chain.studios["studio_id"], chain.studios["studio_type"], strict=True))
    actual = schema.to_major("monthly_metrics", chain.monthly_metrics)
    actual = actual.set_index(["studio_id", "month_year"])["total_revenue"]
    told = {studio: findings(model, studio, MONTHS, kinds=kinds)[:2] for studio in model.complete}
    held = {studio: np.tile(view.held, (MONTHS, 1)) for studio, (view, _) in told.items()}
    base, plain = _rollout(then, held), _plain(then, held)
    yield from _foreseen(told, base, plain, actual)
    yield from _planned(then, told, held, base, seed)


def _foreseen(told, base, plain, actual):
    """Cases that come without anyone doing anything."""
    for studio, (view, found) in told.items():
        for finding in found["risk_factors"] + found["opportunities"]:
            if finding.plan is None:
                at, up = finding.at, finding in found["opportunities"]
                came = actual[studio, view.dates[at]]
                season = finding.kind == "season"
                true = base[studio][at] - plain[studio][at] if season else np.nan
                stated = view.revenue[at] - finding.against if season else finding.money
                name = f"{finding.kind}, {'opportunity' if up else 'risk'}"
                beyond = came > finding.against if up else came < finding.against
                yield Case(name, stated, true, finding.chance, bool(beyond), studio)


def _planned(chain, told, held, base, seed):
    """Cases of levers that are moved; the n-th of every studio goes in one rollout."""
    own = {studio: [f for name in ("next_best_actions", "opportunities") for f in found[name] if f.plan is not None]
           for studio, (_, found) in told.items()}  # fmt: skip
    for n in range(max(map(len, own.values()))):
        nth = {studio: each[n] for studio, each in own.items() if n < len(each)}
        plans = held | {studio: finding.plan for studio, finding in nth.items()}
        expected, once = _rollout(chain, plans), _rollout(chain, plans, draws=1, seed=seed + n)
        for studio, f in nth.items():
            name = f"{f.more['lever']}, action" if f.kind == "action" else f"{f.kind}, opportunity"
            true = expected[studio][f.at] - base[studio][f.at]
            yield Case(name, f.money, true, f.chance, bool(once[studio][f.at] > f.against), studio)


def _rollout(chain, plans, draws=0, seed=0):
    """dict of studio to (MONTHS,) true revenue under (MONTHS, 7) plans."""
    ids = list(chain.studios["studio_id"])
    rows = [dict(zip(LEVERS, plans[studio][h], strict=True)) | {"studio_id": studio}
            for studio in ids for h in range(MONTHS)]  # fmt: skip
    found = truth.rollout(chain, pd.DataFrame(rows), MONTHS, draws, seed)
    return {studio: rows["revenue"].to_numpy() for studio, rows in found.groupby("studio_id")}


def _plain(chain, plans):
    """As `_rollout`, in the mean of all calendars."""
    each = [_rollout(replace(chain, months=chain.months + pd.DateOffset(months=m)), plans) for m in range(12)]
    return {studio: np.mean([one[studio] for one in each], axis=0) for studio in plans}


def _money_rows(cases):
    known = [case for case in cases if np.isfinite(case.true)]
    groups = {name: [case for case in known if case.kind == name] for name in sorted({case.kind for case in known})}
    ends = ("all actions", ", action"), ("all opportunities", ", opportunity")
    groups |= {name: [case for case in known if case.kind.endswith(end)] for name, end in ends}
    rows = []
    for name, group in groups.items():
        if group:
            ratio = np.quantile([case.true / case.money for case in group], (0.5, 0.1, 0.9))
            rows.append(_row("money", name, group, "money", "true")
                        | dict(zip(("median", "low", "high"), ratio, strict=True)))  # fmt: skip
    return rows


def _chance_rows(cases):
    rows = []
    for part, ends in (("risk", ("risk",)), ("action or opportunity", ("action", "opportunity"))):
        own = [case for case in cases if case.kind.endswith(ends)]
        for low, high in pairwise(BINS):
            group = [case for case in own if low <= case.chance < high or case.chance == high == BINS[-1]]
            if group:
                rows.append(_row("chance", f"{part}, {low:.0%} to {high:.0%}", group, "chance", "came"))
    return rows


def _row(part, what, group, stated, true):
    stated, true = (float(np.mean([getattr(case, name) for case in group])) for name in (stated, true))
    return {"part": part, "what": what, "count": len(group), "stated": stated, "true": true}
