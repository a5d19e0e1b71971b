import numpy as np
import pytest
from pytest import approx

from studiolab.revenue_simulator import mixed

WIDE = np.array([10.0, 10.0])


def panel(rng, studios=40, rows=60):
    studio = np.repeat(np.arange(studios), rows)
    x = np.column_stack([np.ones(len(studio)), rng.standard_normal(len(studio))])
    return studio, x, np.ones((len(studio), 1))


def test_a_gaussian_fit_finds_planted_slopes_and_studio_effects():
    rng = np.random.default_rng(1)
    studio, x, z = panel(rng)
    effect = rng.normal(0, 0.5, 40)
    y = x @ [2.0, -1.0] + effect[studio] + rng.normal(0, 0.3, len(studio))
    fit = mixed.fit(x, y, z, studio, 40, "gaussian", WIDE)
    assert fit.coefficients[1] == approx(-1, abs=0.02)
    assert np.corrcoef(fit.effects[:, 0], effect)[0, 1] > 0.99
    assert fit.noise == approx(0.3**2, rel=0.15)


def test_without_effects_to_find_the_fit_is_least_squares():
    rng = np.random.default_rng(2)
    studio, x, z = panel(rng, studios=20)
    y = x @ [1.0, 0.5] + rng.normal(0, 0.1, len(studio))
    fit = mixed.fit(x, y, z, studio, 20, "gaussian", WIDE)
    assert fit.coefficients[1] == approx(np.linalg.lstsq(x, y, rcond=None)[0][1], abs=0.002)
    assert np.abs(fit.effects).max() < 0.03


@pytest.mark.parametrize("family", ["binomial", "poisson"])
def test_counts_and_shares_recover_their_slope_with_the_plan_as_offset(family):
    rng = np.random.default_rng(3)
    studio, x, z = panel(rng)
    offset = rng.normal(1.0, 0.2, len(studio))
    eta = offset + x @ [0.1, 0.4]
    trials = np.full(len(studio), 200.0)
    y = rng.poisson(np.exp(eta)) if family == "poisson" else rng.binomial(200, mixed.sigmoid(eta)) / 200
    fit = mixed.fit(x, y.astype(float), z, studio, 40, family, WIDE, offset, trials)
    assert fit.coefficients == approx([0.1, 0.4], abs=0.03)


def test_one_wild_month_hardly_moves_the_fit():
    rng = np.random.default_rng(4)
    studio, x, z = panel(rng, studios=5)
    y = x @ [1.0, 0.5] + rng.normal(0, 0.1, len(studio))
    wild = y.copy()
    wild[7] += 50
    calm, shaken = (mixed.fit(x, v, z, studio, 5, "gaussian", WIDE) for v in (y, wild))
    assert shaken.coefficients[1] == approx(calm.coefficients[1], abs=0.01)


def test_a_studio_with_little_data_is_pulled_to_the_others():
    rng = np.random.default_rng(5)
    studio, x, z = panel(rng, studios=30, rows=40)
    effect = rng.normal(0, 0.3, 30)
    y = x @ [0.0, 1.0] + effect[studio] + rng.normal(0, 1.0, len(studio))
    kept = (studio != 0) | (np.arange(len(studio)) < 2)
    few = mixed.fit(x[kept], y[kept], z[kept], studio[kept], 30, "gaussian", WIDE)
    raw = (y[kept] - x[kept] @ few.coefficients)[:2].mean()
    assert abs(few.effects[0, 0]) < 0.5 * abs(raw)


def test_no_rows_predict_nothing():
    fit = mixed.fit(np.ones((0, 2)), np.ones(0), np.ones((0, 1)), np.ones(0, int), 3, "gaussian", WIDE)
    assert fit.predict(np.ones((1, 2)), np.ones((1, 1)), np.array([0]))[0] == 0


def test_a_share_made_of_two_groups_recovers_what_both_have_in_common():
    rng = np.random.default_rng(6)
    studio, x, z = panel(rng)
    trials, shares, penalty = np.full(len(studio), 200.0), rng.uniform(0, 0.4, (len(studio), 1)), np.array([1.2])
    eta = 2.0 + x @ [0.1, 0.4]
    kept = rng.binomial((200 * (1 - shares[:, 0])).astype(int), mixed.sigmoid(eta))
    kept = kept + rng.binomial((200 * shares[:, 0]).astype(int), mixed.sigmoid(eta - 1.2))
    fit = mixed.fit(x, kept / 199, z, studio, 40, "binomial", WIDE, 2.0, trials, (shares, penalty))
    plain = mixed.fit(x, kept / 199, z, studio, 40, "binomial", WIDE, 2.0, trials)
    assert fit.coefficients == approx([0.1, 0.4], abs=0.05)
    assert fit.misfit < plain.misfit


def test_what_befell_all_studios_in_a_month_is_not_taken_for_a_slope():
    rng = np.random.default_rng(7)
    studio, _, z = panel(rng)
    month = np.tile(np.arange(60), 40)
    drift = np.linspace(0, 0.3, 60)
    x = np.column_stack([np.ones(len(studio)), drift[month] + rng.normal(0, 0.1, len(studio))])
    shock = rng.normal(0, 0.05, 60) - 2 * drift
    y = x @ [0.5, -1.0] + shock[month] + rng.normal(0, 0.05, len(studio))
    aware = mixed.fit(x, y, z, studio, 40, "gaussian", WIDE, when=month)
    blind = mixed.fit(x, y, z, studio, 40, "gaussian", WIDE)
    assert aware.coefficients[1] == approx(-1, abs=0.05)
    assert abs(blind.coefficients[1] + 1) > 0.5
    assert np.corrcoef(aware.common, shock)[0, 1] > 0.95


def test_a_studio_that_learns_from_others_keeps_their_slopes_and_finds_its_own_level():
    rng = np.random.default_rng(8)
    studio, x, z = panel(rng)
    effect = rng.normal(0, 0.5, 40)
    y = x @ [2.0, -1.0] + effect[studio] + rng.normal(0, 0.3, len(studio))
    teacher = mixed.fit(x, y, z, studio, 40, "gaussian", WIDE)
    mine = x[:12] @ [2.0, -1.0] + 0.7 + rng.normal(0, 0.3, 12)
    alone = mixed.fit(x[:12], mine, z[:12], np.zeros(12, int), 2, "gaussian", WIDE, teacher=teacher)
    assert alone.coefficients is teacher.coefficients
    assert alone.effects[0, 0] == approx(0.7, abs=0.25)
    assert alone.borrowed[0, 0] < 0.1
    assert alone.borrowed[1, 0] == 1
    assert alone.effects[1, 0] == 0
