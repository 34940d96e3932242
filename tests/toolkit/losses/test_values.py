"""Losses and deviances equal those of other packages."""

import numpy as np
import pytest
from scipy.special import huber
from sklearn.metrics import log_loss, mean_poisson_deviance

from groupsparse.toolkit.losses import Huber, Logistic, Multinomial, Poisson
from groupsparse.toolkit.problem import Problem

N = 40


@pytest.fixture
def rng():
    return np.random.default_rng(2)


def test_logistic_is_the_log_loss(rng):
    labels, image, counts = rng.integers(0, 2, N), rng.standard_normal(N), rng.random(N)
    term = Logistic().bind(Logistic().read_data(labels), np.sqrt(counts), None)
    expected = log_loss(labels, term.predict(image), sample_weight=counts, normalize=False)
    assert term.value(image) == pytest.approx(expected, rel=1e-12)
    assert term.deviance(image) == pytest.approx(2 * expected, rel=1e-12)


def test_multinomial_is_the_log_loss(rng):
    labels, image = np.arange(N) % 4, rng.standard_normal((N, 4))
    counts = rng.random(N)
    weights = np.broadcast_to(np.sqrt(counts)[:, None], (N, 4))
    term = Multinomial().bind(Multinomial().read_data(labels), weights, None)
    expected = log_loss(labels, term.predict(image), sample_weight=counts, normalize=False)
    assert term.value(image) == pytest.approx(expected, rel=1e-12)
    assert term.deviance(image) == pytest.approx(2 * expected, rel=1e-12)


def test_two_classes_of_multinomial_are_logistic(rng):
    labels, image = np.arange(N) % 2, rng.standard_normal((N, 2))
    several = Multinomial().bind(Multinomial().read_data(labels), None, None)
    two = Logistic().bind(Logistic().read_data(labels), None, None)
    odds = image[:, 1] - image[:, 0]
    assert several.value(image) == pytest.approx(two.value(odds), rel=1e-12)
    np.testing.assert_allclose(several.predict(image)[:, 1], two.predict(odds), rtol=1e-12)


def test_poisson_deviance_is_that_of_scikit_learn(rng):
    counts, image, repeats = rng.poisson(1.5, N), rng.standard_normal(N), rng.random(N)
    term = Poisson().bind(Poisson().read_data(counts), np.sqrt(repeats), None)
    mean = mean_poisson_deviance(counts, term.predict(image), sample_weight=repeats)
    assert term.deviance(image) == pytest.approx(repeats.sum() * mean, rel=1e-12)


def test_huber_is_that_of_scipy(rng):
    data, image = 3 * rng.standard_normal(N), rng.standard_normal(N)
    term = Huber(2.0, 0.6).bind(data, None, None)
    assert term.value(image) == pytest.approx(huber(1.2, image - data).sum(), rel=1e-12)


def test_huber_counts_a_datum_whose_scale_is_its_weight(rng):
    matrix, data, counts = rng.standard_normal((N, 3)), 3 * rng.standard_normal(N), rng.random(N)
    coef, roots = rng.standard_normal(3), np.sqrt(counts)
    problem = Problem(matrix, data, loss=Huber(1.5, roots), weights=roots)
    expected = counts @ huber(1.5, matrix @ coef - data)
    assert problem.term.value(problem.operator.apply(coef)) == pytest.approx(expected, rel=1e-12)


def test_curvature_of_two_classes_is_twice_their_variance():
    """That is the largest eigenvalue of the Hessian, which no diagonal above it can have less."""
    image = np.array([[3.0, 0.0], [0.0, 0.5]])
    term = Multinomial().bind(np.eye(2), None, None)
    shares = term.predict(image)
    np.testing.assert_allclose(term.curvature(image), 2 * shares * (1 - shares), rtol=1e-14)


def test_curvature_of_several_classes_has_the_least_trace():
    """Where no class has more than half, it is the shares; else it is less than twice them."""
    even, uneven = np.log([[0.4, 0.3, 0.3]]), np.log([[0.8, 0.15, 0.05]])
    term = Multinomial().bind(np.array([[1.0, 0.0, 0.0]]), None, None)
    np.testing.assert_allclose(term.curvature(even), [[0.4, 0.3, 0.3]], rtol=1e-14)
    np.testing.assert_allclose(term.curvature(uneven), [[0.32, 0.24, 0.08]], rtol=1e-14)
