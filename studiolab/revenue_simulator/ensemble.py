"""The documents' ensemble: XGBoost, LightGBM, random forest and ridge on the documents' features.

It learns log growth of revenue and members and the change of retention, from an origin to a target
month; members weigh by inverse validation error. Sources: S4 2.1 option C, 4.1 (B-32 to B-35),
K1.12, K1.13. Scored beside the structural model; it cannot answer what-ifs outside its data (E7).
"""

import numpy as np

from studiolab.revenue_simulator.features import inputs

HORIZONS = (1, 2, 3, 6, 9, 12)
MOST_ROWS = 8_000
VALIDATION_MONTHS = 6
EMBARGO = 3


def learners(seed):
    """Unfitted members by name, with the documents' settings (B-33)."""
    from lightgbm import LGBMRegressor
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.linear_model import Ridge
    from sklearn.multioutput import MultiOutputRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from xgboost import XGBRegressor

    boosted = {"n_estimators": 300, "max_depth": 5, "learning_rate": 0.05, "subsample": 0.8, "colsample_bytree": 0.8}
    return {
        "xgboost": XGBRegressor(**boosted, random_state=seed, n_jobs=1),
        "lightgbm": MultiOutputRegressor(
            LGBMRegressor(**boosted, subsample_freq=1, random_state=seed, n_jobs=1, verbose=-1)
        ),
        "random_forest": RandomForestRegressor(
            200, max_depth=10, min_samples_split=5, max_features=0.4, max_samples=0.4, random_state=seed, n_jobs=1
        ),
        "ridge": make_pipeline(StandardScaler(), Ridge(10.0)),
    }  # fmt: skip


class Ensemble:
    """Fitted members and their weights; `simulate` answers like Structural.simulate."""

    def __init__(self, panel, seed, until=None, weights=None):
        """panel : panel.Panel; seed : int; until : int or None, learn from targets in the first
        `until` months only (later months may still be origins); weights : dict by member, which
        may leave some out, or None to weigh all by the error on the last VALIDATION_MONTHS origins."""
        self.panel = panel
        until = len(panel.months) if until is None else until
        studio, origin, horizon = _training_rows(panel, until, seed)
        with np.errstate(divide="ignore", invalid="ignore"):
            x, y = self._features(studio, origin, horizon), _targets(panel, studio, origin, horizon)
        fits = np.isfinite(y).all(axis=1) & np.isfinite(x.to_numpy()).all(axis=1)
        x, y, origin, target = x[fits], y[fits], origin[fits], (origin + horizon)[fits]
        self.weights = weights or _weights(x, y, origin, target, until, seed)
        self.members = {name: learner.fit(x, y) for name, learner in learners(seed).items() if name in self.weights}

    def simulate(self, studio, origin, plans, members_now=None):
        """dict of (rows, months): revenue, members, retention; arguments as Structural.simulate,
        but the learned growth always starts from the known members."""
        rows, months = plans.shape[:2]
        x = self.asked(studio, origin, plans)
        studio, origin = np.repeat(studio, months), np.repeat(origin, months)
        grown = sum(weight * self.members[name].predict(x) for name, weight in self.weights.items())
        v = self.panel.values
        retention = 1 - v["churned_members"][origin, studio] / np.maximum(v["total_members"][origin - 1, studio], 1)
        answer = {
            "revenue": v["total_revenue"][origin, studio] * np.exp(grown[:, 0]),
            "members": v["total_members"][origin, studio] * np.exp(grown[:, 1]),
            "retention": np.clip(retention + grown[:, 2], 0, 1),
        }
        return {name: value.reshape(rows, months) for name, value in answer.items()}

    def asked(self, studio, origin, plans):
        """Features (rows x months) of `simulate`'s question, the months of a row one after the other."""
        rows, months = plans.shape[:2]
        horizon = np.tile(np.arange(1, months + 1), rows)
        mean_plan = np.cumsum(plans, axis=1) / np.arange(1, months + 1)[None, :, None]
        repeated = (np.repeat(np.broadcast_to(index, rows), months) for index in (studio, origin))
        return inputs(self.panel, *repeated, horizon, mean_plan.reshape(-1, plans.shape[2]))

    def _features(self, studio, origin, horizon):
        total = np.cumsum(np.nan_to_num(self.panel.plan), axis=0)
        mean_plan = (total[origin + horizon, studio] - total[origin, studio]) / horizon[:, None]
        return inputs(self.panel, studio, origin, horizon, mean_plan)


def _weights(x, y, origin, target, until, seed):
    """Inverse validation RMSE of each member, adding to 1; equal when history is too short to say."""
    late, early = origin >= until - VALIDATION_MONTHS - 1, target < until - VALIDATION_MONTHS - EMBARGO
    if late.sum() < 10 or early.sum() < 50:
        return {name: 1 / len(learners(seed)) for name in learners(seed)}
    error = {
        name: float(np.sqrt(np.mean((learner.fit(x[early], y[early]).predict(x[late]) - y[late])[:, 0] ** 2)))
        for name, learner in learners(seed).items()
    }
    total = sum(1 / e for e in error.values())
    return {name: 1 / e / total for name, e in error.items()}


def _training_rows(panel, months, seed):
    studios = len(panel.studios)
    grid = np.array([(s, t, h) for h in HORIZONS for t in range(3, months - h) for s in range(studios)])
    if len(grid) > MOST_ROWS:
        grid = grid[np.sort(np.random.default_rng(seed).choice(len(grid), MOST_ROWS, replace=False))]
    return grid.T


def _targets(panel, studio, origin, horizon):
    v, target = panel.values, origin + horizon

    def kept(t):
        return 1 - v["churned_members"][t, studio] / np.maximum(v["total_members"][t - 1, studio], 1)

    with np.errstate(divide="ignore", invalid="ignore"):
        return np.column_stack([
            np.log(v["total_revenue"][target, studio] / v["total_revenue"][origin, studio]),
            np.log(v["total_members"][target, studio] / v["total_members"][origin, studio]),
            kept(target) - kept(origin),
        ])  # fmt: skip
