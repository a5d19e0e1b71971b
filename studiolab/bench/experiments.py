"""Experiments whose truth is planted: are lifts found as often as stated, and are the intervals to be believed?

Each trial is drawn client by client, goes through assignment, exposures, orders and refunds as a studio's own, and is
looked at daily. An outcome is any function of (clients, arm, rng), so that the world's own truth can be put in.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import betaincinv
from scipy.stats import binom

from studiolab.bench import score
from studiolab.product_recommender.catalogue import catalogue
from studiolab.product_recommender.experiment import sample_size, sequential, trial
from studiolab.product_recommender.purchases import purchases, seconds

TRIALS, NULLS, SEED = 200, 400, 2026
ARMS = {"B": 0.5, "holdout": 0.5}
DAY = pd.Timedelta(days=1)
START = pd.Timestamp("2026-01-05T00:00Z")
WINDOW, BEFORE, PER_DAY, POWER, ALPHA = 14, 60, 60, 0.8, 0.05
BASE, LIFT, BASKET, SPREAD = 0.12, 0.04, 2_000.0, 0.5  # conversion, planted lift, minor units of margin, of its log
PRICE, COST = 5_000, 3_000
USUAL, MARGINS = 0.12, ["margin_minor", "usual_minor"]  # of what they spent before
NORMAL = 1.959964
RISE = (sample_size.drift(ALPHA, POWER) / sample_size.drift(ALPHA, POWER, 1)) ** 2  # clients that daily looks cost


class Planted(NamedTuple):
    """The default truth: loyal clients spend and buy more; the offer adds `lift` to everybody's chance to buy the mat.

    Besides, everybody buys what they usually do, so a share of the variance of margin is known beforehand.
    """

    lift: float

    def __call__(self, clients, arm, rng):
        """DataFrame bought (bool), margin_minor of clients (loyal, before_minor) in arms (n,)."""
        chance = np.where(clients["loyal"], 2.2, 0.6) * BASE + self.lift * (arm != "holdout")
        basket = BASKET * np.where(clients["loyal"], 1.6, 0.8) * rng.lognormal(-(SPREAD**2) / 2, SPREAD, len(arm))
        bought, moved = rng.random(len(arm)) < chance, rng.lognormal(-(SPREAD**2) / 2, SPREAD, len(arm))
        return pd.DataFrame({"bought": bought, "margin_minor": np.where(bought, basket, 0.0),
                             "usual_minor": clients["before_minor"].to_numpy() * USUAL * moved})  # fmt: skip

    def truth(self):
        """dict of metric to the lift, a mean over all clients, a quarter of whom are loyal."""
        return {"conversion": self.lift, "margin": self.lift * BASKET}


def table(data=None, say=lambda sentence: None, trials=TRIALS, nulls=NULLS):
    """Power, coverage, false findings, clients spared, and the method beside others, in planted experiments.

    data is not used; say : called with what is done now. Returns DataFrame of score.COLUMNS, intervals of 95 %.
    """
    rows = []
    for metric in trial.METRICS:
        say(f"{trials} experiments with a planted lift of {metric}, {nulls} without")
        there = [played(Planted(LIFT), metric, [SEED, k]) for k in range(trials)]
        absent = [played(Planted(0.0), metric, [SEED + 1, k]) for k in range(nulls)]
        rows += _rows(metric, pd.DataFrame(there), pd.DataFrame(absent))
    say("arms whose shares went astray")
    return score.table([*rows, *_astray(nulls)])


@cache
def planned(metric, lift=LIFT):
    """`trial.Experiment` sized for the default truth by what many clients do who are drawn from it."""
    rng = np.random.default_rng(SEED)
    some, outcomes = clients(200_000, rng), []
    for part in (0, lift):
        did = Planted(part)(some, np.full(len(some), "B"), rng)
        outcomes.append(did[MARGINS].sum(axis=1) if metric == "margin" else did["bought"].astype(float))
    spared = np.mean([np.corrcoef(outcome, some["before_minor"])[0, 1] ** 2 for outcome in outcomes])
    lift *= BASKET if metric == "margin" else 1
    spread = [outcome.var() for outcome in outcomes]
    needed = sample_size.clients_needed(ARMS, "holdout", *spread, lift, ALPHA, POWER, spared)
    return trial.Experiment(
        "planted", ARMS, "holdout", "mat", metric, WINDOW, BEFORE, ALPHA, POWER, lift, needed, START
    )


def clients(n, rng):
    """DataFrame of n clients: client_id, loyal, before_minor, exposed_at."""
    loyal = rng.random(n) < 0.25
    before = np.round(rng.lognormal(8, 0.5, n) * np.where(loyal, 2.5, 0.7) * (rng.random(n) < 0.8))
    days = np.cumsum(rng.exponential(1 / PER_DAY, n))
    return pd.DataFrame({"client_id": [f"c{k}" for k in range(n)], "loyal": loyal, "before_minor": before.astype(int),
                         "exposed_at": (START + pd.to_timedelta(days, "D")).floor("s")})  # fmt: skip


def drawn(outcome, plan, rng):
    """(exposures, Outcomes, as_of) of an experiment: who came, in which arm, and what they did."""
    came = clients(plan.clients, rng)
    arm = np.array(trial.assign(plan.experiment_id, came["client_id"], plan.arms))
    did = outcome(came, arm, rng)
    exposures = came[["client_id", "exposed_at"]].assign(arm=arm)
    as_of = came["exposed_at"].max() + pd.Timedelta(days=WINDOW + 2)
    bought = purchases(_orders(came, did, rng), as_of, "EUR")
    goods = {"product_id": ["mat", "bar"], "price": PRICE, "cost": COST, "currency": "EUR", "revenue_kind": "retail"}
    return exposures, trial.outcomes(plan, exposures, bought, catalogue(pd.DataFrame(goods))), as_of


def _orders(came, did, rng):
    """Table orders: spending before and as usual; mats bought in the window, and some given back by those who did not
    keep one."""
    paid = np.round(did[MARGINS] * PRICE / (PRICE - COST)).astype(int)
    bought = came[did["bought"]].assign(amount=paid["margin_minor"])
    when = bought["exposed_at"] + pd.to_timedelta(rng.random(len(bought)) * WINDOW * 86_399, "s")
    spent, usual = came[came["before_minor"] > 0], came[paid["usual_minor"] > 0].assign(amount=paid["usual_minor"])
    regret = came[~did["bought"]].sample(frac=0.05, random_state=rng)
    parts = [
        spent.assign(product_id="bar", amount=spent["before_minor"], created_at=spent["exposed_at"] - 20 * DAY),
        usual.assign(product_id="bar", created_at=usual["exposed_at"] + 2 * DAY),
        bought.assign(product_id="mat", created_at=when),
        regret.assign(product_id="mat", amount=PRICE, created_at=regret["exposed_at"] + DAY),
        regret.assign(product_id="mat", amount=-PRICE, created_at=regret["exposed_at"] + 3 * DAY),
    ]
    lines = pd.concat(parts, ignore_index=True)
    number = [f"o{k}" for k in range(len(lines))]
    return pd.DataFrame({
        "line_id": number, "order_id": number, "customer_id": lines["client_id"], "product_id": lines["product_id"],
        "product_name": lines["product_id"], "quantity": lines["amount"].abs() / PRICE,
        "amount": lines["amount"].astype("Int64"),
        "currency": "EUR", "status": "paid", "created_at": lines["created_at"].dt.floor("s"),
    })  # fmt: skip


def played(outcome, metric, seed):
    """dict of what one experiment did under each rule, looked at daily; truths are as of `outcome.truth()`."""
    rng = np.random.default_rng(seed)
    plan = planned(metric)._replace(experiment_id="-".join(map(str, (metric, *seed))))
    exposures, known, as_of = drawn(outcome, plan, rng)
    truth, found = outcome.truth()[metric], {"mismatch": trial.mismatch(plan, exposures["arm"]) < trial.MISMATCH}
    for name, adjusted in (("", True), ("plain ", False)):
        course = trial.running(plan, known, "B", metric, as_of, adjusted)
        at, z = trial.decided(plan, course, metric), course.lift / course.error
        holds = ~((course.low > truth) | (course.high < truth))
        found |= {
            f"{name}better": course.low[at] > 0, f"{name}other": course.low[at] > 0 or course.high[at] < 0,
            f"{name}always": holds.all(), f"{name}final": holds[at], f"{name}spared": course.spared[at],
            f"{name}clients": (known.ends <= course.day[at]).sum() / (plan.clients / RISE),
            f"{name}days": (course.day[at] - seconds(START)) / trial.DAY / _days_at_once(plan),
            f"{name}lift": course.lift[at] / truth if truth else course.lift[at],
        }  # fmt: skip
        if adjusted:
            found |= {"once": abs(z[-1]) > NORMAL, "naive": (np.abs(z) > NORMAL).any()}
            found |= {rule: (np.abs(z) > bound).any() for rule, bound in _others(course.fraction)}
    return found


def _days_at_once(plan):
    return sample_size.days_needed(plan.clients / RISE, PER_DAY * 7, WINDOW)


def _others(fraction):
    yield "mixture", sequential.mixture(fraction, ALPHA)
    yield "pocock", sequential.bounds(fraction, ALPHA, sequential.pocock)
    yield "daily", sequential.bounds(fraction, ALPHA)


def _rows(metric, there, absent):
    """Rows of the scorecard; there, absent : what was played, a row each, with a lift and without."""
    stated = score.Goal(*_within(POWER, len(there)))
    unseen = score.at_most(_within(ALPHA, len(absent))[1])
    sure, both = score.at_least(_within(1 - ALPHA, len(there) + len(absent))[0]), pd.concat([there, absent])
    words = f"experiments on {metric}"
    rows = [_share(f"{words}, planted lift found", there["better"], stated, "daily looks")]
    rows += [_share(f"{words}, different from zero where there is a lift", there[rule], None, model)
             for rule, model in RULES.items()]  # fmt: skip
    rows += [_share(f"{words}, false findings", absent[rule], unseen if rule == "daily" else None, model)
             for rule, model in RULES.items()]  # fmt: skip
    rows += [
        _share(
            f"{words}, planted lift found, the same plan", there["plain better"], None, "spending before left aside"
        ),
        _share(f"{words}, running interval holds the truth on every day", both["always"], sure, "daily looks"),
        _share(f"{words}, final interval holds the truth", both["final"], sure, "daily looks"),
    ]
    for name, found in (("a lift", there), ("none", absent)):
        rows += [_mean(f"{words}, clients until the decision / of one look, {name}", found["clients"]),
                 _mean(f"{words}, days until the decision / of one look, {name}", found["days"])]  # fmt: skip
    rows += [_mean(f"{words}, measured lift at the decision / truth", there["lift"]),
             _mean(f"{words}, variance spared by spending before", both["spared"])]  # fmt: skip
    return rows


RULES = {"daily": "O'Brien-Fleming spending, daily", "pocock": "Pocock spending, daily",
         "mixture": "mixture confidence sequence", "once": "one look at the end", 
         "naive": "stop at p < .05, daily"}  # fmt: skip


def _astray(trials, n=4_000):
    """Does the check of shares speak when it should: one client in ten of an arm is not logged; and else not?"""
    false, seen = [], []
    for k in range(trials):
        plan = planned("conversion")._replace(experiment_id=f"shares-{k}")
        arms = np.array(trial.assign(plan.experiment_id, range(n), plan.arms))
        lost = (arms == "B") & (np.random.default_rng([SEED, k]).random(n) < 0.1)
        looks = range(n // 10, n + 1, n // 10)
        false.append(any(trial.mismatch(plan, arms[:upto]) < trial.MISMATCH for upto in looks))
        seen.append(trial.mismatch(plan, arms[~lost]) < trial.MISMATCH)
    return [_share("shares astray, said where nothing is, over ten looks", pd.Series(false), score.at_most(0.01)),
            _share("shares astray, said where a tenth of an arm is lost", pd.Series(seen))]  # fmt: skip


def _share(figure, happened, goal=None, model=""):
    n, k = len(happened), int(happened.sum())
    low = betaincinv(k, n - k + 1, 0.025) if k else 0.0  # Clopper & Pearson 1934
    high = betaincinv(k + 1, n - k, 0.975) if k < n else 1.0
    return score.plain(figure, k / n, goal, model, low=low, high=high, cases=n)


def _mean(figure, values, model="daily looks"):
    half = NORMAL * values.std() / np.sqrt(len(values))
    return score.plain(figure, values.mean(), None, model, low=values.mean() - half, high=values.mean() + half,
                       cases=len(values))  # fmt: skip


def _within(share, n):
    """(low, high) in which a measured share of `n` cases lies 95 of 100 times if the true one is `share`."""
    return tuple(float(end) for end in np.round(binom.ppf([0.025, 0.975], n, share) / n, 4))
