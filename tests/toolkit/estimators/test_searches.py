"""Estimators that choose their strength, against scikit-learn and plain loops."""

import itertools

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LassoCV, MultiTaskLassoCV, OrthogonalMatchingPursuitCV
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold, RepeatedKFold

from groupsparse import (
    GroupL0RegressorCV,
    GroupLasso,
    GroupLassoCV,
    GroupMCPRegressorCV,
    GroupOMPRegressor,
    GroupOMPRegressorCV,
    LatentGroupLassoCV,
    RankAwareORMPRegressor,
    SparseGroupLasso,
    SparseGroupLassoCV,
    Status,
)
from groupsparse.toolkit.convergence import without_warnings
from groupsparse.toolkit.estimators.cross_validation.path_scores import choose_value
from groupsparse.toolkit.execution.parallel import run_parallel
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.reformulations.regression import Regression
from groupsparse.toolkit.selection import AIC, BIC, EBIC, AlongPath
from groupsparse.toolkit.selection.counts import walk_counts
from groupsparse.toolkit.solvers import BlockOMP, PrimalDualActiveSet, SimultaneousNIHT


@pytest.mark.parametrize("n_targets", [0, 3])
@pytest.mark.parametrize("weighted", [False, True])
def test_paths_and_errors_are_scikit_learn_s(data, n_targets, weighted):
    if weighted and n_targets:
        pytest.skip("MultiTaskLassoCV takes no weights")
    X, y = data(n_targets)
    settings = {"sample_weight": np.random.default_rng(0).uniform(0.2, 2, 60)} if weighted else {}
    theirs = (MultiTaskLassoCV if n_targets else LassoCV)(cv=4, tol=1e-10, max_iter=10**5)
    theirs.fit(X, y, **settings)
    ours = GroupLassoCV(cv=4).fit(X, y, **settings)
    np.testing.assert_allclose(ours.alphas_, theirs.alphas_, rtol=1e-10)
    np.testing.assert_allclose(ours.mse_path_, theirs.mse_path_, rtol=2e-3)
    if weighted:  # we count folds by their samples' weight
        folds = [settings["sample_weight"][test].sum() for _, test in KFold(4).split(X)]
        best = np.argmin(np.average(theirs.mse_path_, axis=1, weights=folds))
        assert ours.alpha_ == pytest.approx(theirs.alphas_[best])
        return
    assert ours.alpha_ == pytest.approx(theirs.alpha_)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-6)


@pytest.mark.parametrize("search", [GroupLassoCV, LatentGroupLassoCV, SparseGroupLassoCV])
def test_a_tolerance_holds_in_the_folds_as_well(data, search):
    X, y = data()
    theirs = LassoCV(cv=4, tol=1e-12, max_iter=10**5).fit(X, y)
    errors = {
        tol: np.abs(
            search(cv=4, alphas=theirs.alphas_, tol=tol).fit(X, y).mse_path_ / theirs.mse_path_ - 1
        )
        for tol in (1e-2, None, 1e-9)
    }
    assert errors[1e-9].max() < 1e-7
    assert errors[1e-9].max() < errors[None].max() < errors[1e-2].max()


def test_errors_are_those_of_single_fits(data):
    X, y = data()
    search = GroupLassoCV(groups=4, alphas=[0.03, 1.0, 0.2], cv=KFold(3)).fit(X, y)
    np.testing.assert_array_equal(search.alphas_, [1.0, 0.2, 0.03])
    for (i, alpha), (j, (train, test)) in itertools.product(
        enumerate(search.alphas_), enumerate(KFold(3).split(X))
    ):
        model = GroupLasso(alpha, groups=4).fit(X[train], y[train])
        error = mean_squared_error(y[test], model.predict(X[test]))
        assert search.mse_path_[i, j] == pytest.approx(error, rel=1e-3)


def test_a_grid_search_chooses_the_same(data):
    X, y = data()
    ours = SparseGroupLassoCV(groups=4, l1_ratio=[0.1, 0.5, 0.9], alphas=[0.5, 0.05, 0.005]).fit(
        X, y
    )
    grid = {"alpha": [0.5, 0.05, 0.005], "l1_ratio": [0.1, 0.5, 0.9]}
    scoring = "neg_mean_squared_error"
    theirs = GridSearchCV(SparseGroupLasso(groups=4), grid, cv=5, scoring=scoring).fit(X, y)
    assert theirs.best_params_ == {"alpha": ours.alpha_, "l1_ratio": ours.l1_ratio_}
    assert ours.mse_path_.shape == (3, 3, 5)
    assert ours.alphas_.shape == (3, 3)
    np.testing.assert_allclose(ours.coef_, theirs.best_estimator_.coef_, atol=1e-8)


def test_each_setting_has_its_own_path(data):
    X, y = data()
    search = SparseGroupLassoCV(groups=4, l1_ratio=[0.0, 1.0], alphas=5).fit(X, y)
    for ratio, alphas in zip([0.0, 1.0], search.alphas_, strict=True):
        at = SparseGroupLasso(1.0001 * alphas[0], l1_ratio=ratio, groups=4).fit(X, y)
        below = SparseGroupLasso(0.999 * alphas[0], l1_ratio=ratio, groups=4).fit(X, y)
        assert not at.coef_.any()
        assert below.coef_.any()


def test_one_standard_error(data):
    X, y = data(seed=3)
    least = GroupLassoCV(groups=4, cv=6).fit(X, y)
    sparser = GroupLassoCV(groups=4, cv=6, one_standard_error=True).fit(X, y)
    np.testing.assert_array_equal(least.mse_path_, sparser.mse_path_)
    mean = least.mse_path_.mean(axis=1)
    error = least.mse_path_.std(axis=1, ddof=1) / np.sqrt(6)
    best = np.argmin(mean)
    assert least.alpha_ == least.alphas_[best]
    allowed = mean <= mean[best] + error[best]
    assert sparser.alpha_ == least.alphas_[allowed].max() > least.alpha_


def test_standard_errors_with_infinite_errors_before_and_after():
    mse = np.array([[4.0, 6.0], [1.0, 3.0], [1.5, 1.7], [np.inf, 1.0]])
    weights = np.array([10.0, 10.0])
    assert choose_value(mse, weights, one_standard_error=False) == 2
    assert choose_value(mse, weights, one_standard_error=True) == 2
    assert choose_value(mse[[0, 1, 1]], weights, one_standard_error=True) == 1


@pytest.mark.parametrize("n_jobs", [2, -1])
def test_jobs_change_nothing(data, n_jobs):
    X, y = data()
    one = GroupLassoCV(groups=4, alphas=10).fit(X, y)
    several = GroupLassoCV(groups=4, alphas=10, n_jobs=n_jobs).fit(X, y)
    np.testing.assert_allclose(several.mse_path_, one.mse_path_, rtol=1e-6)
    assert several.alpha_ == one.alpha_


def test_jobs_can_be_sent_to_processes(data):
    X, y = data()
    one = GroupLassoCV(groups=4, alphas=4, cv=2).fit(X, y)
    with parallel_config("multiprocessing", n_jobs=2):
        other = GroupLassoCV(groups=4, alphas=4, cv=2).fit(X, y)
    np.testing.assert_allclose(other.mse_path_, one.mse_path_, rtol=1e-6)


def test_parallel_work_keeps_its_order_and_its_errors():
    assert run_parallel(pow, [(n, 2) for n in range(20)], n_jobs=4) == [n * n for n in range(20)]
    with pytest.raises(ZeroDivisionError):
        run_parallel(divmod, [(1, 1), (1, 0)], n_jobs=2)


def test_splits_are_drawn_once(data):
    X, y = data()
    splitter = RepeatedKFold(n_splits=3, n_repeats=2, random_state=np.random.RandomState(0))
    search = SparseGroupLassoCV(groups=4, l1_ratio=[0.5, 0.5], alphas=4, cv=splitter).fit(X, y)
    assert search.mse_path_.shape == (2, 4, 6)
    np.testing.assert_array_equal(*search.mse_path_)


def test_groups_of_samples_stay_together(data):
    X, y = data()
    patients = np.arange(60) // 6
    search = GroupLassoCV(groups=4, alphas=4, cv=GroupKFold(5)).fit(X, y, groups=patients)
    splits = GroupKFold(5).split(X, y, patients)
    expected = GroupLassoCV(groups=4, alphas=4, cv=splits).fit(X, y)
    np.testing.assert_array_equal(search.mse_path_, expected.mse_path_)


CRITERIA = {"aic": AIC(), "bic": BIC(), "ebic": EBIC()}


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("n_targets", [0, 2])
def test_criteria_are_the_toolkit_s_rules(data, criterion, n_targets):
    X, y = data(n_targets)
    search = GroupL0RegressorCV(groups=4, criterion=criterion).fit(X, y)
    problem = Regression(X, y, 4, per_sample=True).problem
    expected = AlongPath(PrimalDualActiveSet(), CRITERIA[criterion]).solve(problem)
    np.testing.assert_array_equal(search.active_groups_, expected.active_groups)
    finite = search.criterion_path_[np.isfinite(search.criterion_path_)]
    assert finite.min() == pytest.approx(expected.history["score"].min(), rel=1e-9)
    assert not hasattr(search, "mse_path_")


@pytest.mark.parametrize("criterion", ["bic", "ebic"])
@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_criteria_find_the_groups_whatever_the_units(data, criterion, scale):
    X, y = data(n_samples=120)
    for search in (
        GroupMCPRegressorCV(groups=4),
        GroupOMPRegressorCV(groups=4),
        GroupL0RegressorCV(groups=4),
    ):
        features = X * (1.0 if isinstance(search, GroupMCPRegressorCV) else scale)
        search.set_params(criterion=criterion).fit(features, y)
        np.testing.assert_array_equal(search.active_groups_, [1, 3])


def test_the_discrepancy_principle(data):
    X, y = data()
    level = 0.2 * float(np.linalg.norm(y - y.mean()))
    search = GroupLassoCV(groups=4, criterion="discrepancy", noise_level=level).fit(X, y)
    norms = [
        np.linalg.norm(y - GroupLasso(alpha, groups=4).fit(X, y).predict(X))
        for alpha in search.alphas_
    ]
    assert search.alpha_ == search.alphas_[np.flatnonzero(np.array(norms) <= level)[0]]
    found = np.linalg.norm(y - search.predict(X))
    assert search.solution_.residual_norm == pytest.approx(found)
    with pytest.warns(ConvergenceWarning, match="residual fell to the noise level"):
        missed = search.set_params(noise_level=1e-9).fit(X, y)
    assert missed.solution_.status is Status.NOISE_LEVEL_NOT_REACHED


def test_a_later_search_forgets_the_former_kind(data):
    X, y = data()
    search = GroupLassoCV(groups=4, alphas=5).fit(X, y).set_params(criterion="bic").fit(X, y)
    assert not hasattr(search, "mse_path_")
    assert not hasattr(search.set_params(criterion=None).fit(X, y), "criterion_path_")


def test_numbers_of_features_are_scikit_learn_s(data):
    X, y = data()
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    theirs = OrthogonalMatchingPursuitCV(cv=4, max_iter=12).fit(X, y)
    ours = GroupOMPRegressorCV(cv=4, n_groups=range(1, 13)).fit(X, y)
    assert ours.n_groups_ == theirs.n_nonzero_coefs_
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-8)


@pytest.mark.parametrize("kind", [GroupOMPRegressor, RankAwareORMPRegressor])
@pytest.mark.parametrize("n_targets", [0, 3])
def test_a_path_of_counts_is_a_fit_at_each(data, kind, n_targets):
    X, y = data(n_targets)
    regression = Regression(X, y, 4, per_sample=True)
    path = list(kind()._follow(regression, [1, 2, 5]))
    for count, solution in zip([1, 2, 5], path, strict=True):
        single = kind(count, groups=4).fit(X, y)
        np.testing.assert_allclose(solution.coef.T, single.coef_, atol=1e-9)
        np.testing.assert_array_equal(solution.active_groups, single.active_groups_)
        assert solution.status is Status.CONVERGED
        assert len(solution.history["group"]) == count


def test_a_path_of_counts_with_free_features_ends_where_data_do():
    rng = np.random.default_rng(0)
    A, y = rng.standard_normal((6, 12)), rng.standard_normal(6)
    problem = Problem(A, y, [-1, -1, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4])
    with without_warnings():
        path = list(walk_counts(BlockOMP(n_groups=1), problem, [1, 2, 3, 4]))
    assert [solution.active_groups.size for solution in path] == [1, 2]
    assert all(solution.coef[:2].all() for solution in path)
    assert path[1].residual_norm < 1e-12
    single = BlockOMP(n_groups=1).solve(problem)
    np.testing.assert_allclose(path[0].coef, single.coef, atol=1e-12)


def test_a_path_of_counts_without_enough_groups():
    A = np.eye(6)[:, :4]
    some, none = A @ [1.0, 0, 2.0, 0], np.zeros(6)
    for data, sizes in ((some, [1, 2, 2, 2]), (none, [0, 0, 0, 0])):
        with without_warnings():
            path = list(walk_counts(BlockOMP(n_groups=1), Problem(A, data), [1, 2, 3, 4]))
        assert [solution.active_groups.size for solution in path] == sizes
        for n_asked, solution in enumerate(path, start=1):
            enough = solution.active_groups.size == n_asked
            assert solution.status is (Status.CONVERGED if enough else Status.SATURATED)
        assert path[-1].residual_norm == 0


def test_a_path_of_counts_of_other_methods():
    rng = np.random.default_rng(0)
    A = rng.standard_normal((30, 20))
    y = A[:, [2, 5, 7]] @ [3.0, -2.0, 2.0]
    with without_warnings():
        path = list(walk_counts(SimultaneousNIHT(n_groups=1), Problem(A, y), [1, 3]))
    assert [solution.active_groups.tolist() for solution in path] == [[2], [2, 5, 7]]


def test_fits_that_fail_are_counted_in_one_warning(data):
    X, y = data()
    with pytest.warns(ConvergenceWarning) as caught:
        GroupLassoCV(groups=4, alphas=10, cv=3, max_iter=1).fit(X, y)
    messages = [str(warning.message) for warning in caught]
    assert len(messages) <= 2
    assert any("of 30 fits to folds did not converge" in message for message in messages)
    assert {warning.filename for warning in caught} == {__file__}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_samples_without_weight_are_as_good_as_absent(search_name, build, data):
    X, y = data()
    kept = np.arange(60) < 45
    fold = np.arange(60) % 3
    splits = [(np.flatnonzero(kept & (fold != i)), np.flatnonzero(fold == i)) for i in range(3)]
    inner = [(train, test[test < 45]) for train, test in splits]
    X[~kept], y[~kept] = 1e3, -1e3
    weighted = build(search_name, cv=splits).fit(X, y, sample_weight=kept.astype(float))
    without = build(search_name, cv=inner).fit(X[kept], y[kept])
    np.testing.assert_allclose(weighted.coef_, without.coef_, atol=1e-6)
