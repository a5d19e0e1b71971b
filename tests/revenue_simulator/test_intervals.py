import numpy as np
import pandas as pd
from pytest import approx

from studiolab.revenue_simulator.intervals import measure
from studiolab.revenue_simulator.panel import Panel


def noisy_panel(noise, months=60, studios=80, seed=1):
    """Revenue 100 with independent log noise, 200 members; a perfect model says 100."""
    rng = np.random.default_rng(seed)
    revenue = 100 * np.exp(noise * rng.standard_normal((months, studios)))
    values = {"total_revenue": revenue, "total_members": np.full((months, studios), 200.0)}
    return Panel(
        pd.date_range("2020-01-01", periods=months, freq="MS"),
        list(range(studios)),
        values,
        np.ones((months, studios, 7)),
    )


def always_100(studio, origin, plans):
    shape = plans.shape[:2]
    return {"revenue": np.full(shape, 100.0), "members": np.full(shape, 200.0)}


def even(studio, origin, plans):
    return np.full((2, *plans.shape[:2]), 0.04**2)


def test_the_band_covers_what_it_says():
    errors = measure(always_100, even, noisy_panel(0.04), 40, held=False)
    low, high, _ = errors.band(np.array([100.0]), np.array([0.04**2]), np.array([2]))
    fresh = noisy_panel(0.04, seed=2).values["total_revenue"]
    assert np.mean((fresh >= low) & (fresh <= high)) == approx(0.90, abs=0.015)


def test_confidence_is_the_rate_of_landing_within_five_percent():
    errors = measure(always_100, even, noisy_panel(0.04), 40, held=False)
    _, _, confidence = errors.band(np.array([100.0]), np.array([0.04**2]), np.array([1]))
    fresh = noisy_panel(0.04, seed=3).values["total_revenue"]
    assert confidence[0] == approx(np.mean(np.abs(np.log(fresh / 100)) < np.log(1.05)), abs=0.02)


def test_studios_that_chance_moves_more_get_wider_bands():
    panel = noisy_panel(0.04)
    small = np.arange(80) < 40
    panel.values["total_revenue"][:, small] = 100 * (panel.values["total_revenue"][:, small] / 100) ** 2

    def sized(studio, origin, plans):
        return np.broadcast_to(np.where(studio < 40, 0.08, 0.04)[:, None] ** 2, (2, *plans.shape[:2]))

    errors = measure(always_100, sized, panel, 40, held=False)
    low, high, _ = errors.band(np.array([100.0, 100.0]), np.array([0.08**2, 0.04**2]), np.array([1, 1]))
    assert (high - low)[0] > 1.5 * (high - low)[1]


def test_horizons_that_were_never_seen_are_no_surer_than_those_that_were():
    errors = measure(always_100, even, noisy_panel(0.04, months=45), 41, held=True)
    assert errors.scale(0.04**2, 12) >= errors.scale(0.04**2, 2)
