"""Estimators with a penalty of strength zero: the fits without a penalty."""

import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.optimize import nnls
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor, Ridge

from groupsparse import (
    GroupLasso,
    GroupLassoClassifier,
    GroupLassoClassifierCV,
    GroupLassoCV,
    GroupLassoSurvival,
    GroupMCPClassifier,
    GroupMCPRegressor,
    GroupSCADRegressor,
    LatentGroupLasso,
    LatentGroupLassoClassifier,
    LatentGroupLassoSurvival,
    SparseGroupLasso,
    SparseGroupLassoClassifier,
    SparseGroupLassoSurvival,
    StabilitySelection,
)
from groupsparse.toolkit.losses import Cox, Huber
from groupsparse.toolkit.solution import Status

RNG = np.random.default_rng(0)
X = RNG.standard_normal((120, 12)) + RNG.standard_normal((120, 1))
IMAGE = X @ RNG.standard_normal(12) / 4
Y = IMAGE + RNG.standard_normal(120)
COUNTS = RNG.poisson(np.exp(IMAGE / 2)).astype(float)
LABELS = IMAGE + RNG.logistic(size=120) > 0
TIMES = np.column_stack(
    [np.ceil(9 * RNG.exponential(np.exp(-IMAGE / 2))), RNG.random(120) < 0.7]
).astype(float)
WEIGHTS = RNG.integers(0, 4, 120).astype(float)
OFFSET = RNG.uniform(-1, 1, 120)
OVERLAPS = [range(8), range(6, 12)]
EXACT = {"C": np.inf, "tol": 1e-10, "max_iter": 1000, "solver": "newton-cholesky"}
KINDS = {
    "regressors": [GroupLasso, SparseGroupLasso, LatentGroupLasso],
    "classifiers": [
        GroupLassoClassifier,
        SparseGroupLassoClassifier,
        LatentGroupLassoClassifier,
    ],
    "survival": [GroupLassoSurvival, SparseGroupLassoSurvival, LatentGroupLassoSurvival],
}


def make(kind, **parameters):
    """Return an estimator of strength zero, with groups that overlap if they may."""
    groups = OVERLAPS if kind.__name__.startswith("Latent") else 4
    return kind(alpha=0, groups=groups, **parameters)


@pytest.mark.parametrize(
    "kind", [*KINDS["regressors"], GroupMCPRegressor, GroupSCADRegressor], ids=lambda k: k.__name__
)
def test_numbers_are_fitted_by_least_squares(kind):
    """With several targets, weights and sparse features, too."""
    model = make(kind).fit(X, Y)
    bordered = np.column_stack([X, np.ones(120)])
    expected = np.linalg.lstsq(bordered, Y)[0]
    np.testing.assert_allclose(model.coef_, expected[:-1], atol=1e-10)
    assert model.intercept_ == pytest.approx(expected[-1], abs=1e-10)
    assert model.solution_.alpha == 0
    assert model.solution_.status is Status.CONVERGED
    assert model.kkt_ < 1e-10
    assert list(model.active_groups_) == list(range(2 if kind is LatentGroupLasso else 3))
    both = np.column_stack([Y, COUNTS])
    theirs = LinearRegression().fit(X, both, WEIGHTS)
    for features in (X, sp.csr_array(X)):
        model.fit(features, both, WEIGHTS)
        np.testing.assert_allclose(model.coef_, theirs.coef_, atol=1e-10)
        np.testing.assert_allclose(model.intercept_, theirs.intercept_, atol=1e-10)


@pytest.mark.parametrize("kind", KINDS["regressors"])
def test_of_many_least_squares_solutions_the_one_of_least_norm(kind):
    model = make(kind).fit(X[:9], Y[:9])
    np.testing.assert_allclose(model.coef_, LinearRegression().fit(X[:9], Y[:9]).coef_, atol=1e-10)
    np.testing.assert_allclose(model.predict(X[:9]), Y[:9], atol=1e-10)


@pytest.mark.parametrize("kind", [*KINDS["classifiers"], GroupMCPClassifier])
def test_classes_are_fitted_by_logistic_regression(kind):
    model = make(kind, ridge=0.0).fit(X, LABELS, WEIGHTS)
    theirs = LogisticRegression(**EXACT).fit(X, LABELS, WEIGHTS)
    np.testing.assert_allclose(model.coef_, theirs.coef_, atol=1e-6)
    np.testing.assert_allclose(model.intercept_, theirs.intercept_, atol=1e-6)
    labels = np.where(Y > 1.5, 2, LABELS)
    model.fit(X, labels)
    theirs = LogisticRegression(**EXACT).fit(X, labels)
    expected = theirs.coef_ - theirs.coef_.mean(axis=0)
    np.testing.assert_allclose(model.coef_, expected, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS["regressors"])
def test_counts_are_fitted_by_poisson_regression(kind):
    """An exposure is an offset: the gradient is zero with it."""
    model = make(kind, loss="poisson").fit(X, COUNTS, WEIGHTS)
    theirs = PoissonRegressor(alpha=0, tol=1e-10, max_iter=1000, solver="newton-cholesky")
    theirs.fit(X, COUNTS, WEIGHTS)
    np.testing.assert_allclose(model.coef_, theirs.coef_, atol=1e-6)
    assert model.intercept_ == pytest.approx(theirs.intercept_, abs=1e-6)
    model.fit(X, COUNTS, WEIGHTS, offset=OFFSET)
    left = WEIGHTS * (COUNTS - model.predict(X, offset=OFFSET))
    assert np.abs(X.T @ left).max() < 1e-8
    assert abs(left.sum()) < 1e-8


def test_outliers_are_fitted_by_huber_regression():
    """Whose residuals, clipped, are orthogonal to the features."""
    spoilt = Y + 30 * (np.arange(120) % 17 == 0)
    model = GroupLasso(0, groups=4, loss=Huber(threshold=1.5, scale=1.0)).fit(X, spoilt)
    clipped = np.clip(spoilt - model.predict(X), -1.5, 1.5)
    assert np.abs(X.T @ clipped).max() < 1e-8
    assert abs(clipped.sum()) < 1e-8


@pytest.mark.parametrize("kind", KINDS["survival"])
@pytest.mark.parametrize("ties", ["breslow", "efron"])
def test_times_are_fitted_by_the_partial_likelihood(kind, ties):
    """Whose gradient by differences is zero."""
    model = make(kind, ties=ties).fit(X, TIMES)
    signed = np.where(TIMES[:, 1] > 0, TIMES[:, 0], -TIMES[:, 0])
    term = Cox(ties).bind(signed, None, None)
    for direction in (X - X.mean(axis=0)).T:
        there, back = (
            term.value((X - X.mean(axis=0)) @ model.coef_ + step * direction)
            for step in (1e-5, -1e-5)
        )
        assert abs(there - back) / 2e-5 < 1e-5


def test_a_ridge_counts():
    model = GroupLasso(0, groups=4, ridge=0.1).fit(X, Y)
    np.testing.assert_allclose(model.coef_, Ridge(0.1 * 120).fit(X, Y).coef_, atol=1e-8)
    classes = GroupLassoClassifier(0, groups=4, ridge=0.1).fit(X, LABELS)
    theirs = LogisticRegression(**{**EXACT, "C": 1 / 12}).fit(X, LABELS)
    np.testing.assert_allclose(classes.coef_, theirs.coef_, atol=1e-6)
    free = GroupLasso(0, groups=[-1, *[0] * 11], ridge=10.0).fit(X, Y)
    weights = np.diag([0.0, *[10.0] * 11])
    centred = X - X.mean(axis=0)
    expected = np.linalg.solve(centred.T @ centred / 120 + weights, centred.T @ Y / 120)
    np.testing.assert_allclose(free.coef_, expected, atol=1e-10)


def test_copies_share_a_ridge():
    """As they do at a small strength."""
    model = LatentGroupLasso(0, groups=OVERLAPS, ridge=0.1).fit(X, Y)
    near = LatentGroupLasso(1e-9, groups=OVERLAPS, ridge=0.1).fit(X, Y)
    np.testing.assert_allclose(model.coef_, near.coef_, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS["regressors"])
@pytest.mark.parametrize("ridge", [0.0, 0.1])
def test_bounds_count(kind, ridge):
    model = make(kind, positive=True, fit_intercept=False, ridge=ridge).fit(X, Y)
    bordered = np.vstack([X, np.sqrt(120 * ridge) * np.eye(12)])
    expected = nnls(bordered, np.append(Y, np.zeros(12)))[0]
    np.testing.assert_allclose(model.coef_, expected, atol=1e-6)
    assert model.kkt_ < 1e-6


def test_infinite_bounds_are_none():
    model = GroupLasso(0, groups=4, ridge=0.1, bounds=(-np.inf, np.inf)).fit(X, Y)
    np.testing.assert_array_equal(model.coef_, GroupLasso(0, groups=4, ridge=0.1).fit(X, Y).coef_)


def test_what_is_excluded_stays_zero():
    infinite = [1.0, np.inf, 0.0]
    kept = np.delete(np.arange(12), slice(4, 8))
    expected = np.zeros(12)
    expected[kept] = LinearRegression().fit(X[:, kept], Y).coef_
    of_features = np.where(np.isin(np.arange(12), kept), 1, np.inf)
    for model in (
        GroupLasso(0, groups=4, group_weights=infinite),
        SparseGroupLasso(0, groups=4, group_weights=infinite),
        SparseGroupLasso(0, groups=4, feature_weights=of_features),
        LatentGroupLasso(0, groups=[range(4), range(2, 9), range(8, 12)], group_weights=infinite),
    ):
        coef = model.fit(X, Y).coef_
        if isinstance(model, LatentGroupLasso):
            expected = np.zeros(12)  # what is in another group, too, is kept
            expected[kept] = LinearRegression().fit(X[:, kept], Y).coef_
        np.testing.assert_allclose(coef, expected, atol=1e-10)
        assert list(model.active_groups_) in ([0, 2], [0, 2])


SPLIT = (np.arange(120) % 5 == 0).astype(float)
ESCAPING = {
    "separable classes": (GroupLassoClassifier(0), X, X[:, 0] > 0.5),
    "three separable classes": (GroupLassoClassifier(0), X, np.digitize(X[:, 0], [-0.5, 0.5])),
    "more features than samples": (GroupLassoClassifier(0), X[:9], np.arange(9) % 2),
    "a feature with one class": (
        GroupLassoClassifier(0),
        np.column_stack([X[:, :3], SPLIT]),
        LABELS | (SPLIT > 0),
    ),
    "a feature without counts": (
        GroupLasso(0, loss="poisson"),
        np.column_stack([X[:, :3], SPLIT]),
        (COUNTS + 1) * (SPLIT == 0),
    ),
    "a feature without events": (
        GroupLassoSurvival(0),
        np.column_stack([X[:, :3], SPLIT]),
        np.column_stack([TIMES[:, 0], SPLIT == 0]),
    ),
    "times in the order of a feature": (
        GroupLassoSurvival(0, ties="efron"),
        X[:, :1],
        np.column_stack([np.exp(-X[:, 0]), np.ones(120)]),
    ),
}


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("case", ESCAPING)
def test_a_loss_without_a_minimum_gives_finite_coefficients_and_one_warning(case):
    model, features, targets = ESCAPING[case]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(features, targets)
    assert [warning.category for warning in caught] == [ConvergenceWarning]
    assert "the loss has no minimum, it falls for ever" in str(caught[0].message)
    assert model.solution_.status is Status.UNBOUNDED
    assert np.isfinite(model.coef_).all()
    model.set_params(ridge=0.01).fit(features, targets)
    assert model.solution_.status is Status.CONVERGED


def test_large_effects_have_a_minimum():
    """However slowly Newton steps come near it."""
    features = np.linspace(-3, 3, 400)[:, None]
    labels = features[:, 0] > 0
    labels[195] = True
    model = GroupLassoClassifier(0).fit(features, labels)
    assert model.solution_.status is Status.CONVERGED
    assert model.coef_[0, 0] > 20


def test_searches_and_paths_need_strengths_above_zero():
    for search in (GroupLassoCV(alphas=[1.0, 0.0]), GroupLassoClassifierCV(alphas=[0.1, 0.0])):
        with pytest.raises(ValueError, match="alphas must be positive"):
            search.fit(X, LABELS if "Classifier" in type(search).__name__ else Y)
    selections = [
        StabilitySelection(GroupLasso(alpha, groups=4), n_pairs=5, random_state=0).fit(X, Y)
        for alpha in (0.0, 1.0)
    ]
    np.testing.assert_array_equal(selections[0].frequencies_, selections[1].frequencies_)


def test_single_precision_is_kept():
    model = GroupLasso(0).fit(X.astype(np.float32), Y.astype(np.float32))
    assert model.coef_.dtype == np.float32
    np.testing.assert_allclose(model.coef_, LinearRegression().fit(X, Y).coef_, atol=1e-4)


def test_columns_too_many_to_keep(monkeypatch):
    """Least squares is then iterative, and has least norm, too."""
    import groupsparse.toolkit.estimators.models.unpenalised as unpenalised
    import groupsparse.toolkit.solvers.least_squares.newton_fit as newton_fit

    monkeypatch.setattr(unpenalised, "_MOST_ENTRIES", 1)
    monkeypatch.setattr(newton_fit, "_MOST_ENTRIES", 1)
    model = GroupLasso(0, groups=4).fit(X[:9], Y[:9])
    np.testing.assert_allclose(model.coef_, LinearRegression().fit(X[:9], Y[:9]).coef_, atol=1e-7)
