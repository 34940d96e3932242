"""What each estimator minimises, against other packages, brute force and the definitions."""

import itertools

import cvxpy as cp
import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import (
    Lasso,
    LinearRegression,
    MultiTaskLasso,
    OrthogonalMatchingPursuit,
)

from groupsparse import (
    ConstrainedGroupLasso,
    GroupL0Regressor,
    GroupLasso,
    GroupMCPRegressor,
    GroupOMPRegressor,
    Groups,
    GroupSCADRegressor,
    LatentGroupLasso,
    OrthogonallyWeightedRegressor,
    RankAwareORMPRegressor,
    SimultaneousNIHTRegressor,
    SimultaneousOMPRegressor,
    SparseGroupLasso,
    Status,
    SubspaceAugmentedMUSICRegressor,
)
from groupsparse.datasets import make_joint_sparse
from groupsparse.toolkit import penalties

LABELS = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 4, 4, 4, 4, 4, 5, 5, 6, 6, 6, 7, 7, 7, 7])


def objective(X, y, coef, intercept, penalty, weights=None):
    """The objective that estimators say they minimise."""
    weights = np.ones(len(y)) if weights is None else weights
    squares = ((y - X @ coef.T - intercept) ** 2).reshape(len(y), -1).sum(axis=1)
    return weights @ squares / (2 * weights.sum()) + penalty(coef)


def norms(coef, labels=LABELS):
    return np.array([np.linalg.norm(coef[..., labels == g]) for g in range(labels.max() + 1)])


@pytest.mark.parametrize("alpha", [1.0, 0.1, 0.001])
@pytest.mark.parametrize("intercept", [True, False])
def test_single_features_are_the_lasso(data, alpha, intercept):
    X, y = data()
    ours = GroupLasso(alpha, fit_intercept=intercept).fit(X, y)
    theirs = Lasso(alpha, fit_intercept=intercept, tol=1e-14, max_iter=10**6).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-7)
    assert ours.intercept_ == pytest.approx(theirs.intercept_, abs=1e-6)


@pytest.mark.parametrize("alpha", [1.0, 0.1, 0.001])
@pytest.mark.parametrize("intercept", [True, False])
def test_rows_of_several_targets_are_the_multi_task_lasso(data, alpha, intercept):
    X, Y = data(3)
    ours = GroupLasso(alpha, fit_intercept=intercept).fit(X, Y)
    theirs = MultiTaskLasso(alpha, fit_intercept=intercept, tol=1e-14, max_iter=10**6).fit(X, Y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-6)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, atol=1e-5)


CONVEX = {
    "group lasso": (GroupLasso, {}, lambda w: cp.norm(w)),
    "sqrt": (GroupLasso, {"group_weights": "sqrt"}, lambda w: np.sqrt(w.size) * cp.norm(w)),
    "sparse group": (
        SparseGroupLasso,
        {"l1_ratio": 0.4},
        lambda w: 0.4 * cp.norm1(cp.vec(w, "C")) + 0.6 * cp.norm(w),
    ),
}


@pytest.mark.parametrize("n_targets", [0, 2])
@pytest.mark.parametrize("case", CONVEX)
def test_convex_estimators_minimise_what_they_say(data, case, n_targets):
    X, y = data(n_targets)
    kind, settings, term = CONVEX[case]
    weights = np.random.default_rng(2).uniform(0, 2, len(y))
    estimator = kind(0.2, groups=LABELS, **settings).fit(X, y, sample_weight=weights)
    w, b = cp.Variable((24, max(n_targets, 1))), cp.Variable((1, max(n_targets, 1)))
    residual = y.reshape(len(y), -1) - X @ w - np.ones((len(y), 1)) @ b
    loss = cp.sum_squares(cp.multiply(np.sqrt(weights)[:, None], residual)) / 2 / weights.sum()

    def omega(coef):
        parts = [coef[np.flatnonzero(g == LABELS)].reshape((-1, 1), order="C") for g in range(8)]
        return 0.2 * sum(term(part) for part in parts)

    best = cp.Problem(cp.Minimize(loss + omega(w))).solve(cp.CLARABEL)
    np.testing.assert_allclose(estimator.coef_.T.reshape(w.shape), w.value, atol=2e-4)
    assert estimator.solution_.objective == pytest.approx(best, rel=1e-6)
    assert 0 <= estimator.dual_gap_ <= 1e-8
    assert estimator.dual_gap_ >= estimator.solution_.objective - best - 1e-7


def test_the_objective_is_that_of_the_solution(data):
    X, y = data()
    weights = np.random.default_rng(2).uniform(0, 2, len(y))
    for kind in (GroupMCPRegressor, GroupSCADRegressor):
        estimator = kind(0.2, groups=LABELS).fit(X, y, sample_weight=weights)
        penalty = getattr(penalties, kind.__name__.removesuffix("Regressor"))(0.2, estimator.gamma)
        found = objective(
            X,
            y,
            estimator.coef_,
            estimator.intercept_,
            lambda coef, penalty=penalty: penalty.value(coef, Groups.from_labels(LABELS)),
            weights,
        )
        assert estimator.solution_.objective == pytest.approx(found, rel=1e-9)
        assert estimator.kkt_ < 1e-6
        residual = y - estimator.predict(X)
        assert estimator.solution_.residual_norm == pytest.approx(
            np.sqrt(weights @ residual**2), rel=1e-9
        )


def test_latent_groups_overlap(data):
    X, y = data()
    lists = [list(range(first, first + 8)) for first in range(0, 20, 4)]
    estimator = LatentGroupLasso(0.5, groups=lists).fit(X, y)
    parts = [cp.Variable(8) for _ in lists]
    w = sum(
        cp.hstack([np.zeros(first), part, np.zeros(24 - first - 8)])
        for first, part in zip(range(0, 20, 4), parts, strict=True)
    )
    b = cp.Variable()
    loss = cp.sum_squares(y - X @ w - b) / 2 / len(y)
    best = cp.Problem(cp.Minimize(loss + 0.5 * sum(cp.norm(part) for part in parts)))
    assert estimator.solution_.objective == pytest.approx(best.solve(cp.CLARABEL), rel=1e-6)
    np.testing.assert_allclose(estimator.coef_, w.value, atol=1e-4)
    assert estimator.solution_.latent.size == 40


def test_an_unpenalised_group_is_fitted_as_a_whole(data):
    X, y = data()
    labels = np.where(LABELS == 0, -1, LABELS - 1)
    free = GroupLasso(1e6, groups=labels).fit(X, y)
    plain = LinearRegression().fit(X[:, :3], y)
    np.testing.assert_allclose(free.coef_[:3], plain.coef_, atol=1e-8)
    assert not free.coef_[3:].any()
    assert free.active_groups_.size == 0


@pytest.mark.parametrize("n_targets", [0, 2])
def test_group_l0_is_the_best_subset_of_groups(data, n_targets):
    X, y = data(n_targets)
    best = min(
        itertools.combinations(range(8), 2),
        key=lambda pair: ((y - fitted(X, y, np.isin(LABELS, pair))) ** 2).sum(),
    )
    estimator = GroupL0Regressor(2, groups=LABELS).fit(X, y)
    assert tuple(estimator.active_groups_) == best
    np.testing.assert_allclose(estimator.predict(X), fitted(X, y, np.isin(LABELS, best)))


def fitted(X, y, chosen):
    return LinearRegression().fit(X[:, chosen], y).predict(X[:, chosen])


def test_group_l0_at_a_price(data):
    X, y = data()
    values = {
        chosen: ((y - fitted(X, y, np.isin(LABELS, chosen))) ** 2).sum() / 120 + 0.5 * len(chosen)
        for size in range(1, 5)
        for chosen in itertools.combinations(range(8), size)
    }
    estimator = GroupL0Regressor(alpha=0.5, groups=LABELS).fit(X, y)
    assert tuple(estimator.active_groups_) == min(values, key=values.get)
    assert estimator.solution_.objective == pytest.approx(min(values.values()), rel=1e-9)
    assert estimator.kkt_ == 0


def test_single_features_are_scikit_learn_s_matching_pursuit(data):
    X, y = data()
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    theirs = OrthogonalMatchingPursuit(n_nonzero_coefs=7).fit(X, y)
    for kind in (GroupOMPRegressor, SimultaneousOMPRegressor):
        np.testing.assert_allclose(kind(7).fit(X, y).coef_, theirs.coef_, atol=1e-10)


@pytest.mark.parametrize(
    "kind",
    [
        GroupL0Regressor,
        GroupOMPRegressor,
        SimultaneousOMPRegressor,
        RankAwareORMPRegressor,
        SubspaceAugmentedMUSICRegressor,
    ],
)
def test_noise_levels_are_norms_of_weighted_residuals(data, kind):
    X, y = data()
    weights = np.random.default_rng(3).uniform(0.5, 2, len(y))
    residual = y - LinearRegression().fit(X[:, 4:], y, sample_weight=weights).predict(X[:, 4:])
    level = 1.05 * float(np.sqrt(weights @ residual**2))
    estimator = kind(noise_level=level, groups=4).fit(X, y, sample_weight=weights)
    found = np.sqrt(weights @ (y - estimator.predict(X)) ** 2)
    assert estimator.solution_.residual_norm == pytest.approx(found, rel=1e-9)
    assert found <= level
    assert {1, 3} <= set(estimator.active_groups_)


@pytest.mark.parametrize("n_targets", [0, 2])
def test_the_constrained_form_finds_its_alpha(data, n_targets):
    X, y = data(n_targets)
    level = 0.3 * float(np.linalg.norm(y - y.mean(axis=0)))
    constrained = ConstrainedGroupLasso(level, groups=LABELS).fit(X, y)
    residual = y - constrained.predict(X)
    assert np.linalg.norm(residual) == pytest.approx(level, rel=1e-7)
    penalised = GroupLasso(constrained.solution_.alpha, groups=LABELS).fit(X, y)
    np.testing.assert_allclose(constrained.coef_, penalised.coef_, atol=1e-5)
    radius = float(norms(penalised.coef_).sum())
    ball = ConstrainedGroupLasso(radius=radius, groups=LABELS).fit(X, y)
    np.testing.assert_allclose(ball.coef_, penalised.coef_, atol=1e-5)


def test_the_constrained_form_by_default_explains_99_per_cent(data):
    X, y = data()
    assert ConstrainedGroupLasso().fit(X, y).score(X, y) == pytest.approx(0.99, abs=1e-6)
    assert not ConstrainedGroupLasso().fit(X, np.full(60, 3.0)).coef_.any()


@pytest.mark.parametrize(
    "estimator",
    [
        OrthogonallyWeightedRegressor(noise_level=1.0),
        RankAwareORMPRegressor(noise_level=1.0),
        RankAwareORMPRegressor(20),
        SubspaceAugmentedMUSICRegressor(20),
        SimultaneousNIHTRegressor(20),
    ],
    ids=lambda estimator: f"{type(estimator).__name__}, {estimator.get_params()['noise_level']}",
)
def test_rank_aware_methods_find_the_rows(estimator):
    shared = make_joint_sparse(55, 80, 12, 20, rank=12, noise=0.05, random_state=0)
    X, Y = shared.problem.operator.operator.values, shared.problem.data
    if estimator.noise_level is not None:
        estimator.set_params(noise_level=shared.noise_level)
    found = estimator.set_params(fit_intercept=False).fit(X, Y)
    np.testing.assert_array_equal(found.active_groups_, shared.active_groups)


def test_the_orthogonal_weight_is_the_group_lasso_at_gamma_1(data):
    X, Y = data(3)
    ours = OrthogonallyWeightedRegressor(0.3, gamma=1.0, groups=4, tol=1e-14).fit(X, Y)
    np.testing.assert_allclose(ours.coef_, GroupLasso(0.3, groups=4).fit(X, Y).coef_, atol=1e-5)


def test_the_orthogonal_weight_lowers_its_objective(data):
    X, Y = data(3)
    penalty = penalties.OrthogonallyWeightedL21(0.3, 0.01)
    rows = Groups.blocks(4, 24).over_channels((24, 3), -1)

    def value(estimator):
        return objective(
            X, Y, estimator.coef_, estimator.intercept_, lambda w: penalty.value(w.T, rows)
        )

    found = OrthogonallyWeightedRegressor(0.3, gamma=0.01, groups=4).fit(X, Y)
    assert value(found) == pytest.approx(found.solution_.objective, rel=1e-6)
    assert value(found) < value(GroupLasso(0.3, groups=4).fit(X, Y))
    assert found.kkt_ < 0.05


def test_warm_starts_begin_where_the_last_fit_ended(data):
    X, y = data()
    cold = GroupLasso(0.1, groups=LABELS).fit(X, y)
    warm = GroupLasso(0.1, groups=LABELS, warm_start=True).fit(X, y).fit(X, y)
    assert warm.n_iter_ < cold.n_iter_
    np.testing.assert_allclose(warm.coef_, cold.coef_, atol=1e-9)
    warm.set_params(groups=4).fit(X[:, :12], y)  # nothing to start from
    np.testing.assert_array_equal(warm.coef_, GroupLasso(0.1, groups=4).fit(X[:, :12], y).coef_)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_warm_starts_of_every_estimator(name, build, data):
    X, y = data()
    if "warm_start" not in build(name).get_params():
        pytest.skip("has none")
    warm = build(name, warm_start=True).fit(X, y)
    first = warm.coef_.copy()
    np.testing.assert_allclose(warm.fit(X, y).coef_, first, atol=1e-3)


def test_not_converging_is_one_warning_with_scikit_learn_s_class(data):
    X, y = data()
    with pytest.warns(ConvergenceWarning, match="GroupLasso: stopped at the largest") as caught:
        model = GroupLasso(1e-4, groups=4, max_iter=2).fit(X, y)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert model.solution_.status is Status.MAX_ITER
    assert model.n_iter_ == 2


BY_NAME = {
    "names": [["b", "d"], ["a", "c"]],
    "labels by name": pd.Series({"b": 0, "a": 1, "d": 0, "c": 1}),
    "labels without names": pd.Series([1, 0, 1, 0]),
    "labels": np.array([1, 0, 1, 0]),
    "indices": [[1, 3], [0, 2]],
    "tuples": ((1, 3), (0, 2)),
}


@pytest.mark.parametrize("groups", BY_NAME.values(), ids=BY_NAME)
def test_groups_by_name(data, groups):
    X, y = data()
    frame = pd.DataFrame(X[:, [4, 0, 5, 1]], columns=list("abcd"))
    model = GroupLasso(1.0, groups=groups).fit(frame, y)
    assert list(model.active_groups_) == [1]
    assert set(np.flatnonzero(model.coef_)) == {0, 2}
