"""SHAP values of the documents' ensemble: what each feature adds to the log growth of revenue it predicts.

Its trees are explained by shap.TreeExplainer (exact for trees), its linear member by coefficient times distance, and
both are weighted as the ensemble weighs them, so that they add up to its prediction. It explains what the ensemble
says; whether that is true of levers is another matter (notebook 04). Sources: Lundberg et al., "From local
explanations to global understanding with explainable AI for trees", 2020; log growth into money: Ang, "LMDI
decomposition approach", 2015.
"""

import numpy as np
import pandas as pd

from studiolab.schema import LEVERS

RETENTION, TICKET, FILL, JOINS, _, UPSELL, CLASSES = LEVERS
MADE_OF = {f"planned_{lever}": (lever,) for lever in LEVERS} | {
    "ltv_estimate": (RETENTION, TICKET), "retention_x_ticket": (RETENTION, TICKET),
    "attendance_x_classes": (FILL, CLASSES), "upsell_x_members": (UPSELL,),
    "ticket_change": (TICKET,), "joins_change": (JOINS,),
} | dict.fromkeys(
    ("month_index", "year_index", "season_sin", "season_cos", "is_january", "is_summer", "horizon"), ("season",)
)  # fmt: skip
GROUPS = (*LEVERS, "season", "state")


def tree_shap(ensemble, studio, origin, plans, held=None):
    """Why the ensemble predicts the log growth of revenue to the last month of each plan.

    ensemble : Ensemble; studio, origin : (rows,) or one, as its `simulate`; plans : (rows, months, 7)
    held : None, to explain against the mean of what the ensemble learned from, or (rows, months, 7) plans to
        explain against, row by row: what is due to moving the levers from there, as Shapley values of features
    Returns DataFrame (rows,): base, GROUPS, growth. base + the groups = growth, the prediction. A feature made of
    two levers counts half for each; against held plans, for those of the two that moved.
    """
    months = plans.shape[1]
    x = ensemble.asked(studio, origin, plans).iloc[months - 1 :: months]
    before = None if held is None else ensemble.asked(studio, origin, held).iloc[months - 1 :: months]
    base, values = feature_values(ensemble, x, before)
    moved = np.ones((len(x), len(LEVERS)), bool) if held is None else (plans != held).any(axis=1)
    table = pd.DataFrame(0.0, range(len(x)), ["base", *GROUPS])
    table["base"] = base
    for feature in values:
        owners = MADE_OF.get(feature, ("state",))
        part = np.stack([moved[:, LEVERS.index(o)] if o in LEVERS else np.ones(len(x), bool) for o in owners])
        part = np.where(part.any(axis=0), part, True)
        table[list(owners)] += (part / part.sum(axis=0) * values[feature].to_numpy()).T
    return table.assign(growth=table.sum(axis=1))


def feature_values(ensemble, x, before=None):
    """(base (rows,), DataFrame like `x`): log growth of revenue, base + sum over features = the prediction.

    x : features as `Ensemble.asked`; before : None for the mean of what was learned, or features like `x`,
    against which each row is explained (its base is then the prediction for `before`).
    """
    base, values = np.zeros(len(x)), np.zeros(x.shape)
    for name, weight in ensemble.weights.items():
        explained = _linear if name == "ridge" else _trees
        own_base, own = explained(ensemble.members[name], x, before)
        base, values = base + weight * own_base, values + weight * own
    return base, pd.DataFrame(values, columns=x.columns)


def in_money(table, revenue):
    """Money that each of GROUPS adds to revenue, (rows, groups), from a table of `tree_shap`.

    revenue : (rows,) known at the origin. Rows add up to revenue x (exp(growth) - exp(base)).
    """
    step = table["growth"] - table["base"]
    per_log = np.exp(table["base"]) * (np.expm1(step) / step).where(step != 0, 1.0)
    return table[list(GROUPS)].mul(np.asarray(revenue) * per_log, axis=0)


# parts ----------------------------------------------------------------------------------------
def _linear(pipeline, x, before):
    scaler, ridge = pipeline[0], pipeline[-1]
    start = np.zeros(x.shape[1]) if before is None else scaler.transform(before)
    slope = ridge.coef_[0]
    return ridge.intercept_[0] + start @ slope, (scaler.transform(x) - start) * slope


def _trees(member, x, before):
    from shap import TreeExplainer  # 4 s
    from sklearn.multioutput import MultiOutputRegressor

    trees = member.estimators_[0] if isinstance(member, MultiOutputRegressor) else member
    if before is None:
        explainer = TreeExplainer(trees)
        values = _revenue_of(explainer, x)  # only after this does it know XGBoost's expected value
        return np.ravel(explainer.expected_value)[0], values
    starts, which = np.unique(before.to_numpy(float), axis=0, return_inverse=True)
    values = np.zeros(x.shape)
    explainer = TreeExplainer(trees, data=starts[:1], feature_perturbation="interventional")
    explainer.model.thresholds = _rounded_down(explainer.model.thresholds)
    rounded = starts.astype(explainer.model.input_dtype).astype(float)  # as the trees and shap round x
    for row in range(len(starts)):
        explainer.data = rounded[row, None]  # one explainer serves all starts: making one takes half a second
        mine = which == row
        values[mine] = _revenue_of(explainer, x[mine])
    predicted = member.predict(pd.DataFrame(starts, columns=x.columns))[:, 0]
    return predicted[which].astype(float), values


def _rounded_down(thresholds):
    """Next lower float32: shap rounds to the nearest, and a value between the two would take the wrong branch."""
    near = thresholds.astype("float32")
    return np.where(near > thresholds, np.nextafter(near, np.float32(-np.inf)), near).astype(float)


def _revenue_of(explainer, x):
    """SHAP values (rows, features) of the first target, log growth of revenue."""
    values = np.asarray(explainer.shap_values(x, check_additivity=False))
    return values[..., 0] if values.ndim == 3 else values
