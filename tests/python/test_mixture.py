from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from gmmvi import Mixture, Transforms

INF = np.inf


def transforms():
    """One of each kind."""
    return Transforms(
        np.array([-INF, 1.0, -INF, -2.0]),
        np.array([INF, INF, 3.0, 5.0]),
        np.array([0.5, -1.0, 0.3, 0.1]),
        np.array([2.0, 0.7, 1.5, 1.2]),
    )


def mixture(dimension=4, transformed=True, components=3):
    rng = np.random.default_rng(3)
    factors = rng.standard_normal((components, dimension, dimension)) / 3 + np.eye(dimension)
    return Mixture(
        rng.uniform(0.2, 1.0, components),
        rng.standard_normal((components, dimension)),
        factors @ factors.transpose(0, 2, 1),
        [f"p{d}" for d in range(dimension)],
        transforms().of(range(dimension)) if transformed else None,
    )


def test_log_density_is_that_of_scipy():
    m = mixture(transformed=False)
    x = np.random.default_rng(1).standard_normal((7, 4))
    expected = np.log(
        sum(
            w * stats.multivariate_normal(mean, covariance).pdf(x)
            for w, mean, covariance in zip(m.weights, m.means, m.covariances, strict=True)
        )
    )
    np.testing.assert_allclose(m.logpdf(x), expected, rtol=1e-12)
    assert m.logpdf(x.reshape(7, 1, 4)).shape == (7, 1)
    assert m.logpdf(x[0]).shape == ()


def test_transforms_go_there_and_back():
    t = transforms()
    z = np.random.default_rng(2).standard_normal((50, 4)) * 3
    np.testing.assert_allclose(t.to_solver(t.to_user(z)), z, rtol=1e-9, atol=1e-9)
    h = 1e-6
    slope = (t.to_user(z + h) - t.to_user(z - h)) / (2 * h)
    np.testing.assert_allclose(np.exp(t.log_derivative(z)), slope, rtol=1e-5)
    bend = (t.log_derivative(z + h) - t.log_derivative(z - h)) / (2 * h)
    np.testing.assert_allclose(t.log_derivative_slope(z), bend, atol=1e-7)


def test_far_draws_stay_between_their_bounds():
    t = transforms()
    for z in (-1e4, 1e4):
        x = t.to_user(np.full(4, z))
        assert (x > t.lower).all() and (x < t.upper).all()


def test_densities_on_the_users_scale_integrate_to_one():
    for d in range(4):
        one = mixture().marginal(f"p{d}")
        lower, upper = one.transforms.lower[0], one.transforms.upper[0]
        value, _ = integrate.quad(lambda x, one=one: float(np.exp(one.logpdf([x]))), lower, upper, limit=200)
        assert value == pytest.approx(1.0, abs=1e-6)


def test_score_is_the_gradient():
    m = mixture()
    x = m.sample(20, seed=4)
    h = 1e-6 * (1 + np.abs(x))
    for d in range(4):
        step = np.zeros_like(x)
        step[:, d] = h[:, d]
        by_differences = (m.logpdf(x + step) - m.logpdf(x - step)) / (2 * h[:, d])
        np.testing.assert_allclose(m.score(x)[:, d], by_differences, rtol=1e-4, atol=1e-5)


def test_outside_of_the_bounds_there_is_nothing():
    m = mixture()
    x = m.sample(3, seed=1)
    x[0, 1], x[1, 3], x[2, 0] = 1.0, 6.0, np.nan
    values = m.logpdf(x)
    assert values[0] == values[1] == -INF and np.isnan(values[2])
    assert np.isnan(m.score(x)).all()


def test_draws_have_the_moments():
    m = mixture(transformed=False)
    draws = m.sample(200_000, seed=5)
    mean = m.weights @ m.means
    np.testing.assert_allclose(draws.mean(axis=0), mean, atol=0.02)
    second = sum(
        w * (c + np.outer(a - mean, a - mean)) for w, a, c in zip(m.weights, m.means, m.covariances, strict=True)
    )
    np.testing.assert_allclose(np.cov(draws.T), second, atol=0.05)
    assert (m.sample(5, seed=1) == m.sample(5, seed=1)).all()


def test_a_joint_density_is_a_marginal_times_a_conditional():
    m = mixture()
    for x in m.sample(5, seed=6):
        given = {"p1": x[1], "p3": x[3]}
        rest = m.conditional(given)
        assert rest.names == ["p0", "p2"]
        product = m.marginal(["p1", "p3"]).logpdf([x[1], x[3]]) + rest.logpdf([x[0], x[2]])
        assert product == pytest.approx(float(m.logpdf(x)), rel=1e-9)


def test_marginals_keep_the_order_that_is_asked_for():
    m = mixture()
    two = m.marginal(["p2", "p0"])
    assert two.names == ["p2", "p0"]
    assert two.covariances[0, 0, 1] == m.covariances[0, 2, 0]
    assert two.transforms.upper[0] == 3.0


def test_values_may_come_by_name():
    m = mixture()
    x = m.sample(4, seed=2)
    by_name = {name: x[:, d] for d, name in enumerate(m.names)}
    np.testing.assert_array_equal(m.logpdf(by_name), m.logpdf(x))
    with pytest.raises(KeyError, match="p3"):
        m.logpdf({name: x[:, 0] for name in ("p0", "p1", "p2")})


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="weights"):
        Mixture([1.0], np.zeros((2, 1)), np.ones((2, 1, 1)))
    with pytest.raises(ValueError, match="covariances"):
        Mixture([1.0], np.zeros((1, 2)), np.ones((1, 1, 1)))
    with pytest.raises(ValueError, match="at least 0"):
        Mixture([-1.0, 2.0], np.zeros((2, 1)), np.ones((2, 1, 1)))
    with pytest.raises(ValueError, match="names"):
        Mixture([1.0], np.zeros((1, 1)), np.ones((1, 1, 1)), ["a", "b"])
    with pytest.raises(ValueError, match="last axis"):
        mixture().logpdf([1.0, 2.0])
    with pytest.raises(KeyError, match="no parameter"):
        mixture().marginal("q")
    with pytest.raises(ValueError, match="inside"):
        mixture().conditional({"p1": 0.5})
    with pytest.raises(ValueError, match="all parameters"):
        mixture(1).conditional({"p0": 0.5})
