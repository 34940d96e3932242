"""Selectors of a few features: what they find, what they say of it, and what they refuse."""

import pickle
import warnings
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

import groupsparse
from groupsparse import ColumnSubsetSelector, JointSparseSelector
from groupsparse.toolkit.solvers import RankAwareORMP
from groupsparse.toolkit.subsets.methods import METHODS

# Found by exhaustive search on the standardised data.
EXHAUSTIVE = {1: 0.7725, 2: 0.6437, 3: 0.5847, 4: 0.5266, 5: 0.4667}
SELECTORS = {"columns": ColumnSubsetSelector, "joint": JointSparseSelector}


@pytest.fixture(scope="module")
def tumours() -> pd.DataFrame:
    return load_breast_cancer(as_frame=True).data


def made(shape=(40, 12), seed=0):
    """Correlated features of different scales, with an offset."""
    rng = np.random.default_rng(seed)
    n_samples, n_features = shape
    hidden = rng.standard_normal((n_samples, 4)) @ rng.standard_normal((4, n_features))
    scale = rng.uniform(0.5, 4, n_features)
    return 5 + scale * (hidden + 0.3 * rng.standard_normal(shape))


def centred(X, standardize):
    result = X - X.mean(axis=0)
    return result / result.std(axis=0) if standardize else result


def rmse(A, Y, order):
    fit = A[:, order] @ np.linalg.lstsq(A[:, order], Y, rcond=None)[0]
    return np.sqrt(np.mean((Y - fit) ** 2))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("columns", {"tol": 0.1}),
        ("columns", {"standardize": True, "n_resamples": 2}),
        ("joint", {}),
        ("joint", {"tol": 0.1, "n_resamples": 1}),
    ],
)
def test_check_estimator(kind, settings):
    check_estimator(SELECTORS[kind](**settings))


def test_selectors_are_at_the_root():
    assert {"ColumnSubsetSelector", "JointSparseSelector"} <= set(groupsparse.__all__)


@pytest.mark.parametrize("n", EXHAUSTIVE)
def test_the_best_sets_of_tumour_measurements_are_found(tumours, n):
    selector = ColumnSubsetSelector(n, standardize=True).fit(tumours)
    assert selector.reconstruction_error_ == pytest.approx(EXHAUSTIVE[n], abs=1e-4)
    if n <= 2:
        A = centred(tumours.to_numpy(), True)
        best = min(rmse(A, A, list(s)) for s in combinations(range(30), n))
        assert selector.reconstruction_error_ == pytest.approx(best)


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("shape", [(40, 12), (9, 25)], ids=str)
def test_what_is_said_of_the_selected_features(shape, standardize):
    X = made(shape)
    selector = ColumnSubsetSelector(4, standardize=standardize).fit(X)
    order, A = selector.selected_, centred(X, standardize)
    np.testing.assert_array_equal(selector.get_support(ordered=True), order)
    np.testing.assert_array_equal(selector.get_support(indices=True), np.sort(order))
    assert sorted(selector.ranking_) == list(range(1, shape[1] + 1))
    np.testing.assert_array_equal(selector.ranking_[order], [1, 2, 3, 4])
    expected = [rmse(A, A, order[:n]) for n in range(1, 5)]
    np.testing.assert_allclose(selector.errors_, expected)
    assert selector.reconstruction_error_ == selector.errors_[-1]
    coef = np.linalg.lstsq(centred(X[:, order], False), centred(X, False), rcond=None)[0]
    np.testing.assert_allclose(selector.coef_, coef, atol=1e-9)
    scores = np.linalg.norm(np.linalg.lstsq(A[:, order], A, rcond=None)[0], axis=1)
    np.testing.assert_allclose(selector.scores_[order], scores)
    assert not np.delete(selector.scores_, order).any()
    left = (selector.reconstruct(selector.transform(X)) - X) / selector.scale_
    assert np.sqrt(np.mean(left**2)) == pytest.approx(selector.reconstruction_error_)


def test_the_next_best_feature_follows_in_the_ranking():
    X = made()
    selector = ColumnSubsetSelector(3, method="forward").fit(X)
    following = ColumnSubsetSelector(4, method="forward").fit(X)
    assert selector.ranking_[following.selected_[3]] == 4


def test_as_few_as_the_tolerance_asks_for():
    X = made()
    A = centred(X, True)
    errors = ColumnSubsetSelector(12, method="forward", standardize=True).fit(X).errors_
    for tol in (0.9, 0.5, 0.2, 0.05):
        selector = ColumnSubsetSelector(tol=tol, method="forward", standardize=True).fit(X)
        assert selector.selected_.size == np.argmax(errors <= tol) + 1
        searched = ColumnSubsetSelector(tol=tol, standardize=True).fit(X)
        assert rmse(A, A, searched.selected_) <= tol
        assert searched.selected_.size <= selector.selected_.size
    with pytest.warns(UserWarning, match="tol is 0.01, but the error of 3 features is"):
        assert ColumnSubsetSelector(3, tol=0.01).fit(X).selected_.size == 3
    assert ColumnSubsetSelector(tol=0, standardize=True).fit(X).selected_.size == 12


@pytest.mark.parametrize("method", METHODS)
def test_every_method(method):
    selector = ColumnSubsetSelector(4, method=method, standardize=True).fit(made())
    assert len(set(selector.selected_)) == 4
    best = ColumnSubsetSelector(4, standardize=True).fit(made()).reconstruction_error_
    assert selector.reconstruction_error_ >= best - 1e-12
    polished = clone(selector).set_params(polish=True).fit(made())
    assert polished.reconstruction_error_ <= selector.reconstruction_error_ + 1e-12


def test_a_solver_is_a_method():
    selector = ColumnSubsetSelector(3, method=RankAwareORMP(n_groups=1)).fit(made())
    assert selector.selected_.size == 3


def test_names_go_with_features(tumours):
    selector = ColumnSubsetSelector(0.1, standardize=True).set_output(transform="pandas")
    chosen = selector.fit_transform(tumours)
    names = tumours.columns[np.sort(selector.selected_)]
    assert list(chosen.columns) == list(names) == list(selector.get_feature_names_out())
    pd.testing.assert_frame_equal(chosen, tumours[names])
    shuffled = tumours[tumours.columns[::-1]]
    again = clone(selector).fit(shuffled)
    assert set(again.get_feature_names_out()) == set(names)


def test_no_more_than_are_independent():
    X = np.hstack([made((30, 4)), made((30, 4)) * 2 + 1])
    message = "n_features_to_select is 6, but only 4 features are linearly independent"
    with pytest.warns(UserWarning, match=message):
        selector = ColumnSubsetSelector(6).fit(X)
    assert selector.selected_.size == 4
    assert selector.reconstruction_error_ < 1e-12
    assert len({place % 4 for place in selector.selected_}) == 4
    with pytest.warns(UserWarning, match="only 5 features"):
        assert ColumnSubsetSelector(8).fit(made((6, 20))).selected_.size == 5


def test_fewer_than_asked_for_are_told():
    """Where few explain all of y, or the others are all but combinations of them."""
    X = made((40, 12))
    with pytest.warns(UserWarning, match="only 2 of 6 features are selected"):
        selector = JointSparseSelector(6).fit(X, X[:, [3, 7]])
    assert set(selector.selected_) == {3, 7}
    X[:, 6:] = X[:, :6] + 1e-7 * made((40, 6), seed=1)
    with pytest.warns(UserWarning, match="only 6 of 8 features are selected"):
        selector = ColumnSubsetSelector(8, method="forward").fit(X)
    assert {place % 6 for place in selector.selected_} == set(range(6))
    assert selector.reconstruction_error_ < 1e-6


def test_what_no_feature_explains():
    X, y = np.outer([1.0, -1.0, 0.0], [1.0, 2.0, -3.0]), [0.5, 0.5, -1.0]
    with pytest.warns(UserWarning, match="only 0 of 1 features are selected"):
        selector = JointSparseSelector(1, method="somp").fit(X, y)
    assert not selector.get_support().any()
    assert sorted(selector.ranking_) == [1, 2, 3]
    assert selector.reconstruction_error_ == pytest.approx(np.sqrt(0.5))


def test_constant_features_are_named_and_never_selected():
    frame = pd.DataFrame(made(), columns=[f"gene {n}" for n in range(12)])
    frame["gene 3"], frame["gene 7"] = 1e6 / 3, 0.0
    with pytest.warns(UserWarning, match="never selected: features 'gene 3', 'gene 7'"):
        selector = ColumnSubsetSelector(10, standardize=True).fit(frame)
    assert set(range(12)) - set(selector.selected_) == {3, 7}
    back = selector.reconstruct(selector.transform(frame))
    np.testing.assert_allclose(back[:, [3, 7]], frame[["gene 3", "gene 7"]])


@pytest.mark.parametrize(("value", "what"), [(np.nan, "NaN"), (np.inf, "infinity")])
def test_what_is_not_finite_is_named(value, what):
    frame = pd.DataFrame(made(), columns=[f"gene {n}" for n in range(12)])
    frame.loc[4, "gene 5"] = value
    with pytest.raises(ValueError, match=f"{what} in feature 'gene 5'"):
        ColumnSubsetSelector(2).fit(frame)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_features_to_select": 0}, "n_features_to_select must be an integer of at least 1"),
        ({"n_features_to_select": 1.5}, "n_features_to_select must be"),
        ({"n_features_to_select": True}, "n_features_to_select must be"),
        ({"n_features_to_select": 13}, "n_features_to_select must be at most 12"),
        ({"tol": -1.0}, "tol must be finite and not negative"),
        ({"method": "best"}, "method must be one of 'search'"),
        ({"polish": 1}, "polish must be"),
        ({"standardize": "yes"}, "standardize must be"),
        ({"n_resamples": -1}, "n_resamples must be an integer of at least 0"),
    ],
)
def test_parameters_are_checked(settings, message):
    with pytest.raises(ValueError, match=message):
        ColumnSubsetSelector(**settings).fit(made())


@pytest.mark.parametrize("scale", [1e-200, 1e60, 1e200])
def test_values_out_of_range_are_refused_by_name(scale):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for selector in (ColumnSubsetSelector(2), JointSparseSelector(2)):
            with pytest.raises(ValueError, match=r"X has values up to .* rescale"):
                selector.fit(scale * made(), np.arange(40) % 2)
        with pytest.raises(ValueError, match=r"y has values up to .* rescale"):
            JointSparseSelector(2).fit(made(), scale * made()[:, 0])


def test_data_that_say_nothing():
    with pytest.raises(ValueError, match="minimum of 2 is required"):
        ColumnSubsetSelector().fit(made()[:1])
    with pytest.raises(ValueError, match="must have a feature that is not constant"):
        ColumnSubsetSelector().fit(np.ones((5, 3)))
    with pytest.raises(ValueError, match="at least two classes, got one"):
        JointSparseSelector().fit(made(), ["a"] * 40)
    with pytest.raises(ValueError, match="y must not be constant"):
        JointSparseSelector().fit(made(), np.full(40, 0.5))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        JointSparseSelector().fit(made(), [0, 1])
    selector = ColumnSubsetSelector(3).fit(made())
    with pytest.raises(ValueError, match="must have the 3 selected features, got 2"):
        selector.reconstruct(np.ones((4, 2)))


@pytest.mark.parametrize("kind", SELECTORS)
def test_frequencies(kind):
    X, y = load_iris(return_X_y=True)
    settings = {"n_resamples": 12, "random_state": 3, "standardize": True}
    one = SELECTORS[kind](2, **settings).fit(X, y)
    two = SELECTORS[kind](2, **settings, n_jobs=2).fit(X, y)
    np.testing.assert_array_equal(one.selection_frequency_, two.selection_frequency_)
    assert one.selection_frequency_.sum() == pytest.approx(2)
    assert not hasattr(one.set_params(n_resamples=0).fit(X, y), "selection_frequency_")
    with pytest.raises(ValueError, match="needs at least 4 samples in X"):
        SELECTORS[kind](1, n_resamples=2).fit(X[[0, 60, 120]], [0, 1, 1])


def test_halves_that_determine_fewer_features():
    X = made((12, 20))
    selector = ColumnSubsetSelector(8, n_resamples=10, random_state=0).fit(X)
    assert selector.selection_frequency_.sum() == pytest.approx(5)  # six samples, centred


def test_features_behind_the_responses_are_found():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((80, 200))
    Y = X[:, [10, 60, 150]] @ rng.standard_normal((3, 2)) + 0.1 * rng.standard_normal((80, 2))
    selector = JointSparseSelector(3).fit(X, Y)
    assert sorted(selector.selected_) == [10, 60, 150]
    coef = np.linalg.lstsq(centred(X[:, selector.selected_], False), centred(Y, False))[0]
    np.testing.assert_allclose(selector.coef_, coef, atol=1e-9)
    assert not hasattr(selector, "classes_")


def test_a_rare_class_counts_like_the_others():
    rng = np.random.default_rng(1)
    labels = np.array(["common"] * 150 + ["other"] * 140 + ["rare"] * 10)
    X = rng.standard_normal((300, 30))
    X[labels == "other", 4] += 3
    X[labels == "rare", 9] += 3
    selector = JointSparseSelector(2).fit(X, labels)
    assert set(selector.selected_) == {4, 9}
    assert list(selector.classes_) == ["common", "other", "rare"]
    assert selector.coef_.shape == (2, 3)


def test_in_pipelines_and_searches():
    X, y = load_iris(return_X_y=True)
    model = make_pipeline(JointSparseSelector(), LogisticRegression(max_iter=500))
    search = GridSearchCV(model, {"jointsparseselector__n_features_to_select": [1, 2, 3]}, cv=3)
    assert search.fit(X, y).best_score_ > 0.9
    selector = ColumnSubsetSelector(2).fit(X)
    again = pickle.loads(pickle.dumps(selector))
    np.testing.assert_array_equal(again.transform(X), selector.transform(X))


@pytest.mark.parametrize("dtype", ["float32", "int64"])
def test_other_arrays(dtype):
    X = np.round(100 * made()).astype(dtype)
    X.setflags(write=False)
    expected = ColumnSubsetSelector(3).fit(np.asfortranarray(X, dtype=float)).selected_
    before = X.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(ColumnSubsetSelector(3).fit(X).selected_, expected)
        strided = np.repeat(X, 2, axis=1)[:, ::2]
        np.testing.assert_array_equal(ColumnSubsetSelector(3).fit(strided).selected_, expected)
    np.testing.assert_array_equal(X, before)
