"""The documents' ensemble: XGBoost, LightGBM, random forest and ridge on the documents' features.

It learns log growth of revenue and members and the change of retention, from an origin to a target
month; members weigh by inverse validation error. Sources: S4 2.1 option C, 4.1 (B-32 to B-35),
K1.12, K1.13. Scored beside the structural model; it cannot answer what-ifs outside its data (E7).
`stack` blends the same learners, and a network, with the structural model.
"""

import numpy as np

from studiolab.revenue_simulator.config import ModelConfig
from studiolab.revenue_simulator.features import inputs

MORE = 0.1  # trees that a booster is given when it goes on, as a share of those it began with


def learners(seed, config):
    """Unfitted learners by name, with the settings of `config` (a ModelConfig)."""
    from lightgbm import LGBMRegressor
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.linear_model import Ridge
    from sklearn.multioutput import MultiOutputRegressor
    from sklearn.neural_network import MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from xgboost import XGBRegressor

    light, net = config.lightgbm.model_dump(), config.network
    network = MLPRegressor(
        hidden_layer_sizes=net.hidden_layers, learning_rate_init=net.learning_rate, alpha=net.alpha,
        max_iter=net.max_epochs, early_stopping=True, random_state=seed,
    )  # fmt: skip
    return {
        "xgboost": XGBRegressor(**config.xgboost.model_dump(), random_state=seed, n_jobs=1),
        "lightgbm": MultiOutputRegressor(
            LGBMRegressor(**light, subsample_freq=1, random_state=seed, n_jobs=1, verbose=-1)
        ),
        "random_forest": RandomForestRegressor(**config.random_forest.model_dump(), random_state=seed, n_jobs=1),
        "ridge": make_pipeline(StandardScaler(), Ridge(**config.ridge.model_dump())),
        "network": TransformedTargetRegressor(
            make_pipeline(StandardScaler(), network), transformer=StandardScaler(), check_inverse=False
        ),
    }


class Ensemble:
    """Fitted members and their weights; `simulate` answers like Structural.simulate."""

    def __init__(self, panel, seed, until=None, weights=None, config=None, near=None):
        """panel : panel.Panel; seed : int; until : int or None, learn from targets in the first
        `until` months only (later months may still be origins); weights : dict by member, which
        may leave some out, or None to weigh those of `config` by their error on the last origins;
        config : ModelConfig, the documents' settings by default; near : Ensemble of earlier months whose boosters get
        MORE trees on these rows (K1.34), while the other learners, which cannot go on, are fitted anew"""
        self.panel, config = panel, config or ModelConfig()
        until = len(panel.months) if until is None else until
        studio, origin, horizon = _training_rows(panel, until, seed, config.training)
        with np.errstate(divide="ignore", invalid="ignore"):
            x, y = self._features(studio, origin, horizon), _targets(panel, studio, origin, horizon)
        fits = np.isfinite(y).all(axis=1) & np.isfinite(x.to_numpy()).all(axis=1)
        x, y, origin, target = x[fits], y[fits], origin[fits], (origin + horizon)[fits]
        self.weights = weights or _weights(x, y, origin, target, until, seed, config)
        known = learners(seed, config)
        begun = {} if near is None else near.members
        self.members = {name: _go_on(known[name], begun.get(name), x, y) for name in self.weights}

    def simulate(self, studio, origin, plans, members_now=None):
        """dict of (rows, months): revenue, members, retention; arguments as Structural.simulate,
        but the learned growth always starts from the known members."""
        return grown_to(self.panel, studio, origin, mixed(self.weights, self.growth(studio, origin, plans)))

    def growth(self, studio, origin, plans):
        """dict by member of (rows, months, 3): log growth of revenue and members, change of retention; NaN where
        a month before the origin that features need is not known."""
        x = self.asked(studio, origin, plans)
        known = np.isfinite(x.to_numpy()).all(axis=1)
        answers = {name: np.full((len(x), 3), np.nan) for name in self.members}
        for name, member in self.members.items():
            if known.any():
                answers[name][known] = member.predict(x[known])
        return {name: answer.reshape(*plans.shape[:2], 3) for name, answer in answers.items()}

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


def _go_on(learner, before, x, y):
    """`learner` fitted; a booster from the trees of `before` (or None) on, which stays as it is."""
    from lightgbm import LGBMRegressor
    from sklearn.base import clone
    from xgboost import XGBRegressor

    booster = getattr(learner, "estimator", learner)
    if before is None or not isinstance(booster, (XGBRegressor, LGBMRegressor)):
        return learner.fit(x, y)
    booster.set_params(n_estimators=max(1, round(MORE * booster.n_estimators)))
    if isinstance(booster, XGBRegressor):
        return learner.fit(x, y, xgb_model=before.get_booster())
    learner.estimators_ = [clone(booster).fit(x, target, init_model=old.booster_)
                           for target, old in zip(y.T, before.estimators_, strict=True)]  # fmt: skip
    return learner


def mixed(weights, growth):
    """Weighted sum of the `growth` of members."""
    return sum(weight * growth[name] for name, weight in weights.items())


def grown_to(panel, studio, origin, growth):
    """dict of (rows, months): revenue, members, retention, for (rows, months, 3) growth from month `origin` on."""
    v = panel.values
    revenue, members, kept = (
        part[:, None]
        for part in (v["total_revenue"][origin, studio], v["total_members"][origin, studio], _kept(v, origin, studio))
    )
    return {"revenue": revenue * np.exp(growth[..., 0]), "members": members * np.exp(growth[..., 1]),
            "retention": np.clip(kept + growth[..., 2], 0, 1)}  # fmt: skip


def inverse_errors(errors):
    """Weights that add to 1, each by the inverse of its error (B-34); errors : dict of RMSE."""
    total = sum(1 / error for error in errors.values())
    return {name: float(1 / error / total) for name, error in errors.items()}


def _weights(x, y, origin, target, until, seed, config):
    """Inverse validation RMSE of each member, adding to 1; equal when history is too short to say."""
    known, training = learners(seed, config), config.training
    first = until - training.validation_months
    late, early = origin >= first - 1, target < first - training.embargo_months
    if late.sum() < 10 or early.sum() < 50:
        return dict.fromkeys(config.ensemble.members, 1 / len(config.ensemble.members))
    return inverse_errors({
        name: np.sqrt(np.mean((known[name].fit(x[early], y[early]).predict(x[late]) - y[late])[:, 0] ** 2))
        for name in config.ensemble.members
    })  # fmt: skip


def _training_rows(panel, months, seed, training):
    studios = len(panel.studios)
    grid = np.array([(s, t, h) for h in training.horizons for t in range(3, months - h) for s in range(studios)])
    if len(grid) > training.most_rows:
        grid = grid[np.sort(np.random.default_rng(seed).choice(len(grid), training.most_rows, replace=False))]
    return grid.T


def _targets(panel, studio, origin, horizon):
    v, target = panel.values, origin + horizon
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.column_stack([
            np.log(v["total_revenue"][target, studio] / v["total_revenue"][origin, studio]),
            np.log(v["total_members"][target, studio] / v["total_members"][origin, studio]),
            _kept(v, target, studio) - _kept(v, origin, studio),
        ])  # fmt: skip


def _kept(v, t, studio):
    return 1 - v["churned_members"][t, studio] / np.maximum(v["total_members"][t - 1, studio], 1)
