"""Real leads in the order of their dates: a bank's calls about a deposit, Moro, Cortez & Laureano 2011 (CC BY 4.0).

The last fifth is what is reported. What the score learns from, which rates it watches and how fast they forget was
chosen on the fifths before; that a recent rate helps at all had been seen on the last one too. A lead is told by what
was known at the begin of its day: points are learned from earlier weeks, and the recent rates count conversions of
earlier days. `duration` is dropped, as it is known after the call.
"""

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from studiolab.studio_operations.inbox import lead_learning

FILE = "bank_marketing/first70pct.csv"
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
CATEGORIES = ["job", "marital", "education", "default", "housing", "loan", "contact", "poutcome"]
PERSON = [name for name in CATEGORIES if name != "contact"]
WATCHED = ("contact", "poutcome")  # whose own recent rates are known
EDGES = {"age": (25, 30, 40, 50, 60), "balance": (0, 1, 500, 1500, 5000), "campaign": (2, 3, 5),
         "pdays": (0, 100, 200)}  # fmt: skip
REPORTED, OF_ALL, OF_GROUP = 0.8, 2.0, 14.0  # share of leads before; half-lives of rates, days
OURS, POINTS, RATE = "score and recent rates", "score alone", "recent rate alone"
PLAIN, RATED = "logistic regression", "logistic regression and recent rates"
MODELS = (OURS, POINTS, RATE, PLAIN, RATED)


def read(path):
    """Leads in order of their dates, with `at` (day), `converted`, and what was known before the call."""
    leads = pd.read_csv(path).drop(columns="duration")
    month = leads["month"].map(MONTHS.index)
    year = 2008 + (month.diff() < 0).cumsum()  # dates are in order and have no year; the first is of May 2008
    leads["at"] = pd.to_datetime({"year": year, "month": month + 1, "day": leads["day"]})
    return leads.assign(converted=leads.pop("y") == "yes")


def facts(leads, of=PERSON):
    """(n, k) 0 or 1, what a lead has or has not, and (k,) the name of the fact each column is of."""
    parts = [pd.get_dummies(leads[name], prefix=name) for name in of]
    parts += [pd.get_dummies(np.digitize(leads[name], edges)).add_prefix(f"{name}_") for name, edges in EDGES.items()]
    names = [name for name, part in zip([*of, *EDGES], parts, strict=True) for _ in part]
    return pd.concat(parts, axis=1).astype(float).to_numpy(), np.array(names)


def rates(leads):
    """(n, 3) recent rates of all leads, and of those of the same WATCHED, each as known at the begin of the day."""
    days, y = (leads["at"] - leads["at"].min()).dt.days.to_numpy(), leads["converted"].to_numpy()
    slow = lead_learning.recent_rates(days, y, OF_GROUP)
    return np.column_stack([
        lead_learning.recent_rates(days, y, OF_ALL),
        *(lead_learning.recent_rates(days, y, OF_GROUP, slow, of=leads[name]) for name in WATCHED),
    ])  # fmt: skip


def told(leads, since, again=True):
    """DataFrame at, converted, and the chance that each of MODELS told each lead from the day `since` on.

    again : whether models learn anew every week, else once, from what was before `since`
    """
    x, names = facts(leads)
    lately, y = rates(leads), leads["converted"].to_numpy()
    week = (leads["at"] - leads["at"].min()).dt.days.to_numpy() // 7
    asked = (leads["at"] >= since).to_numpy()
    found = []
    for now in np.unique(week[asked]):
        own = (week == now) & asked
        if again or not found:
            past = (week < now) & ~(asked & (not again))
            models = _models(leads[past], x[past], names, lately[past], y[past])
        chances = {name: model(leads[own], x[own], lately[own]) for name, model in models.items()}
        found.append(pd.DataFrame({"at": leads["at"][own], "converted": y[own], **chances}))
    return pd.concat(found, ignore_index=True)


def _models(past, x, names, lately, y):
    """dict of each of MODELS to a function of leads, facts and rates to chances."""
    points = points_of(x, lately, y, names)
    scores = x @ points
    full, alone = lead_learning.calibrate(scores, y, lately), lead_learning.calibrate(scores, y)
    rate = lead_learning.calibrate(np.zeros(len(y)), y, lately[:, :1])
    plain, rated = _regression(past, y), _regression(_with(past, lately), y)
    return {
        OURS: lambda leads, x, lately: full.of(x @ points, lately)[0],
        POINTS: lambda leads, x, lately: alone.of(x @ points)[0],
        RATE: lambda leads, x, lately: rate.of(np.zeros(len(x)), lately[:, :1])[0],
        PLAIN: lambda leads, x, lately: expit(plain.decision_function(leads)),
        RATED: lambda leads, x, lately: expit(rated.decision_function(_with(leads, lately))),
    }


def points_of(x, lately, y, names):
    """(k,) whole points, from the worst of each fact up: weights beside the recent rates, so that what came with a
    good time is not put down to who came in it."""
    weights, _ = lead_learning.learn(np.column_stack([x, logit(lately)]), y)
    weights = weights[: x.shape[1]]
    worst = {name: weights[names == name].min() for name in np.unique(names)}
    return lead_learning.to_points(weights - [worst[name] for name in names], names)


def _with(leads, lately):
    return leads.assign(**{f"rate_{i}": logit(rate) for i, rate in enumerate(lately.T)})


def _regression(past, y):
    """scikit-learn's, of every column as it is."""
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    known = [*CATEGORIES, "month"]
    numbers = [name for name in past.columns if name not in (*known, "at", "converted")]
    columns = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), known), (StandardScaler(), numbers))
    return make_pipeline(columns, LogisticRegression(max_iter=2000)).fit(past, y)
