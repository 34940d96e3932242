"""Constrained problems with correlated columns, where projected gradients alone would creep.

A solution is judged by weak duality in plain NumPy, and against the same problem without columns.
"""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator

from groupsparse.datasets import make_group_sparse
from groupsparse.toolkit.convergence import ConvergenceWarning
from groupsparse.toolkit.estimators import ConstrainedGroupLasso
from groupsparse.toolkit.operators import Convolution
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solution import Status
from groupsparse.toolkit.solvers import SpectralProjectedGradient
from groupsparse.toolkit.solvers.constrained.strength_root import Secant
from groupsparse.toolkit.testing import random_array

ALONE = 60  # gradient steps before anything else is tried
GIVEN = np.random.default_rng(1).uniform(0.1, 3.0, 40)
FREE = np.where(np.arange(40) == 3, 0.0, np.where(np.arange(40) == 11, np.inf, GIVEN))


def make(dtype="float64", n_channels=1, *, seed=0, n_rows=80, noise=1e-2, shared=0.97):
    """Return a matrix with 40 groups of four similar columns, data, and the norm of their noise."""
    rng = np.random.default_rng(seed)
    own, common = (random_array((n_rows, n), dtype, rng) for n in (160, 40))
    matrix = np.sqrt(1 - shared**2) * own + shared * np.repeat(common, 4, axis=1)
    matrix /= np.linalg.norm(matrix, axis=0)
    coef = random_array((160, n_channels), dtype, rng)
    coef[~np.isin(np.arange(160) // 4, rng.choice(40, 5, replace=False))] = 0
    error = noise * random_array((n_rows, n_channels), dtype, rng)
    data = (matrix @ coef + error).astype(dtype)
    level = float(np.linalg.norm(error))
    return matrix.astype(dtype), data if n_channels > 1 else data[:, 0], level


def find_suboptimality(problem, weights, solution, *, noise_level=None, radius=None):
    """Return the part of the objective by which a solution may be above the optimum.

    By weak duality; the solution must be feasible, but for some rounding.
    """
    residual = problem.data - problem.operator.apply(solution.coef)
    groups, misfit = problem.groups, np.linalg.norm(residual)
    counted = (weights > 0) & np.isfinite(weights)
    norm = float(weights[counted] @ groups.norms(solution.coef)[counted])
    correlations = groups.norms(problem.operator.adjoint(residual))
    dual_norm = float((correlations[counted] / weights[counted]).max())
    match = np.vdot(residual, problem.data).real
    if noise_level is not None:
        assert misfit <= noise_level * (1 + 1e-5)
        return abs(norm - (match - noise_level * misfit) / dual_norm) / norm
    assert norm <= radius * (1 + 1e-9)
    return abs(misfit**2 - match + radius * dual_norm) / (misfit**2 / 2)


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("n_channels", [1, 5])
@pytest.mark.parametrize("weighing", ["none", "sqrt", "given"])
def test_noise_level_by_duality(dtype, n_channels, weighing):
    matrix, data, level = make(dtype, n_channels)
    problem = Problem(matrix, data, 4)
    group_weights = {"none": None, "sqrt": "sqrt", "given": GIVEN}[weighing]
    weights = {
        "none": np.ones(40),
        "sqrt": np.full(40, np.sqrt(4.0 * n_channels)),
        "given": GIVEN,
    }[weighing]
    solver = SpectralProjectedGradient(noise_level=level, group_weights=group_weights, tol=1e-6)
    solution = solver.solve(problem)
    assert solution.status is Status.CONVERGED
    assert solution.iterations > ALONE
    assert solution.residual_norm == pytest.approx(level, rel=2e-6)
    assert find_suboptimality(problem, weights, solution, noise_level=level) < 1e-5


@pytest.mark.parametrize("settings", [{"noise_level": 0.2}, {"noise_level": 0.0}, {"radius": 8.0}])
def test_free_and_excluded_groups(settings):
    matrix, data, _ = make()
    problem = Problem(matrix, data, 4)
    solver = SpectralProjectedGradient(**settings, group_weights=FREE, tol=1e-6)
    solution = solver.solve(problem)
    assert solution.status is Status.CONVERGED
    residual = data - matrix @ solution.coef
    unexplained = np.linalg.norm(matrix[:, 12:16].T @ residual)
    assert unexplained <= 2e-6 * np.linalg.norm(matrix.T @ data)
    assert not solution.coef[44:48].any()
    if settings.get("noise_level") != 0:  # there the residual, and so the bound, is rounding
        assert find_suboptimality(problem, FREE, solution, **settings) < 1e-5


@pytest.mark.parametrize("form", ["noise_level", "radius"])
def test_columns_make_no_difference(form):
    matrix, data, level = make(seed=3)
    target = {"noise_level": level} if form == "noise_level" else {"radius": 8.0}
    solver = SpectralProjectedGradient(**target, tol=1e-7)
    without = solver.solve(Problem(aslinearoperator(matrix), data, 4))
    for values in (matrix, np.asfortranarray(matrix), sp.csc_array(matrix)):
        solution = solver.solve(Problem(values, data, 4))
        assert solution.status is without.status is Status.CONVERGED
        assert solution.objective == pytest.approx(without.objective, rel=2e-6)
        assert solution.alpha == pytest.approx(without.alpha, rel=1e-3)


def test_the_setting_of_the_l0l2_paper_takes_few_iterations():
    data = make_group_sparse(200, 500, 125, 3, theta=3.0, sigma=1e-3, random_state=0)
    for tol in (1e-4, 1e-6):
        solver = SpectralProjectedGradient(noise_level=data.noise_level, tol=tol)
        solution = solver.solve(data.problem)
        assert solution.status is Status.CONVERGED
        assert solution.iterations < 1000
        assert solution.residual_norm == pytest.approx(data.noise_level, rel=2 * tol)
        assert solution.certificate.value <= 1.01 * tol * solution.objective
        assert all(len(values) == solution.iterations for values in solution.history.values())
        assert solution.history["residual_norm"][-1] == pytest.approx(solution.residual_norm)


@pytest.mark.parametrize("sparse", [False, True])
def test_a_regression_with_an_intercept(sparse):
    matrix, data, level = make(seed=2)
    model = ConstrainedGroupLasso(level, groups=4, tol=1e-6)
    model.fit(sp.csr_array(matrix) if sparse else matrix, data + 3)
    assert model.n_iter_ > ALONE
    assert np.linalg.norm(data + 3 - model.predict(matrix)) == pytest.approx(level, rel=1e-5)
    centred = Problem(aslinearoperator(matrix - matrix.mean(axis=0)), data - data.mean(), 4)
    expected = SpectralProjectedGradient(noise_level=level, tol=1e-6).solve(centred)
    assert model.solution_.objective == pytest.approx(expected.objective, rel=1e-5)


def test_convolutions_with_a_smooth_wavelet():
    rng = np.random.default_rng(0)
    phase = (np.pi * 15 * 0.004 * np.arange(-40, 41)) ** 2
    operator = Convolution((1 - 2 * phase) * np.exp(-phase), 300)
    coef = np.zeros((6, 300))
    coef[:, rng.choice(300, 20, replace=False)] = rng.standard_normal((6, 20))
    data = operator.apply(coef)
    error = rng.standard_normal(data.shape)
    error *= 0.1 * np.linalg.norm(data) / np.linalg.norm(error)
    problem, level = Problem(operator, data + error), float(np.linalg.norm(error))
    solution = SpectralProjectedGradient(noise_level=level, tol=1e-5).solve(problem)
    assert solution.status is Status.CONVERGED
    assert ALONE < solution.iterations < 1000
    assert find_suboptimality(problem, np.ones(300), solution, noise_level=level) < 1e-4


@pytest.mark.parametrize("dtype", ["float32", "complex64"])
def test_single_precision_keeps_its_dtype(dtype):
    matrix, data, level = make(dtype)
    solution = SpectralProjectedGradient(noise_level=level, tol=1e-3).solve(
        Problem(matrix, data, 4)
    )
    assert solution.status is Status.CONVERGED
    assert solution.coef.dtype == dtype
    wide = Problem(matrix.astype(np.result_type(dtype, float)), data, 4)
    expected = SpectralProjectedGradient(noise_level=level).solve(wide)
    assert solution.objective == pytest.approx(expected.objective, rel=5e-3)


def test_noise_level_that_correlated_columns_cannot_reach():
    matrix, data, _ = make(n_rows=200, noise=0.05, shared=0.995)
    problem = Problem(matrix, data, 4)
    floor = np.linalg.norm(data - matrix @ np.linalg.lstsq(matrix, data)[0])
    with pytest.warns(ConvergenceWarning, match="noise level"):
        solution = SpectralProjectedGradient(noise_level=0.999 * floor, tol=1e-6).solve(problem)
    assert solution.status is Status.NOISE_LEVEL_NOT_REACHED
    assert solution.residual_norm == pytest.approx(floor, rel=1e-4)
    just_above = SpectralProjectedGradient(noise_level=1.001 * floor, tol=1e-6).solve(problem)
    assert just_above.status is Status.CONVERGED


def test_callback_and_limit_stop_the_search_too():
    data = make_group_sparse(60, 120, 30, 4, theta=3.0, random_state=0)
    settings = {"noise_level": data.noise_level, "tol": 1e-8}
    whole = SpectralProjectedGradient(**settings).solve(data.problem)
    last = whole.iterations - 2
    assert last > ALONE
    stopping = SpectralProjectedGradient(**settings, callback=lambda p: p.iteration == last)
    assert stopping.solve(data.problem).status is Status.STOPPED
    with pytest.warns(ConvergenceWarning):
        limited = SpectralProjectedGradient(**settings, max_iter=last).solve(data.problem)
    assert limited.status is Status.MAX_ITER
    assert limited.iterations == last
    assert limited.certificate.value >= 0


@pytest.mark.parametrize("exponent", [0.2, 1.0, 3.0])
@pytest.mark.parametrize("root", [-12.0, 0.0, 5.0])
def test_secant_finds_roots_of_rising_functions(exponent, root):
    search, moves = Secant(1.0), 0
    while search.move(np.sign(search.place - root) * abs(search.place - root) ** exponent):
        moves += 1
        if abs(search.place - root) < 1e-6:
            break
        assert moves < 200
    assert search.place == pytest.approx(root, abs=1e-6)
