"""Constant features: coefficient zero, and one warning with their names."""

import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import cross_val_score

from groupsparse import (
    ColumnSubsetSelector,
    GroupLasso,
    GroupLassoCV,
    JointSparseSelector,
    SparseGroupLasso,
)

GROUP = slice(8, 12)  # a whole group, which is not active in the planted data


def in_constant_group(X):
    """Fill the group with one number."""
    X[:, GROUP] = 7.0
    return X


def with_rounding(X):
    """Fill the group with numbers that are equal up to the rounding of single precision."""
    X[:, GROUP] = 1e3 * (1 + 1e-7 * X[:, GROUP])
    return X.astype(np.float32)


def in_sparse(X):
    X[:, GROUP] = 0.0
    X[:, 20] = 2.5
    return sp.csr_array(X)


WAYS = {"dense": in_constant_group, "single": with_rounding, "sparse": in_sparse}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("way", WAYS)
def test_a_constant_group_gets_no_coefficient_and_one_warning(any_name, way, build, data):
    X, y = data()
    X = WAYS[way](X)
    with (
        np.errstate(all="raise", under="ignore"),
        pytest.warns(UserWarning, match="X is constant in") as caught,
    ):
        model = build(any_name).fit(X, y)
    assert [warning.category for warning in caught].count(UserWarning) == 1
    assert caught[0].filename == __file__
    np.testing.assert_array_equal(model.coef_[GROUP], 0)
    assert 2 not in model.active_groups_
    assert np.isfinite(model.predict(X)).all()


def test_single_constant_columns_inside_groups(name, build, data):
    X, y = data()
    X[:, [0, 9]] = [3.0, 0.1]
    with (
        np.errstate(all="raise", under="ignore"),
        pytest.warns(UserWarning, match="constant in features 0, 9:"),
    ):
        model = build(name).fit(X, y)
    np.testing.assert_array_equal(model.coef_[[0, 9]], 0)
    without = np.delete(X, [0, 9], axis=1)
    labels = np.delete(np.repeat(np.arange(6), 4), [0, 9])
    if name != "OrthogonallyWeightedRegressor":  # which depends on the path of gamma
        same = build(name, groups=labels).fit(without, y)
        np.testing.assert_allclose(np.delete(model.coef_, [0, 9]), same.coef_, atol=1e-4)


def test_names_are_told_up_to_ten(data):
    X, y = data()
    X[:, 4:16] = 1.0
    frame = pd.DataFrame(X, columns=[f"gene {n}" for n in range(24)])
    with pytest.warns(UserWarning, match="X is constant") as caught:
        GroupLasso(0.1).fit(frame, y)
    (warning,) = caught
    text = str(warning.message)
    assert text.startswith("X is constant in features 'gene 4', 'gene 5', ")
    assert "'gene 13' and 2 more: " in text
    assert "gene 14" not in text


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_if_all_columns_are_constant_the_intercept_is_the_mean(any_name, build, data):
    _, y = data()
    with pytest.warns(UserWarning, match="X is constant in"):
        model = build(any_name).fit(np.full((60, 24), 3.0), y)
    assert not model.coef_.any()
    assert model.active_groups_.size == 0
    assert model.intercept_ == pytest.approx(y.mean())


@pytest.mark.parametrize("label", [-1, 5])
def test_constant_columns_that_are_not_penalised(build, name, label, data):
    if name in ("OrthogonallyWeightedRegressor", "LatentGroupLasso"):
        pytest.skip("every feature has to be in a group")
    X, y = data()
    X[:, 21] = 2.0
    labels = np.repeat([0, 1, 2, 3, 4, label], 4)
    with pytest.warns(UserWarning, match="constant in feature 21:"):
        model = build(name, groups=labels).fit(X, y)
    assert model.coef_[21] == 0
    if label == -1:
        assert np.all(model.coef_[[20, 22, 23]] != 0)


def test_no_warning_without_an_intercept(name, build, data):
    X, y = data()
    X[:, GROUP] = 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = build(name, fit_intercept=False).fit(X, y)
    np.testing.assert_array_equal(model.coef_[GROUP], 0)


@pytest.mark.parametrize("estimator", [GroupLasso(0.1), SparseGroupLasso(0.1)])
def test_a_dummy_that_is_constant_in_a_fold_does_not_end_cross_validation(estimator, data):
    X, y = data()
    X[:, 8] = 0
    X[:6, 8] = 1  # all in the first fold
    with pytest.warns(UserWarning, match="X is constant in feature 8:"):
        scores = cross_val_score(estimator, X, y, cv=10, error_score="raise")
    assert np.isfinite(scores).all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # only what is constant in all samples is told
        model = GroupLassoCV(alphas=5, cv=10).fit(X, y)
    assert np.isfinite(model.mse_path_).all()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_all_levels_of_a_category_beside_an_intercept(name, build, data):
    X, y = data()
    X[:, GROUP] = np.eye(4)[np.arange(60) % 4]  # four columns of rank three once centred
    y = y + 3.0 * X[:, 9]
    model = build(name, **({"n_groups": 3} if "n_groups" in build(name).get_params() else {}))
    model.fit(X, y)
    assert set(model.active_groups_) >= {1, 2, 3}
    predicted = model.predict(X)
    assert np.corrcoef(predicted, y)[0, 1] > 0.9


def test_selectors_never_choose_what_is_constant_up_to_the_rounding_of_its_type(data):
    X, y = data()
    X = with_rounding(X)
    for selector in (
        ColumnSubsetSelector(20, standardize=True),
        JointSparseSelector(20, standardize=True),
    ):
        with pytest.warns(UserWarning, match="never selected: features 8, 9, 10, 11"):
            selector.fit(X, y)
        assert not selector.get_support()[GROUP].any()
        np.testing.assert_array_equal(selector.scale_[GROUP], 1)
