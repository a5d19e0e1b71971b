import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import roots_genlaguerre, roots_sh_jacobi
from scipy.stats import gamma

from studiolab.product_recommender import likelihoods


def test_bg_nbd_is_the_mean_over_customers_of_what_one_rate_and_one_chance_to_leave_give():
    """Equation 3 of the paper, integrated over both."""
    x, last, end = 3, 10.0, 16.0
    r, alpha, a, b = 1.7, 5.0, 0.9, 2.5

    leaves, share = (part[:, None] for part in roots_sh_jacobi(20, a + b - 1, a))  # of a beta
    pace, weight = roots_genlaguerre(60, r - 1)  # of a gamma
    pace = pace / alpha
    of_one = (1 - leaves) ** x * np.exp(-pace * end) + leaves * (1 - leaves) ** (x - 1) * np.exp(-pace * last)
    truth = np.log((of_one * pace**x * share * weight).sum() / share.sum() / weight.sum())
    value, _ = likelihoods.beta_geometric(np.log([r, alpha, a, b]), np.array([3.0]), np.array([last]),
                                              np.array([end]), np.array([1]))  # fmt: skip
    assert value == pytest.approx(truth, abs=1e-5)


def test_gamma_gamma_is_the_mean_over_customers_of_what_one_scale_gives():
    x, mean, p, q, g = 4, 30.0, 6.0, 3.5, 15.0

    def of_one(scale):
        return gamma.pdf(mean, p * x, scale=1 / (scale * x)) * gamma.pdf(scale, q, scale=1 / g)

    value, _ = likelihoods.gamma_gamma(np.log([p, q - 1, g]), np.array([4.0]), np.array([mean]))
    assert value == pytest.approx(np.log(quad(of_one, 0, 10)[0]), abs=1e-6)


def test_gaps_are_the_mean_over_customers_of_what_one_pace_gives():
    gaps, k, q, g = np.array([3.0, 8.0, 5.0]), 2.3, 3.0, 12.0

    def of_one(pace):
        return np.prod(gamma.pdf(gaps, k, scale=1 / pace)) * gamma.pdf(pace, q, scale=1 / g)

    value, _ = likelihoods.gaps(np.log([k, q, g]), np.array([3.0]), np.array([np.log(gaps).sum()]),
                                np.array([gaps.sum()]))  # fmt: skip
    assert value == pytest.approx(np.log(quad(of_one, 0, 10)[0]), abs=1e-6)


def test_leaving_is_what_bg_nbd_says_when_orders_come_at_random():
    """Its share of the likelihood moves with a and b alike."""
    x, last, end, n = X, X * 0.4, X * 0.5 + 3, np.array([5, 1, 2, 1])
    silence = (0.7 + x) * np.log((5 + last) / (5 + end))
    whole, part = [], []
    for leaving in ([0.9, 2.5], [0.4, 4.0]):
        whole.append(likelihoods.beta_geometric(np.log([0.7, 5.0, *leaving]), x, last, end, n)[0])
        part.append(likelihoods.leaving(np.log(leaving), x, silence, n)[0])
    assert whole[1] - whole[0] == pytest.approx(part[1] - part[0])


X = np.array([0.0, 1, 3, 40])
CASES = {
    "beta_geometric": (np.log([0.7, 5.0, 0.9, 2.5]), (X, X * 0.4, X * 0.5 + 3, np.array([5, 1, 2, 1]))),
    "leaving": (np.log([0.9, 2.5]), (X, np.array([0.0, -0.1, -3, -30]), np.array([5, 1, 2, 1]))),
    "gamma_gamma": (np.log([6.0, 2.5, 15.0]), (X[1:], np.array([30.0, 20, 25]))),
    "gaps": (np.log([2.0, 2.5, 15.0]), (X[1:], np.log([3.0, 9, 9]) * X[1:], X[1:] * 12)),
}


@pytest.mark.parametrize("name", CASES)
def test_slopes_are_those_of_small_steps(name):
    surface, (at, data) = getattr(likelihoods, name), CASES[name]
    for k, step in enumerate(1e-5 * np.eye(len(at))):
        by_steps = (surface(at + step, *data)[0] - surface(at - step, *data)[0]) / 2e-5
        assert surface(at, *data)[1][k] == pytest.approx(by_steps, rel=1e-5, abs=1e-6)


def test_regularity_of_gaps_is_found_again():
    rng, n = np.random.default_rng(4), 800
    pace, count = rng.gamma(4, 1 / 20, n), rng.integers(1, 9, n)
    gaps = [rng.gamma(6, 1 / lam, k) for lam, k in zip(pace, count, strict=True)]
    found = likelihoods.fit_gaps(count.astype(float), np.array([np.log(g).sum() for g in gaps]),
                                 np.array([g.sum() for g in gaps]))  # fmt: skip
    for truth, told, error in zip((6, 4, 20), found.parameters, found.errors, strict=True):
        assert abs(np.log(told / truth)) < 4 * error
    assert found.says == ""


def test_money_of_simulated_customers_is_found_again():
    rng, n = np.random.default_rng(8), 1500
    scale, x = rng.gamma(4, 1 / 1500, n), rng.integers(0, 9, n).astype(float)
    mean = np.array([rng.gamma(5 * k, 1 / (s * k)) if k else 0.0 for k, s in zip(x, scale, strict=True)])
    found = likelihoods.fit_gamma_gamma(x, mean)
    for truth, told in zip((5, 4, 1500), found.parameters, strict=True):
        assert told == pytest.approx(truth, rel=0.25)
    p, q, g = found.parameters
    assert p * g / (q - 1) == pytest.approx(5 * 1500 / 3, rel=0.05)


def test_without_anybody_who_came_back_usual_values_stand_and_it_says_so():
    nobody = np.zeros(5)
    told = likelihoods.fit_beta_geometric(nobody, nobody, np.arange(5.0))
    assert "0 customers who came back" in told.says
    assert np.isfinite(told.parameters).all()
    assert likelihoods.fit_gamma_gamma(nobody, nobody).says
