"""What estimators refuse, and what they say."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from groupsparse import (
    ConstrainedGroupLasso,
    GroupL0Regressor,
    GroupLasso,
    GroupLassoCV,
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
    "alpha": (GroupLasso(0), X, Y, "alpha must be positive and finite, got 0"),
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
