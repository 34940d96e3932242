"""Regressors with Huber's loss and the Poisson loss, a ridge, and weights from a first fit."""

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.linear_model import PoissonRegressor
from sklearn.utils.estimator_checks import check_estimator

from groupsparse import (
    GroupL0Regressor,
    GroupLasso,
    GroupLassoCV,
    GroupMCPRegressor,
    Huber,
    LatentGroupLasso,
    SparseGroupLasso,
)

RNG = np.random.default_rng(0)


def make_counts(n_samples=150):
    X = RNG.standard_normal((n_samples, 24)) + 2
    coef = np.zeros(24)
    coef[4:8], coef[12:16] = 0.4, -0.4
    return X, RNG.poisson(np.exp((X - 2) @ coef)).astype(float)


X, COUNTS = make_counts()
FAMILIES = [
    GroupLasso(0.2),
    SparseGroupLasso(0.2),
    LatentGroupLasso(0.2),
    GroupMCPRegressor(0.3),
    GroupL0Regressor(2),
]


@pytest.mark.filterwarnings("ignore")
def test_check_estimator():
    """Of Huber's loss; scikit-learn's checks have negative targets."""
    check_estimator(GroupLasso(0.1, loss="huber"))


@pytest.mark.parametrize("model", FAMILIES, ids=lambda model: type(model).__name__)
def test_counts(model):
    fitted = model.set_params(loss="poisson", groups=4).fit(X, COUNTS)
    assert {1, 3} <= set(fitted.active_groups_) < set(range(6))
    rates = fitted.predict(X)
    assert rates.min() > 0
    assert fitted.score(X, COUNTS) > 0.5
    np.testing.assert_allclose(rates.mean(), COUNTS.mean(), rtol=1e-6)  # the intercept's equation


def test_free_features_are_poisson_regression():
    model = GroupLasso(loss="poisson", groups=[-1, -1, -1]).fit(X[:, 4:7], COUNTS)
    theirs = PoissonRegressor(alpha=0, tol=1e-12, max_iter=1000).fit(X[:, 4:7], COUNTS)
    np.testing.assert_allclose(model.coef_, theirs.coef_, atol=1e-6)
    np.testing.assert_allclose(model.intercept_, theirs.intercept_, atol=1e-6)
    assert model.score(X[:, 4:7], COUNTS) == pytest.approx(theirs.score(X[:, 4:7], COUNTS))


def test_an_exposure_is_an_offset():
    exposure = RNG.uniform(0.5, 3, 150)
    counts = RNG.poisson(exposure * np.exp(X[:, 4:8].sum(axis=1) / 2 - 4)).astype(float)
    model = GroupLasso(0.05, groups=4, loss="poisson").fit(X, counts, offset=np.log(exposure))
    assert model.coef_[4:8].min() > 0.2
    rates = model.predict(X, offset=np.log(exposure))
    np.testing.assert_allclose(rates, model.predict(X) * exposure)
    with pytest.raises(ValueError, match="offset must be real and of shape"):
        model.predict(X, offset=np.ones(2))


def test_an_offset_of_the_squared_loss_is_subtracted():
    y = X @ RNG.standard_normal(24)
    offset = RNG.standard_normal(150)
    moved = GroupLasso(0.1, groups=4).fit(X, y, offset=offset)
    np.testing.assert_allclose(moved.coef_, GroupLasso(0.1, groups=4).fit(X, y - offset).coef_)
    np.testing.assert_allclose(moved.predict(X, offset=offset) - moved.predict(X), offset)
    search = GroupLassoCV(groups=4, alphas=5).fit(X, y, offset=offset)
    assert search.mse_path_.shape == (5, 5)


def test_outliers_hardly_move_huber():
    y = X[:, 4:8].sum(axis=1) + 0.1 * RNG.standard_normal(150)
    spoilt = y.copy()
    spoilt[:8] += 100
    clean = GroupLasso(0.05, groups=4, loss="huber").fit(X, y)
    robust = GroupLasso(0.05, groups=4, loss=Huber(scale=0.2)).fit(X, spoilt)
    named = GroupLasso(0.05, groups=4, loss="huber").fit(X, spoilt)
    for model in (robust, named):
        assert np.abs(model.coef_ - clean.coef_).max() < 0.25
    squares = GroupLasso(0.05, groups=4).fit(X, spoilt)
    assert np.abs(squares.coef_ - clean.coef_).max() > 1


@pytest.mark.parametrize("loss", ["huber", "poisson", Huber(2.0, scale=0.5)], ids=str)
def test_a_weight_of_two_is_two_samples(loss):
    times = RNG.integers(0, 3, 150)
    weighted = GroupLasso(0.05, groups=4, loss=loss)
    repeated = GroupLasso(0.05, groups=4, loss=loss)
    weighted.fit(X, COUNTS, sample_weight=times)
    repeated.fit(X.repeat(times, 0), COUNTS.repeat(times))
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, atol=1e-7)
    np.testing.assert_allclose(weighted.intercept_, repeated.intercept_, atol=1e-7)


@pytest.mark.parametrize("loss", ["huber", "poisson"])
def test_searches_sparse_features_and_several_targets(loss):
    sparse = np.where(np.abs(X - 2) < 0.3, 0, X)
    search = GroupLassoCV(groups=4, alphas=6, loss=loss).fit(sp.csr_array(sparse), COUNTS)
    dense = GroupLassoCV(groups=4, alphas=6, loss=loss).fit(sparse, COUNTS)
    assert search.deviance_path_.shape == (6, 5)
    np.testing.assert_allclose(search.deviance_path_, dense.deviance_path_, rtol=1e-4)
    both = np.stack([COUNTS, COUNTS[::-1]], axis=1)
    model = GroupLasso(0.05, groups=4, loss=loss).fit(X, both)
    assert model.coef_.shape == (2, 24)
    assert model.predict(X).shape == both.shape
    assert GroupLassoCV(groups=4, alphas=4, loss=loss).fit(X, both).deviance_path_.shape == (4, 5)


def test_a_ridge_is_that_of_the_elastic_net():
    from sklearn.linear_model import ElasticNet

    y = X[:, 4:8].sum(axis=1) + RNG.standard_normal(150)
    ours = GroupLasso(0.1, ridge=0.3).fit(X, y)
    theirs = ElasticNet(alpha=0.4, l1_ratio=0.25, tol=1e-12, max_iter=100_000).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-6)


@pytest.mark.parametrize("model", [GroupLasso(), SparseGroupLasso(), LatentGroupLasso()], ids=type)
def test_weights_from_a_first_fit_shrink_large_groups_less(model):
    y = X[:, 4:8].sum(axis=1) * 2 + RNG.standard_normal(150)
    model.set_params(alpha=0.3, groups=4)
    plain = model.fit(X, y).coef_[4:8].copy()
    adapted = model.set_params(adaptive=True).fit(X, y)
    assert np.linalg.norm(adapted.coef_[4:8] - 2) < np.linalg.norm(plain - 2)
    assert list(adapted.active_groups_) == [1]


def test_searches_adapt_weights_along_their_paths():
    y = X[:, 4:8].sum(axis=1) * 2 + RNG.standard_normal(150)
    search = GroupLassoCV(groups=4, alphas=10, adaptive=True).fit(X, y)
    assert list(search.active_groups_) == [1]
    again = GroupLasso(search.alpha_, groups=4, adaptive=True).fit(X, y)
    np.testing.assert_allclose(search.coef_, again.coef_, atol=1e-5)


@pytest.mark.parametrize("loss", ["squared", "poisson", "huber"])
def test_coefficients_may_be_held_within_bounds(loss):
    free = GroupLasso(0.05, groups=4, loss=loss).fit(X, COUNTS)
    assert free.coef_.min() < -0.1
    assert free.coef_.max() > 0.3
    positive = GroupLasso(0.05, groups=4, loss=loss, positive=True).fit(X, COUNTS)
    assert positive.coef_.min() == 0
    assert positive.coef_.max() > 0.1
    bounded = SparseGroupLasso(0.05, groups=4, loss=loss, bounds=(-0.05, 0.2), ridge=0.1)
    bounded.fit(X, COUNTS)
    assert bounded.coef_.min() == -0.05
    assert bounded.coef_.max() == 0.2
    assert (
        GroupLassoCV(groups=4, alphas=4, positive=True, loss=loss).fit(X, COUNTS).coef_.min() == 0
    )


def test_positive_lasso_is_that_of_scikit_learn():
    from sklearn.linear_model import Lasso

    ours = GroupLasso(0.1, positive=True).fit(X, COUNTS)
    theirs = Lasso(0.1, positive=True, tol=1e-12, max_iter=100_000).fit(X, COUNTS)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-6)


@pytest.mark.parametrize("loss", ["squared", "poisson"])
def test_weights_of_features_scale_their_l1_norm(loss):
    weights = np.ones(24)
    weights[[4, 12]] = 0.1, 50.0
    plain = SparseGroupLasso(0.1, 1.0, groups=4, loss=loss).fit(X, COUNTS)
    model = SparseGroupLasso(0.1, 1.0, groups=4, loss=loss, feature_weights=weights)
    assert abs(model.fit(X, COUNTS).coef_[4]) > abs(plain.coef_[4])
    assert model.coef_[12] == 0
    scaled = SparseGroupLasso(0.1, 1.0, groups=4, loss=loss).fit(X / weights, COUNTS)
    np.testing.assert_allclose(scaled.coef_ / weights, model.coef_, atol=1e-6)


REFUSED = {
    "negative": ("poisson", COUNTS - 1, "y must not be negative with loss='poisson'"),
    "no counts": ("poisson", 0 * COUNTS, "y has no count above zero"),
    "unknown": ("logistic", COUNTS, "loss must be one of"),
    "labels": ("poisson", COUNTS > 0, "use GroupLassoClassifier"),
    "several scales": (Huber(scale=np.ones(150)), COUNTS, "loss must have one scale"),
}


def test_bounds_are_named():
    for given in ((1.0, 2.0), (0.0,), ("a", "b")):
        with pytest.raises(ValueError, match="bounds must"):
            GroupLasso(bounds=given).fit(X, COUNTS)
    with pytest.raises(ValueError, match="positive or bounds, not both"):
        GroupLasso(bounds=(0, 1), positive=True).fit(X, COUNTS)


@pytest.mark.parametrize("case", REFUSED)
def test_it_says_what_is_wrong(case):
    loss, targets, words = REFUSED[case]
    with pytest.raises(ValueError, match=words):
        GroupLasso(loss=loss).fit(X, targets)
