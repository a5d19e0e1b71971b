"""Every numbered notebook runs small, and what its last cell records stays within the bounds stated here."""

from pathlib import Path

import papermill
import pytest

from studiolab.reports import recorded

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
BOUNDS = {  # notebook: {recorded name: (lowest, highest)}; errors and rates are shares
    "01_studio_world": {"identity_violations": (0, 0), "raw_difference": (0, 1e-9)},
    "02_class_recommender": {
        "share_difference": (0, 1e-9),
        "split_difference": (0, 0),
        "greedy_better": (0, 0),
        "set_gain": (0.02, 1),
        "short_gaps_of_set": (0, 0.2),
        "exact_difference": (0, 1e-9),
        "fallback_same": (True, True),
        "changed_since": (True, True),
        "replayed": (True, True),
        "ledger_problems": (0, 0),
    },
    "03_revenue_forecast": {
        "forecast_error_structural": (0, 0.025),
        "scenario_error_structural": (0, 0.03),
        "forecast_error_revenue_alone": (0, 0.12),
        "forecast_coverage": (0.85, 1),
        "scenario_coverage": (0.8, 1),
        "mape_ratio": (0.8, 2),
        "plans_within_5_percent": (0.75, 1),
        "plans_outside_limits": (0, 0),
        "shapley_rank": (0.7, 1),
        "stack_weights_add_to": (0.999, 1.001),
        "stack_last_month_in_scenario": (0, 0),
        "stack_structural_in_scenario": (0.3, 1),
    },
    "04_shap_explanations": {
        "shapley_gap": (0, 1e-6),
        "shap_gap": (0, 1e-6),
        "rank_structural": (0.8, 1),
        "sign_structural": (0.85, 1),
        "error_structural": (0, 0.3),
        "rank_sensitivity": (0.8, 1),
        "sign_sensitivity": (0.85, 1),
        "error_sensitivity": (0, 0.3),
        "error_correlation": (1, 10),
        "loudest_pull": (-0.1, 0.1),
        "strongest_pull": (2, 4),
        "strongest_correlation": (-0.3, 0.3),
    },
    "05_inverse_plans": {
        "reached": (0.85, 1),
        "within_5_percent": (0.8, 1),
        "mean_miss": (-0.03, 0.03),
        "wish_reachable": (False, False),
        "wish_achievement": (0.6, 0.99),
        "cost_rises": (True, True),
    },
    "06_product_recommendations": {
        "lines_left_out": (0, 0),
        "calibration_learned": (0, 0.02),
        "calibration_of_likeliest": (0, 0.06),
        "told_apart_learned": (0.85, 1),
        "orders_told": (0.8, 1.4),
        "order_error": (0, 0.8),
        "lost_and_silent": (0.8, 1),
        "back_in_time": (0.3, 0.7),
        "policy_value_uplift": (0.5, 1),
        "policy_value_seen": (0.8, 1),
        "lift_found": (0.6, 1),
        "always_true": (0.85, 1),
        "false_daily": (0, 0.15),
        "one_contact": (True, True),
        "choice_replayed": (True, True),
        "ledger_problems": (0, 0),
    },
    "07_timetable": {
        "broken_rules": (0, 0),
        "above_greedy": (0, 1000),
        "below_bound": (-1e-6, 200),
        "gap": (0, 0.03),
        "score_recounted": (0, 0.05),
        "promised_alone": (0.02, 1),
        "promised_anew": (0.02, 1),
        "true_anew": (-0.02, 1),
        "true_care": (-0.02, 1),
        "left_out": (1, 100),
        "unexplained": (0, 0),
        "little_change": (0, 0.5),
        "have_to_change": (0, 5),
        "proven": ("infeasible", "infeasible"),
        "no_time": ("out of time", "out of time"),
        "bad_input_named": (True, True),
    },
    "08_inbox_and_leads": {
        "same_in_any_order": (1, 1),
        "unmerged_as_before": (True, True),
        "joined_by_themselves": (2, 2),
        "points_add_up": (True, True),
        "auc_ours": (0.75, 1),
        "off_ours": (0, 0.06),
        "off_truth": (0, 0.03),
        "own_draft_faults": (0, 0),
        "let_through": (0, 0),
        "recall": (0.6, 1),
        "intents": (0.5, 1),
        "most_in_a_second": (1, 80),
        "least_gap": (6, 60),
        "unsent": (0, 0),
    },
}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A function that runs a notebook small, once, and gives what it recorded."""
    known, folder = {}, tmp_path_factory.mktemp("notebooks")

    def run(name):
        if name not in known:
            source, target = FOLDER / f"{name}.ipynb", folder / f"{name}.ipynb"
            done = papermill.execute_notebook(str(source), str(target), {"SIZE": "small"}, progress_bar=False)
            known[name] = recorded(done)
        return known[name]

    return run


def test_every_numbered_notebook_has_bounds():
    assert {path.stem for path in FOLDER.glob("[0-9]*.ipynb")} == set(BOUNDS)


@pytest.mark.parametrize("name", BOUNDS)
def test_a_notebook_runs_small_and_its_metrics_stay_within_their_bounds(small, name):
    metrics = small(name)
    beyond = {key: metrics[key] for key, (low, high) in BOUNDS[name].items() if not low <= metrics[key] <= high}
    assert beyond == {}


def test_the_best_set_keeps_the_rhythm_that_the_eight_best_break(small):
    metrics = small("02_class_recommender")
    assert metrics["short_gaps_of_set"] < metrics["short_gaps_of_eight_best"] / 2


@pytest.mark.parametrize("kind", ["forecast", "scenario"])
def test_the_structural_model_beats_the_ensemble_and_habit(small, kind):
    metrics = small("03_revenue_forecast")
    assert metrics[f"{kind}_error_structural"] < metrics[f"{kind}_error_ensemble"]
    assert metrics[f"{kind}_error_structural"] < metrics[f"{kind}_error_naive"]


@pytest.mark.parametrize("figure", ["rank", "sign"])
def test_about_levers_the_structural_model_is_to_be_trusted_and_correlation_is_not(small, figure):
    metrics = small("04_shap_explanations")
    trusted = min(metrics[f"{figure}_structural"], metrics[f"{figure}_sensitivity"])
    assert trusted > metrics[f"{figure}_ensemble"] + 0.1
    assert trusted > metrics[f"{figure}_correlation"] + 0.2


def test_a_week_made_amid_itself_draws_more_and_promises_nearer_than_one_that_looks_at_each_class_alone(small):
    metrics = small("07_timetable")
    over = {way: metrics[f"promised_{way}"] - metrics[f"true_{way}"] for way in ("alone", "anew", "care")}
    assert metrics["true_alone"] < metrics["true_anew"]
    assert max(abs(over["anew"]), abs(over["care"])) < over["alone"]


def test_what_is_learned_knows_the_customers_better_than_a_rate_for_everybody_the_ladder_and_what_sells_most(small):
    metrics = small("06_product_recommendations")
    assert metrics["told_apart_learned"] > max(metrics["told_apart_product"], metrics["told_apart_group"])
    assert metrics["margin_learned"] > max(metrics["margin_ladder"], metrics["margin_beside"])
    assert metrics["cross_sell_together"] > metrics["cross_sell_popularity"] + 0.1
    assert abs(metrics["orders_told"] - 1) < abs(metrics["orders_as_before"] - 1)


def test_offers_by_what_they_add_bring_more_than_offers_to_who_buys_anyway_and_peeking_sees_what_is_not_there(small):
    metrics = small("06_product_recommendations")
    assert metrics["policy_value_uplift"] > metrics["policy_value_affinity"] + 0.05
    assert metrics["qini_uplift"] > metrics["qini_affinity"]
    assert metrics["false_peeking"] > metrics["false_daily"]


def test_shap_is_nearer_to_the_truth_than_correlation_and_further_than_shapley(small):
    metrics = small("04_shap_explanations")
    assert metrics["error_structural"] < metrics["error_ensemble"] / 2 < metrics["error_correlation"] / 4


def test_a_score_that_is_read_tells_who_joins_better_than_a_count_and_a_prompt_answer_keeps_more(small):
    metrics = small("08_inbox_and_leads")
    assert metrics["auc_count"] + 0.1 < metrics["auc_ours"] < metrics["auc_truth"]
    assert metrics["auc_ours"] > metrics["auc_regression"] - 0.03
    assert metrics["answered_within_hour"] > metrics["answered_late"] + 0.03
    assert metrics["recall"] > metrics["recall_letters"]
    assert metrics["after_a_day"] == "template"
