"""Lead scores on real leads in the order of their dates: a bank's calls, Moro, Cortez & Laureano 2011 (CC BY 4.0).

The last fifth is what is reported; nothing was chosen on it. Each week's leads are scored by what was known before
the week, and by the conversions of days before their own; the logistic regression learns from the same weeks.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import logit

from studiolab.bench import score
from studiolab.studio_operations.inbox import lead_learning

FILE = "bank_marketing/first70pct.csv"
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
CATEGORIES = ["job", "marital", "education", "default", "housing", "loan", "contact", "poutcome"]
PERSON = [name for name in CATEGORIES if name != "contact"]
EDGES = {"age": (25, 30, 40, 50, 60), "balance": (0, 1, 500, 1500, 5000), "campaign": (2, 3, 5),
         "pdays": (0, 100, 200)}  # fmt: skip
REPORTED, RESAMPLES = 0.8, 400
OURS, PLAIN, RATED, RATE = (
    "score and recent rate",
    "logistic regression",
    "logistic regression and recent rate",
    "recent rate",
)
POINTS = "score alone"


def table(data=None, say=lambda words: None):
    """AUC of scores on the last fifth of a bank's leads, beside logistic regression.

    data : folder with FILE, or None; say : called with what is being measured
    Returns DataFrame of score.COLUMNS; intervals are a bootstrap over days.
    """
    path = None if data is None else Path(data) / FILE
    if path is None or not path.exists():
        return score.table([score.plain("bank leads, AUC", np.nan, model="skipped: no data")])
    say("a bank's leads, week by week")
    leads = read(path)
    return score.table(rows(weekly(leads, leads["at"].iloc[int(len(leads) * REPORTED)])))


def read(path):
    """Leads in order of their dates, with `at` (day), `converted`, and what was known before the call."""
    leads = pd.read_csv(path).drop(columns="duration")  # known only after the call
    month = leads["month"].map(MONTHS.index)
    year = 2008 + (month.diff() < 0).cumsum()  # dates are in order and have no year; the first is of May 2008
    leads["at"] = pd.to_datetime({"year": year, "month": month + 1, "day": leads["day"]})
    return leads.assign(converted=leads.pop("y") == "yes")


def facts(leads, of=PERSON):
    """(n, k) 0 or 1, and the name of the fact each column is of: what a lead has or has not."""
    parts = [pd.get_dummies(leads[name], prefix=name) for name in of]
    parts += [pd.get_dummies(np.digitize(leads[name], edges)).add_prefix(f"{name}_") for name, edges in EDGES.items()]
    return pd.concat(parts, axis=1).astype(float), [
        name for name, part in zip([*of, *EDGES], parts, strict=True) for _ in part
    ]


def weekly(leads, since):
    """DataFrame at, converted, and what each model told each lead from the day `since` on."""
    features, groups = facts(leads)
    x, groups = features.to_numpy(), np.array(groups)
    days = (leads["at"] - leads["at"].min()).dt.days.to_numpy()
    rate = logit(lead_learning.recent_rates(days, leads["converted"]))
    y, week = leads["converted"].to_numpy(), days // 7
    told = []
    for now in np.unique(week[leads["at"] >= since]):
        past, own = week < now, (week == now) & (leads["at"] >= since)
        points = points_of(x[past], y[past], groups)
        had, has = x[past] @ points, x[own] @ points
        weights, at_zero = lead_learning.learn(np.column_stack([had / 100, rate[past]]), y[past])
        told.append(pd.DataFrame({
            "at": leads["at"][own], "converted": y[own], POINTS: has, RATE: rate[own],
            OURS: has / 100 * weights[0] + rate[own] * weights[1] + at_zero,
            PLAIN: _regression(leads[past], y[past], leads[own]),
            RATED: _regression(leads[past].assign(rate=rate[past]), y[past], leads[own].assign(rate=rate[own])),
        }))  # fmt: skip
    return pd.concat(told)


def points_of(x, y, groups):
    """Whole points for each column: learned weights, from the worst of each fact up."""
    weights, _ = lead_learning.learn(x, y)
    lifted = weights.copy()
    for name in dict.fromkeys(groups):
        lifted[groups == name] -= weights[groups == name].min()
    return lead_learning.to_points(lifted, groups)


def _regression(past, y, own):
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    known = [*CATEGORIES, "month"]
    numbers = [name for name in past.columns if name not in (*known, "at", "converted")]
    columns = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), known), (StandardScaler(), numbers))
    model = make_pipeline(columns, LogisticRegression(max_iter=2000)).fit(past, y)
    return model.decision_function(own)


def rows(told):
    """Rows of score.COLUMNS: the AUC of each model, and ours less the regression's."""
    models = [name for name in told.columns if name not in ("at", "converted")]
    drawn = _drawn(told, models)
    found = []
    for model in models:
        low, high = np.nanquantile(drawn[model][1:], (0.025, 0.975))
        found.append(
            score.plain("bank leads, AUC, last fifth", drawn[model][0], None, model, None, low, high, len(told))
        )
    for model in (PLAIN, RATED):
        gap = drawn[OURS] - drawn[model]
        low, high = np.nanquantile(gap[1:], (0.025, 0.975))
        found.append(score.plain("bank leads, AUC, last fifth", gap[0], score.at_least(0), f"{OURS} - {model}", None,
                                 low, high, len(told)))  # fmt: skip
    return found


def auc(told, converted):
    """The chance that who converted was told more than who did not; ties count half."""
    from scipy.stats import rankdata

    converted = np.asarray(converted, bool)
    n = converted.sum()
    if n in (0, len(converted)):
        return np.nan
    return (rankdata(told)[converted].sum() - n * (n + 1) / 2) / (n * (len(converted) - n))


def _drawn(told, models):
    """dict of model to (1 + RESAMPLES,) AUC, the first of the leads as they are, then of days drawn anew."""
    rng = np.random.default_rng(0)
    at = told["at"].to_numpy()
    of_day = [np.flatnonzero(at == day) for day in np.unique(at)]
    picks = [np.arange(len(told))]
    picks += [
        np.concatenate([of_day[d] for d in rng.integers(len(of_day), size=len(of_day))]) for _ in range(RESAMPLES)
    ]
    values = {model: told[model].to_numpy() for model in models}
    came = told["converted"].to_numpy()
    return {model: np.array([auc(own[pick], came[pick]) for pick in picks]) for model, own in values.items()}
