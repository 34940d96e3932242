"""What estimators refuse, and what they say."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.model_selection import GroupKFold

from groupsparse import (
    ColumnSubsetSelector,
    ConstrainedGroupLasso,
    GroupL0Regressor,
    GroupLasso,
    GroupLassoCV,
    GroupMCPRegressorCV,
    GroupOMPRegressor,
    GroupOMPRegressorCV,
    Groups,
    LatentGroupLasso,
    OrthogonallyWeightedRegressor,
    SparseGroupLasso,
)

X, Y = np.random.default_rng(0).standard_normal((20, 12)), np.arange(20.0)
FRAME = pd.DataFrame(X, columns=list("abcdefghijkl"))

REFUSED = {
    "block size": (GroupLasso(groups=5), X, Y, "groups: a block size must .* 12 features, got 5"),
    "labels": (GroupLasso(groups=np.zeros(9, int)), X, Y, "groups must be of 12 features, .* of 9"),
    "grouping": (GroupLasso(groups=Groups.blocks(2, 8)), X, Y, "groups must be of 12 features.* 8"),
    "feature left out": (GroupLasso(groups=[[0, 1], [2]]), X, Y, "groups: .*3"),
    "overlap": (GroupLasso(groups=[range(8), range(4, 12)]), X, Y, "groups overlap"),
    "overlap of l0": (GroupL0Regressor(1, groups=[range(8), range(4, 12)]), X, Y, "groups overlap"),
    "unknown name": (GroupLasso(groups=[["a", "z"]]), FRAME, Y, "groups: X has no feature .* z"),
    "no names": (GroupLasso(groups=[["a", "b"]]), X, Y, "groups: given by feature name"),
    "label missing": (
        GroupLasso(groups=pd.Series({"a": 0, "b": 1})),
        FRAME,
        Y,
        "groups: .*no label for c, d",
    ),
    "labels that are names": (GroupLasso(groups=list("aabbccddeeff")), X, Y, "pandas.factorize"),
    "groups of another kind": (GroupLasso(groups="pathway"), X, Y, "groups must be"),
    "more groups than exist": (
        GroupL0Regressor(4, groups=4),
        X,
        Y,
        "n_groups must be at most 3, the number of groups, got 4",
    ),
    "more groups, greedy": (GroupOMPRegressor(13), X, Y, "n_groups must be at most 12"),
    "no group": (GroupOMPRegressor(0), X, Y, "n_groups must be an integer of at least 1, got 0"),
    "alpha": (GroupLasso(-1), X, Y, "alpha must be finite and not negative, got -1"),
    "alpha, NaN": (SparseGroupLasso(np.nan), X, Y, "alpha must be finite and not .*, got nan"),
    "alpha of a search": (GroupLassoCV(alphas=[1.0, 0.0]), X, Y, "alphas must be positive"),
    "alpha of l0": (GroupL0Regressor(alpha=-1.0), X, Y, "alpha must be positive.*-1"),
    "gamma": (OrthogonallyWeightedRegressor(gamma=0), X, Y, "gamma"),
    "l1_ratio": (SparseGroupLasso(l1_ratio=2), X, Y, "l1_ratio must be from 0 to 1, got 2"),
    "group_weights": (GroupLasso(groups=4, group_weights=[1, 2]), X, Y, "group_weights .*3"),
    "noise_level": (GroupOMPRegressor(noise_level=-1), X, Y, "noise_level must be .*-1"),
    "noise_level, text": (GroupL0Regressor(noise_level="low"), X, Y, "noise_level must be .*'low'"),
    "all noise": (ConstrainedGroupLasso(50.0), X, Y, r"noise_level must .* 25.7876, got 50.0"),
    "intercept": (GroupLasso(fit_intercept="no"), X, Y, "fit_intercept must be True or False"),
    "rule": (GroupLassoCV(one_standard_error=2), X, Y, "one_standard_error must be True or"),
    "two constraints": (ConstrainedGroupLasso(1.0, radius=2.0), X, Y, "either noise_level or"),
    "strings": (GroupLasso(), X, np.array(["a", "b"] * 10), "y must hold numbers.*'a', 'b'"),
    "booleans": (GroupLasso(), X, Y > 3, "y must hold numbers.*'False', 'True'"),
    "object labels": (GroupLasso(), X, np.array(["sick", "well"] * 10, object), "'sick', 'well'"),
    "categories": (GroupLasso(), X, pd.Series(["u", "v"] * 10, dtype="category"), "'u', 'v'"),
    "sparse y": (GroupLasso(), X, sp.csr_array(Y[:, None]), "y must be a dense array"),
    "ragged y": (GroupLasso(), X[:2], [[1.0, 2.0], [3.0]], "y must be a rectangular array"),
    "frame of labels": (GroupLasso(), X, pd.DataFrame({"t": ["u", "v"] * 10}), "'u', 'v'"),
    "alphas": (GroupLassoCV(alphas=[1.0, -1.0]), X, Y, "alphas must be positive"),
    "number of alphas": (GroupLassoCV(alphas=0), X, Y, "alphas must be an integer of at least 1"),
    "eps": (GroupLassoCV(eps=2.0), X, Y, "eps must lie between 0 and 1, got 2.0"),
    "counts": (GroupOMPRegressorCV(n_groups=[1.5]), X, Y, "n_groups must be integers"),
    "too many counts": (GroupOMPRegressorCV(n_groups=[1, 13]), X, Y, "n_groups must be at most 12"),
    "criterion": (GroupLassoCV(criterion="cp"), X, Y, "criterion must be one of .*'ebic'.*'cp'"),
    "discrepancy": (GroupLassoCV(criterion="discrepancy"), X, Y, "needs noise_level"),
    "folds": (GroupLassoCV(cv=21), X, Y, "n_splits=21"),
    "no folds": (GroupLassoCV(cv=[]), X, Y, "cv has no folds"),
    "a fold of other samples": (GroupLassoCV(cv=[([0, 1], [2, 20])]), X, Y, "cv: fold 0 .* none"),
    "an empty fold": (GroupLassoCV(cv=[([0, 1], [2]), ([3, 4], [])]), X, Y, "cv: fold 1 has no"),
    "a fold that is a number": (GroupLassoCV(cv=[1, 2]), X, Y, "cv: fold 0 must be a pair"),
    "cv, bytes": (GroupLassoCV(cv=b"x"), X, Y, "cv: fold 0 must be a pair"),
    "cv, text": (GroupLassoCV(cv="x"), X, Y, "Expected `cv` as an integer"),
    "a fold of numbers": (GroupLassoCV(cv=[(1, 2)]), X, Y, "cv: fold 0 must hold lists"),
    "alphas, text": (GroupLassoCV(alphas=("a", 1)), X, Y, "alphas must hold numbers"),
    "alphas, complex": (GroupLassoCV(alphas=[1j]), X, Y, "alphas must be positive"),
    "ragged alphas": (GroupLassoCV(alphas=[[1.0], [1.0, 2.0]]), X, Y, "alphas must be a rectang"),
    "a huge number of alphas": (GroupLassoCV(alphas=10**30), X, Y, "alphas must be an .* 1000000"),
    "a huge count": (GroupOMPRegressorCV(n_groups=[10**400]), X, Y, "n_groups holds numbers that"),
    "no gamma": (GroupMCPRegressorCV(gamma=[]), X, Y, "gamma must be a number or several"),
    "a huge gamma": (OrthogonallyWeightedRegressor(gamma=10**30), X, Y, "gamma must be from 0"),
    "warm start": (GroupLasso(warm_start=np.ones(2)), X, Y, "warm_start must be True or False"),
    "n_jobs": (GroupLassoCV(n_jobs=0), X, Y, "n_jobs must be .*, got 0"),
    "n_jobs, fraction": (GroupLassoCV(n_jobs=-0.5), X, Y, "n_jobs must be .*, got -0.5"),
    "n_jobs, tuple": (GroupLassoCV(n_jobs=()), X, Y, r"n_jobs must be .*, got \(\)"),
    "verbose": (GroupLassoCV(verbose=b"a"), X, Y, "verbose must be an integer, .*b'a'"),
    "no group to count": (GroupOMPRegressor(groups=[-1] * 12), X, Y, "groups: no group to select"),
    "no group to try": (GroupOMPRegressorCV(groups=[-1] * 12), X, Y, "groups: no group to select"),
    "y beyond single": (GroupLasso(), X.astype("f4"), 1e300 * Y, "y has values up to"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_says_what_is_wrong(case):
    estimator, features, targets, words = REFUSED[case]
    with pytest.raises(ValueError, match=words):
        estimator.fit(features, targets)


def test_samples_must_be_more_than_one():
    with pytest.raises(ValueError, match="1 sample"):
        GroupLasso().fit(X[:1], Y[:1])
    assert GroupLasso(fit_intercept=False).fit(X[:1], Y[:1]).n_features_in_ == 12


def test_complex_data_are_for_the_toolkit():
    with pytest.raises(ValueError, match="Complex data not supported"):
        LatentGroupLasso().fit(X + 1j, Y)


def _sparse(dtype, kind=sp.csr_array):
    """Return features whose values have a dtype that SciPy does not convert."""
    features = kind(X)
    features.data = features.data.astype(dtype)
    return features


@pytest.mark.parametrize("dtype", ["c16", ">c16", "O"])
def test_sparse_features_are_real(dtype):
    features = _sparse(dtype)
    if dtype == "O":
        features.data = features.data * 1j
    refused = pytest.raises(ValueError, match="X must be real, got a sparse matrix of dtype compl")
    with refused:
        GroupLasso().fit(features, Y)
    with refused:
        GroupLasso().fit(X, Y).predict(features)
    with refused:
        ColumnSubsetSelector(2).fit(features)


@pytest.mark.parametrize("dtype", ["O", ">f8", "g"])
@pytest.mark.parametrize("kind", [sp.csr_array, sp.coo_array])
def test_sparse_features_may_hold_any_real_numbers(dtype, kind):
    model, other = GroupLasso(0.1).fit(X, Y), GroupLasso(0.1).fit(_sparse(dtype, kind), Y)
    np.testing.assert_allclose(other.coef_, model.coef_, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(model.predict(_sparse(dtype, kind)), model.predict(X), rtol=1e-9)


def test_places_outside_sparse_features():
    features = sp.coo_array(X)
    features.coords = (features.coords[0], np.append(features.coords[1][:-1], 12))
    with pytest.raises(ValueError, match="X has values outside its shape"):
        GroupLasso().fit(features, Y)


def test_targets_that_single_precision_cannot_hold():
    """They are fitted in double precision, as multiples of others."""
    features = X.astype(np.float32)
    model = GroupOMPRegressor(3).fit(features, Y)
    large = GroupOMPRegressor(3).fit(features, 1e42 * Y)
    np.testing.assert_allclose(large.coef_ / 1e42, model.coef_, rtol=1e-3)
    assert large.score(features, 1e42 * Y) == pytest.approx(model.score(features, Y), abs=1e-4)


def test_a_start_that_single_precision_cannot_hold():
    """The next fit begins without it."""
    features = X.astype(np.float32)
    model = GroupLasso(0.1, warm_start=True).fit(features, 1e42 * Y)
    expected = GroupLasso(0.1).fit(features, Y)
    np.testing.assert_allclose(model.fit(features, Y).coef_, expected.coef_, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("labels", [0, [0, 1], np.zeros((20, 1)), [None] * 20])
def test_groups_of_samples(labels):
    with pytest.raises(ValueError, match="groups of samples must"):
        GroupLassoCV(cv=GroupKFold(2)).fit(X, Y, groups=labels)


def test_unknown_arguments_of_fit():
    with pytest.raises(ValueError, match="got patients"):
        GroupLassoCV().fit(X, Y, patients=Y)


def test_what_has_failed_leaves_the_last_fit(data):
    features, targets = data()
    model = GroupLasso(0.3, groups=4).fit(features, targets)
    before = model.coef_.copy()
    with pytest.raises(ValueError, match="block size"):
        model.set_params(groups=7).fit(features, targets)
    np.testing.assert_array_equal(model.coef_, before)
