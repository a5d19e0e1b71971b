import numpy as np
import pytest
from pytest import approx

from studiolab.revenue_simulator import fit, stack
from studiolab.revenue_simulator.config import ModelConfig
from studiolab.revenue_simulator.panel import Panel
from studiolab.revenue_simulator.stack import KINDS, SAME, Stack, folds, learned_weights, out_of_fold
from studiolab.revenue_simulator.structural import Structural
from studiolab.world import make_chain

SMALL = ModelConfig(
    xgboost={"n_estimators": 20}, lightgbm={"n_estimators": 20}, random_forest={"n_estimators": 10},
    network={"max_epochs": 10}, training={"most_rows": 400},
)  # fmt: skip
ORIGIN = 42


@pytest.fixture(scope="module")
def panel():
    chain = make_chain(4, 42, seed=11)
    return fit(chain.monthly_metrics, chain.lever_plan).panel


def spoilt(panel, first):
    """The panel with every month from index `first` on overwritten."""
    values = {name: value.copy() for name, value in panel.values.items()}
    for value in values.values():
        value[first:] = 12345.0
    plan = panel.plan.copy()
    plan[first:] = plan[:1] * 2
    return Panel(panel.months, panel.studios, values, plan)


def learned(panel, until=None, config=SMALL, weights=None):
    return Stack(panel, lambda months: Structural(panel, months), 0, until, weights, config)


def test_the_future_moves_neither_members_nor_weights_nor_answers():
    """Everything after the origin is overwritten, levers too; features, each member and the stack stay as they were."""
    chain = make_chain(4, 48, seed=12)
    panel = fit(chain.monthly_metrics, chain.lever_plan).panel
    everyone = {kind: dict.fromkeys(("structural", "xgboost", "lightgbm", "random_forest", "ridge", "network"), 1 / 6)
                for kind in KINDS}  # fmt: skip
    studio = np.arange(4)
    origin, plans = np.full(4, ORIGIN), np.repeat(panel.plan[ORIGIN][:, None], 3, axis=1)
    told = []
    for seen in (spoilt(panel, 48), spoilt(panel, ORIGIN + 1)):  # the first as it is, but laid out alike
        whole = learned(seen, ORIGIN + 1, weights=everyone)
        told.append({
            **whole.members.growth(studio, origin, plans),
            "features": whole.members.learners.asked(studio, origin, plans).to_numpy(),
            **{f"stack {kind}": whole._answer(kind, studio, origin, plans, None)["revenue"] for kind in KINDS},
            **{f"weights {kind}": np.array(sorted(weights.items()), dtype=object)[:, 1].astype(float)
               for kind, weights in learned(seen, ORIGIN + 1).weights.items()},
        })  # fmt: skip
    assert len(told[0]["weights forecast"]) > 1  # there is something to move
    assert set(told[0]) >= {"structural", "xgboost", "network", "features", "stack forecast", "weights forecast"}
    for name in told[0]:
        np.testing.assert_array_equal(told[0][name], told[1][name], err_msg=name)


def test_a_fold_is_not_moved_by_its_embargo(panel):
    """Learners of a fold see nothing of the months between what they learn from and the first origin."""
    config = SMALL.model_copy(update={"stack": SMALL.stack.model_copy(update={"members": ("ridge",), "folds": 1})})
    ((first, _),) = folds(len(panel.months), config)
    embargo = config.training.embargo_months
    made = []
    for seen in (panel, spoilt(panel, first - embargo + 1), spoilt(panel, first - embargo)):
        member = stack._Members(seen, None, 0, first - embargo + 1, ("ridge",), config).learners.members["ridge"]
        made.append(member[-1].coef_)
    np.testing.assert_array_equal(made[0], made[1])
    assert not np.array_equal(made[0], made[2])  # the month before it, they do see


def test_out_of_fold_members_are_asked_for_the_months_after_their_fold_only(panel, monkeypatch):
    made = []

    class Recorded(stack._Members):
        def __init__(self, panel, structural, seed, until, names, config):
            made.append((until, []))
            super().__init__(panel, structural, seed, until, names, config)

        def growth(self, studio, origin, plans, members_now=None):
            made[-1][1].append((int(origin[0]), plans.shape[1]))
            return super().growth(studio, origin, plans, members_now)

    monkeypatch.setattr(stack, "_Members", Recorded)
    config = ModelConfig(stack={"members": ["structural", "ridge"], "folds": 2, "fold_months": 3})
    until = 42
    found = out_of_fold(panel, lambda months: Structural(panel, months), 0, until, config)
    assert [seen for seen, _ in made] == [35 - 2, 38 - 2]
    for seen, asked in made:
        assert min(origin for origin, _ in asked) - (seen - 1) == config.training.embargo_months
        assert max(origin + months for origin, months in asked) == until - 1
    assert [len(found[kind][0]) for kind in KINDS] == [4 * sum(until - 1 - t for t in range(35, 41))] * 2


@pytest.mark.parametrize(("months", "firsts"), [(60, [47, 51, 55]), (42, [33, 37]), (36, [])])
def test_folds_are_the_last_year_as_far_as_thirty_months_are_learned_from(months, firsts):
    assert [first for first, _ in folds(months, ModelConfig())] == firsts
    assert all(list(origins) == [first + k for k in range(4)] for first, origins in folds(months, ModelConfig()))


def test_the_errors_that_weights_rest_on_are_kept_by_member(panel):
    whole = learned(panel)
    assert set(whole.unseen["forecast"]) == {*SMALL.stack.members, SAME}
    assert whole.unseen["scenario"]["structural"] < whole.unseen["scenario"][SAME]


def test_weights_are_shares_that_add_to_one_and_only_a_forecast_may_rest_on_last_month(panel):
    weights = learned(panel).weights
    for kind in KINDS:
        assert sum(weights[kind].values()) == approx(1)
        assert min(weights[kind].values()) > 0
    assert SAME not in weights["scenario"]


def test_the_weights_of_a_known_mixture_are_found():
    rng = np.random.default_rng(0)
    said = {name: 0.1 * rng.standard_normal(400) for name in ("a", "b", "c", SAME)}
    said[SAME] = np.zeros(400)
    horizon = np.repeat([1, 6], 200)
    grown = 0.6 * said["a"] + 0.3 * said["c"]
    found = stack._non_negative(horizon, grown, said, list(said))
    assert found == approx({"a": 0.6, "c": 0.3, SAME: 0.1}, abs=1e-3)
    other = stack._non_negative(horizon, -said["b"], said, ["a", "b", SAME])
    assert other.get("b", 0) == 0  # never below zero


def test_no_horizon_outweighs_another_by_its_size():
    """Near months know `a`, far ones `b`; a hundred times the money in the far does not silence the near."""
    rng = np.random.default_rng(0)
    near = np.repeat([True, False], 500)
    said = {name: rng.standard_normal(1000) * np.where(near, 0.01, 1.0) for name in "ab"}
    grown = np.where(near, said["a"], said["b"])
    found = stack._non_negative(np.where(near, 1, 12), grown, said, ["a", "b"])
    assert found == approx({"a": 0.5, "b": 0.5}, abs=0.05)


def test_inverse_errors_stay_an_option():
    config = ModelConfig(stack={"weights": "inverse_rmse", "members": ["structural", "ridge"]})
    chain = make_chain(4, 42, seed=11)
    model = fit(chain.monthly_metrics, chain.lever_plan, config=config)
    weights = model.fitted("stack").weights["scenario"]
    assert set(weights) == {"structural", "ridge"}
    _, grown, said = out_of_fold(model.panel, model._member, 0, 42, config)["scenario"]
    error = {name: np.sqrt(np.mean((said[name] - grown) ** 2)) for name in weights}
    assert weights["structural"] / weights["ridge"] == approx(error["ridge"] / error["structural"])


@pytest.mark.parametrize("months", [10, 30])
def test_too_short_a_history_leaves_it_to_the_structural_model(months):
    chain = make_chain(2, months, seed=11)
    model = fit(chain.monthly_metrics, chain.lever_plan)
    assert model.fitted("stack").weights == {kind: {"structural": 1.0} for kind in KINDS}
    assert model.forecast(method="stack")["revenue"].tolist() == approx(model.forecast()["revenue"].tolist())


def test_without_the_structural_model_a_short_history_counts_members_alike():
    config = ModelConfig(stack={"members": ["ridge", "random_forest"]})
    chain = make_chain(2, 14, seed=11)
    panel = fit(chain.monthly_metrics, chain.lever_plan).panel
    assert learned_weights(out_of_fold(panel, None, 0, 14, config), config)["forecast"] == {
        "ridge": 0.5,
        "random_forest": 0.5,
    }


def test_a_month_that_is_missing_leaves_no_number_and_stops_nothing(panel):
    holed = Panel(panel.months, panel.studios, {n: v.copy() for n, v in panel.values.items()}, panel.plan)
    for value in holed.values.values():
        value[20, 1] = np.nan
    whole = learned(holed)
    plans = np.repeat(panel.plan[22][:, None], 2, axis=1)
    revenue = whole.forecast(np.arange(4), np.full(4, 22), plans)["revenue"]
    assert np.isfinite(revenue[[0, 2, 3]]).all()
