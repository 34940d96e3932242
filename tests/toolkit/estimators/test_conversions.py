"""Every package that is installed has our coefficients at the strength converted for it."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Lasso, MultiTaskLasso

from groupsparse.toolkit.estimators.conversions import CONVENTIONS, Convention, convert_alpha
from groupsparse.toolkit.estimators.regressors.constrained_group_lasso import ConstrainedGroupLasso
from groupsparse.toolkit.estimators.regressors.group_l0 import GroupL0Regressor
from groupsparse.toolkit.estimators.regressors.penalised import GroupLasso, SparseGroupLasso
from groupsparse.toolkit.penalties import L21, WithRidge
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solvers import BlockCoordinateDescent

N, P, SIZE = 60, 40, 4
N_GROUPS = P // SIZE
ALPHA = 0.1
LABELS = np.repeat(np.arange(N_GROUPS), SIZE)
TIGHT = 1e-12


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = np.asfortranarray(rng.standard_normal((N, P)))
    coef = np.zeros(P)
    coef[4:8], coef[20:24] = [1, -2, 3, 1], 2
    return X, X @ coef + rng.standard_normal(N) + 3


def ours(data, *, fit_intercept=True, **parameters):
    settings = {"groups": SIZE, "tol": TIGHT} | parameters
    model = GroupLasso(ALPHA, fit_intercept=fit_intercept, **settings).fit(*data)
    assert 0 < model.active_groups_.size < P  # else any strength near this one would do
    return model


def converted(target, **parameters):
    return convert_alpha(ALPHA, "groupsparse", target, n_samples=N, **parameters)


def agree(coef, model, tol=1e-6):
    np.testing.assert_allclose(np.ravel(coef), np.ravel(model.coef_), rtol=0, atol=tol)


def centred(data):
    X, y = data
    return X - X.mean(axis=0), y - y.mean()


# The factors, on paper


def test_conversion_of_a_path_is_undone_by_its_inverse():
    alphas = np.geomspace(1, 0.01, 5)
    there = convert_alpha(alphas, "celer", "pylops", n_samples=N, group_size=3)
    np.testing.assert_allclose(there, 2 * N * alphas)
    back = convert_alpha(there, "pylops", "celer", n_samples=N, group_size=3)
    np.testing.assert_allclose(back, alphas, rtol=1e-15)


@pytest.mark.parametrize("name", CONVENTIONS)
def test_every_convention_converts_to_itself(name):
    assert convert_alpha(0.3, name, name, n_samples=7, group_size=5) == 0.3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.0, "celer", "skglm"), "alpha must be positive and finite, got 0.0"),
        ((np.array([1.0, np.nan]), "celer", "skglm"), "alpha must be positive and finite"),
        ((1.0, "glmnet", "skglm"), "source must be one of 'groupsparse', .*, got 'glmnet'"),
        ((1.0, "celer", None), "target must be one of .*, got None"),
        ((1.0, "celer", "spgl1"), "target: spgl1 takes no strength but a radius .*Constrained"),
        ((1.0, "abess", "celer"), "source: abess takes no strength but the number of groups"),
        ((1.0, "celer", Convention("t", 0.0)), "the loss of target must be positive"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        convert_alpha(*arguments, n_samples=N)


@pytest.mark.parametrize("name", ["n_samples", "group_size"])
def test_bad_counts_are_named(name):
    with pytest.raises(ValueError, match=f"{name} must be an integer of at least 1, got 0"):
        convert_alpha(1.0, "celer", "skglm", **({"n_samples": N} | {name: 0}))
    with pytest.raises(ValueError, match=f"{name} must be a possible size"):
        convert_alpha(1.0, "celer", "skglm", **({"n_samples": N} | {name: 10**400}))


# Against the packages


def test_toolkit(data):
    alpha = converted("groupsparse.toolkit")
    X, y = centred(data)
    solver = BlockCoordinateDescent(L21(alpha), tol=TIGHT)
    agree(solver.solve(Problem(X, y, groups=SIZE)).coef, ours(data), 1e-9)


@pytest.mark.parametrize("fit_intercept", [False, True])
def test_scikit_learn_lasso(data, fit_intercept):
    model = ours(data, groups=None, fit_intercept=fit_intercept)
    rival = Lasso(converted("scikit-learn"), fit_intercept=fit_intercept, tol=TIGHT)
    agree(rival.fit(*data).coef_, model, 1e-8)
    np.testing.assert_allclose(rival.intercept_, model.intercept_, atol=1e-8)


@pytest.mark.parametrize("fit_intercept", [False, True])
def test_scikit_learn_multi_task_lasso(data, fit_intercept):
    X, y = data
    Y = np.column_stack([y, -y + X[:, 1], X[:, :4].sum(axis=1)])
    model = ours((X, Y), groups=None, fit_intercept=fit_intercept)
    rival = MultiTaskLasso(converted("scikit-learn"), fit_intercept=fit_intercept, tol=TIGHT)
    agree(rival.fit(X, Y).coef_, model, 1e-8)
    np.testing.assert_allclose(rival.intercept_, model.intercept_, atol=1e-8)


# All cases in one test: skglm compiles again in every process.
@pytest.mark.parametrize("package", ["celer", pytest.param("skglm", marks=pytest.mark.slow)])
def test_celer_and_skglm(data, package):
    module = pytest.importorskip(package)
    for weights in (None, np.linspace(0.5, 2, N_GROUPS)):
        for fit_intercept in (False, True):
            options = {"fit_intercept": fit_intercept, "tol": 1e-13}
            rival = module.GroupLasso(SIZE, alpha=converted(package), weights=weights, **options)
            rival.fit(*data)
            model = ours(data, group_weights=weights, fit_intercept=fit_intercept)
            agree(rival.coef_, model)
            np.testing.assert_allclose(rival.intercept_, model.intercept_, atol=1e-6)


def adelie_coef(data, **options):
    adelie = pytest.importorskip("adelie")
    X, y = data
    state = adelie.grpnet(
        X,
        adelie.glm.gaussian(y),
        groups=np.arange(0, P, SIZE),
        tol=1e-16,
        max_iters=10**6,
        early_exit=False,
        progress_bar=False,
        **options,
    )
    return state.betas[-1].toarray().ravel()


@pytest.mark.parametrize("weighted", [False, True])
def test_adelie(data, weighted):
    weights = np.linspace(0.5, 2, N_GROUPS) if weighted else np.ones(N_GROUPS)
    coef = adelie_coef(data, lmda_path=[converted("adelie")], penalty=weights)
    agree(coef, ours(data, group_weights=weights))


def test_adelie_with_its_default_weights(data):
    agree(adelie_coef(data, lmda_path=[converted("adelie", group_size=SIZE)]), ours(data))
    agree(adelie_coef(data, lmda_path=[converted("adelie")]), ours(data, group_weights="sqrt"))


def test_alpha_of_adelie_is_a_share_beside_a_ridge(data):
    lmda, share = converted("adelie"), 0.7
    coef = adelie_coef(data, lmda_path=[lmda], alpha=share, penalty=np.ones(N_GROUPS))
    penalty = WithRidge(L21(N * lmda * share), N * lmda * (1 - share))
    X, y = centred(data)
    solution = BlockCoordinateDescent(penalty, tol=TIGHT).solve(Problem(X, y, groups=SIZE))
    np.testing.assert_allclose(coef, solution.coef, rtol=0, atol=1e-6)


def test_pyproximal(data):
    pyproximal, pylops = pytest.importorskip("pyproximal"), pytest.importorskip("pylops")
    X, y = centred(data)
    order = np.arange(P).reshape(-1, SIZE).T.ravel()  # the first of each group, the second, ...
    found = pyproximal.optimization.primal.ProximalGradient(
        pyproximal.L2(Op=pylops.MatrixMult(X[:, order]), b=y),
        pyproximal.L21(ndim=SIZE, sigma=converted("pyproximal")),
        x0=np.zeros(P),
        tau=1 / np.linalg.norm(X, 2) ** 2,
        niter=2000,
        acceleration="fista",
    )
    coef = np.empty(P)
    coef[order] = found
    agree(coef, ours(data))


def test_sigpy(data):
    sigpy = pytest.importorskip("sigpy")
    X, y = centred(data)
    app = sigpy.app.LinearLeastSquares(
        sigpy.linop.MatMul((P, 1), X),
        y[:, None],
        proxg=sigpy.prox.L1Reg((P, 1), converted("sigpy")),
        max_iter=2000,
        show_pbar=False,
    )
    agree(app.run(), ours(data, groups=None))


def test_pylops(data):
    pylops = pytest.importorskip("pylops")
    X, y = centred(data)
    operator = pylops.MatrixMult(X)
    coef = pylops.optimization.sparsity.fista(
        operator, y, niter=2000, eps=converted("pylops"), tol=0
    )[0]
    agree(coef, ours(data, groups=None))


# What group-lasso warns of are its own plans.
@pytest.mark.filterwarnings("ignore")
def test_group_lasso():
    module = pytest.importorskip("group_lasso")
    rng = np.random.default_rng(1)
    X = rng.standard_normal((N, P))
    y = X[:, 4:8] @ [1, -2, 3, 1] + rng.standard_normal(N)
    l1_ratio = 0.3
    model = SparseGroupLasso(ALPHA, l1_ratio, groups=SIZE, tol=TIGHT, fit_intercept=False)
    rival = module.GroupLasso(
        groups=LABELS,
        l1_reg=l1_ratio * converted("group-lasso"),
        group_reg=(1 - l1_ratio) * converted("group-lasso", group_size=SIZE),
        n_iter=10_000,
        tol=1e-14,
        fit_intercept=False,
        supress_warning=True,
    )
    agree(rival.fit(X, y[:, None]).coef_, model.fit(X, y), 1e-3)


# What takes a constraint


@pytest.mark.parametrize("constraint", ["radius", "noise_level"])
def test_constraint_of_spgl1_follows_from_a_fit_and_leads_back(data, constraint, spgl1):
    X, y = centred(data)
    model = ours(data, groups=None)
    tau, sigma = np.abs(model.coef_).sum(), model.solution_.residual_norm
    options = {"opt_tol": 1e-10, "iter_lim": 5000}
    if constraint == "radius":
        rival, back = spgl1.spg_lasso(X, y, tau, **options)[0], {"radius": tau}
    else:
        rival, back = spgl1.spg_bpdn(X, y, sigma, **options)[0], {"noise_level": sigma}
    agree(rival, model, 1e-5)  # as far as spgl1 goes
    constrained = ConstrainedGroupLasso(**back, tol=1e-11).fit(*data)
    agree(constrained.coef_, model)
    assert constrained.solution_.alpha == pytest.approx(ALPHA, rel=1e-6)


def test_groups_of_abess_are_those_of_group_l0(data):
    linear = pytest.importorskip("abess.linear")
    model = GroupL0Regressor(n_groups=2, groups=SIZE).fit(*data)
    rival = linear.LinearRegression(support_size=model.active_groups_.size, group=LABELS)
    agree(rival.fit(*data).coef_, model)
