"""What scikit-learn asks of an estimator, of every one, and what its tools do with them."""

import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import sklearn
from sklearn.base import clone
from sklearn.feature_selection import SelectFromModel
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator, estimator_checks_generator

import groupsparse
from groupsparse.toolkit import estimators

# Not every method converges on all data; the warnings are tested elsewhere.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SPARSE = (sp.csr_array, sp.csc_matrix, sp.coo_array)


def test_the_tables_hold_every_estimator(all_names, names_of_kinds):
    assert sorted([*all_names, *names_of_kinds]) == sorted(
        name for name in estimators.__all__ if hasattr(getattr(estimators, name), "predict")
    )


@pytest.mark.filterwarnings("ignore")
def test_check_estimator(name):
    check_estimator(getattr(estimators, name)())


# One of each base: searches differ in their parameters and in the paths they walk, while data,
# weights, folds and predictions are handled by the same lines in all.
BASES = {"GroupLassoCV", "GroupOMPRegressorCV"}
OWN_CHECKS = {
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimator_tags_renamed",
    "check_estimators_dtypes",
    "check_estimators_overwrite_params",
    "check_estimators_pickle",
    "check_fit2d_1feature",
    "check_fit2d_1sample",
    "check_fit_idempotent",
    "check_get_params_invariance",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_set_params",
    "check_valid_tag_types",
}


@pytest.mark.filterwarnings("ignore")
def test_check_estimator_of_searches(search_name, build):
    search = build(search_name, groups=None, cv=2)
    if search_name in BASES:
        check_estimator(search)
        return
    done = set()
    for fresh, check in estimator_checks_generator(search):
        if check.func.__name__ in OWN_CHECKS:
            check(fresh)
            done.add(check.func.__name__)
    assert len(done) > 10  # names differ a little between versions


def test_every_estimator_is_at_the_root(any_name):
    assert getattr(groupsparse, any_name) is getattr(estimators, any_name)
    assert any_name in groupsparse.__all__


def test_parameters_survive_clone_and_pickle(any_name, build, data):
    X, y = data()
    estimator = build(any_name, fit_intercept=False)
    assert clone(estimator).get_params() == estimator.get_params()
    estimator.fit(X, y)
    again = pickle.loads(pickle.dumps(estimator))
    np.testing.assert_array_equal(again.predict(X), estimator.predict(X))
    assert again.get_params() == estimator.get_params()
    assert not hasattr(clone(estimator), "coef_")


def test_the_representation_shows_what_was_set():
    assert repr(estimators.GroupLasso(0.1, groups=4)) == "GroupLasso(alpha=0.1, groups=4)"


def test_a_clone_keeps_every_kind_of_groups(data):
    X, y = data()
    expected = estimators.GroupLasso(0.3, groups=4).fit(X, y)
    lists = [list(range(first, first + 4)) for first in range(0, 24, 4)]
    for groups in (lists, np.repeat(np.arange(6), 4), groupsparse.Groups.blocks(4, 24)):
        model = clone(estimators.GroupLasso(0.3, groups=groups)).fit(X, y)
        np.testing.assert_array_equal(model.coef_, expected.coef_)


def test_grid_search_in_a_pipeline(data):
    X, y = data()
    pipeline = make_pipeline(StandardScaler(), estimators.GroupLasso(groups=4))
    grid = GridSearchCV(pipeline, {"grouplasso__alpha": [5.0, 0.1]}, cv=3).fit(X, y)
    assert grid.best_params_ == {"grouplasso__alpha": 0.1}
    assert grid.best_score_ > 0.9


def test_select_from_model_keeps_names(data):
    X, y = data()
    frame = pd.DataFrame(X, columns=[f"f{i}" for i in range(24)])
    selector = SelectFromModel(estimators.GroupLasso(0.5, groups=4)).set_output(transform="pandas")
    chosen = selector.fit_transform(frame, y)
    assert list(chosen.columns) == [f"f{i}" for i in (4, 5, 6, 7, 12, 13, 14, 15)]
    pipeline = make_pipeline(StandardScaler(), selector, estimators.GroupLasso(0.01))
    pipeline.set_output(transform="pandas").fit(frame, y)
    assert list(pipeline[-1].feature_names_in_) == list(chosen.columns)


def test_names_of_features_are_kept_and_compared(any_name, build, plain, data):
    X, y = data()
    frame = pd.DataFrame(X, columns=[f"f{i}" for i in range(24)])
    estimator = build(any_name).fit(frame, pd.Series(y))
    assert list(estimator.feature_names_in_) == list(frame.columns)
    np.testing.assert_allclose(estimator.predict(frame), plain(any_name).predict(X))
    with pytest.raises(ValueError, match="feature names"):
        estimator.predict(frame[frame.columns[::-1]])


def test_multiple_targets_keep_their_shape(any_name, build, data):
    X, Y = data(3)
    estimator = build(any_name).fit(X, Y)
    assert estimator.coef_.shape == (3, 24)
    assert estimator.intercept_.shape == (3,)
    assert estimator.predict(X).shape == Y.shape
    assert estimator.solution_.coef.shape == (24, 3)
    assert estimator.score(X, Y) > 0.7


def test_a_column_is_one_target(any_name, build, plain, data):
    X, y = data()
    flat, column = plain(any_name), build(any_name).fit(X, y[:, None])
    assert column.coef_.shape == (1, 24)
    assert column.intercept_.shape == (1,)
    np.testing.assert_array_equal(column.coef_[0], flat.coef_)
    np.testing.assert_array_equal(column.predict(X)[:, 0], flat.predict(X))


def test_sparse_features(any_name, all_names, build, data, truth):
    """Of one kind for each: `test_all_kinds_of_sparse_features` has what becomes of a kind."""
    kind = SPARSE[all_names.index(any_name) % 3]
    X, y = data()
    empty = np.abs(X - 2) < 1
    X, y = np.where(empty, 0, X), y - np.where(empty, X, 0) @ truth
    dense, sparse = build(any_name).fit(X, y), build(any_name).fit(kind(X), y)
    np.testing.assert_allclose(sparse.coef_, dense.coef_, atol=1e-6)
    np.testing.assert_allclose(sparse.predict(kind(X)), dense.predict(X), atol=1e-5)


@pytest.mark.parametrize("kind", SPARSE)
def test_all_kinds_of_sparse_features(build, data, kind):
    X, y = data()
    X[np.abs(X) < 1] = 0
    for name in ("GroupLasso", "GroupOMPRegressor", "GroupLassoCV"):
        dense, sparse = build(name).fit(X, y), build(name).fit(kind(X), y)
        np.testing.assert_allclose(sparse.coef_, dense.coef_, atol=1e-6)
        np.testing.assert_allclose(sparse.predict(kind(X)), dense.predict(X), atol=1e-5)


def test_single_precision_stays(any_name, build, plain, data):
    X, y = data()
    single = build(any_name).fit(X.astype(np.float32), y.astype(np.float32))
    assert single.coef_.dtype == np.float32
    assert single.predict(X.astype(np.float32)).dtype == np.float32
    np.testing.assert_allclose(single.coef_, plain(any_name).coef_, atol=2e-3)


def test_sample_weights_are_routed(any_name, build, data):
    X, y = data()
    weights = np.where(np.arange(60) < 40, 1.0, 0.0)
    with sklearn.config_context(enable_metadata_routing=True):
        estimator = build(any_name).set_fit_request(sample_weight=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        pipeline = make_pipeline(scaler, estimator)
        pipeline.fit(X, y, sample_weight=weights)
    direct = build(any_name).fit(StandardScaler().fit_transform(X), y, sample_weight=weights)
    np.testing.assert_array_equal(pipeline[-1].coef_, direct.coef_)


def test_groups_of_samples_are_routed_to_the_splitter(data):
    X, y = data()
    patients = np.arange(60) % 7
    with sklearn.config_context(enable_metadata_routing=True):
        model = estimators.GroupLasso(0.3, groups=4).set_fit_request(sample_weight=True)
        model.set_score_request(sample_weight=True)
        grid = GridSearchCV(model, {"alpha": [0.1, 0.3]}, cv=GroupKFold(3))
        grid.fit(X, y, sample_weight=np.ones(60), groups=patients)
        search = estimators.GroupLassoCV(groups=4, alphas=5, cv=GroupKFold(3))
        search.fit(X, y, groups=patients)
        scores = cross_val_score(
            model, X, y, cv=GroupKFold(3), params={"groups": patients, "sample_weight": np.ones(60)}
        )
    assert scores.shape == (3,)
    without = estimators.GroupLassoCV(groups=4, alphas=5, cv=GroupKFold(3))
    without.fit(X, y, groups=patients)
    np.testing.assert_array_equal(search.mse_path_, without.mse_path_)
    splits = list(GroupKFold(3).split(X, y, patients))
    given = estimators.GroupLassoCV(groups=4, alphas=5, cv=splits).fit(X, y)
    np.testing.assert_array_equal(search.mse_path_, given.mse_path_)


def test_starting_loads_little():
    code = (
        "import sys; from groupsparse import GroupLasso; "
        "print(*(name for name in ('sklearn.model_selection', 'sklearn.feature_selection', "
        "'sklearn.linear_model', 'matplotlib', 'groupsparse.toolkit.solvers.proximal.fista') "
        "if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_searches_among_classifiers_and_survival_models(search_of_a_kind, classes, times):
    is_survival = "Survival" in type(search_of_a_kind).__name__
    X, y = times() if is_survival else classes()
    search = clone(search_of_a_kind).fit(X, y)
    measure = "deviance" if is_survival else "log_loss"
    path = getattr(search, f"{measure}_path_")
    assert path.shape == (12, 3)
    assert search.alpha_ == search.alphas_[path.mean(axis=1).argmin()]
    assert {1, 3} <= set(search.active_groups_)
    assert search.score(X, y) > 0.8
    again = pickle.loads(pickle.dumps(search))
    np.testing.assert_array_equal(again.predict(X), search.predict(X))
