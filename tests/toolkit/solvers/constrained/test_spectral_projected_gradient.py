"""The constrained group-sparse problems, against conic programming and SPGL1."""

import dataclasses

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.sparse.linalg import aslinearoperator

from groupsparse.toolkit.convergence import ConvergenceWarning
from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.operators import Operator
from groupsparse.toolkit.penalties import L21
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solution import CertificateKind, Status
from groupsparse.toolkit.solvers import FISTA, SpectralProjectedGradient
from groupsparse.toolkit.solvers.constrained.active_newton import solve_by_conjugate_gradients
from groupsparse.toolkit.solvers.constrained.l21_ball import L21Ball, find_projection_factors
from groupsparse.toolkit.testing import random_array

UNEQUAL = np.repeat(np.arange(12), [1, 2, 3, 4, 1, 2, 3, 4, 5, 2, 1, 2])


def make(seed, dtype="float64", n_channels=1, labels=UNEQUAL, n_rows=18, noise=0.1):
    """Return a problem with three active groups, and the norm of its noise."""
    rng = np.random.default_rng(seed)
    matrix = random_array((n_rows, labels.size), dtype, rng) / np.float32(n_rows**0.5)
    active = rng.choice(labels.max() + 1, 3, replace=False)
    shape = (labels.size, n_channels)[: 1 + (n_channels > 1)]
    coef = random_array(shape, dtype, rng)
    coef[~np.isin(labels, active)] = 0
    data = matrix @ coef
    error = random_array(data.shape, dtype, rng)
    error *= np.float32(noise * np.linalg.norm(data) / np.linalg.norm(error))
    return Problem(matrix, data + error, labels), float(np.linalg.norm(error))


def matrix_of(problem):
    """Return the matrix that serves every channel."""
    operator = problem.operator if problem.data.ndim == 1 else problem.operator.operator
    return operator.columns(np.arange(operator.domain_shape[0])).T


def lists_of(problem):
    return [problem.groups.members(g) for g in range(problem.groups.n_groups)]


def cone_program(matrix, data, groups, weights, noise_level=None, radius=None):
    """Return the optimal objective and coefficients, flat, from CVXPY: over real pairs."""
    cp = pytest.importorskip("cvxpy")
    whole = np.kron(matrix, np.eye(data.size // len(matrix)))
    n = whole.shape[1]
    pairs = np.block([[whole.real, -whole.imag], [whole.imag, whole.real]])
    x = cp.Variable(2 * n)
    terms, constraints = [], []
    for members, weight in zip(groups, weights, strict=True):
        norm = cp.norm(x[np.concatenate([members, members + n])])
        if np.isinf(weight):
            constraints.append(norm <= 0)
        elif weight:
            terms.append(weight * norm)
    misfit = cp.norm(pairs @ x - np.concatenate([data.real.ravel(), data.imag.ravel()]))
    if noise_level is not None:
        program = cp.Problem(cp.Minimize(sum(terms)), [misfit <= noise_level, *constraints])
    else:
        program = cp.Problem(cp.Minimize(misfit), [sum(terms) <= radius, *constraints])
    program.solve("CLARABEL", tol_gap_abs=1e-9, tol_gap_rel=1e-9, tol_feas=1e-9)
    coef = x.value[:n] + 1j * x.value[n:]
    return program.value if radius is None else program.value**2 / 2, coef


def check_noise_level(solution, problem, noise_level, expected):
    assert solution.status is Status.CONVERGED
    assert solution.residual_norm == pytest.approx(noise_level, rel=1e-6)
    assert solution.residual_norm <= noise_level * (1 + 1e-8)
    residual = problem.data - problem.operator.apply(solution.coef)
    assert np.linalg.norm(residual) == pytest.approx(solution.residual_norm, rel=1e-10)
    assert solution.objective == pytest.approx(expected, rel=1e-6)
    assert solution.certificate.kind == CertificateKind.DUALITY_GAP
    assert 0 <= solution.certificate.value <= 1e-7 * solution.objective


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
@pytest.mark.parametrize("seed", range(4))
def test_projection_agrees_with_a_search_for_the_shift(seed, dtype):
    rng = np.random.default_rng(seed)
    groups = Groups.from_labels(UNEQUAL)
    weights = rng.uniform(0.3, 3, groups.n_groups)
    x = random_array((UNEQUAL.size,), dtype, rng)
    ball = L21Ball(groups, weights)
    norms = np.array([np.linalg.norm(x[groups.members(g)]) for g in range(groups.n_groups)])

    def excess(theta, radius):
        return weights @ np.maximum(0, norms - theta * weights) - radius

    for radius in (0.01, 1.0, 10.0):
        theta = brentq(excess, 0, 100, args=(radius,))
        factors = np.maximum(0, 1 - theta * weights / norms)
        projected = ball.project(x, radius)
        assert projected.dtype == dtype
        tolerance = 1e-5 if dtype == "float32" else 1e-9
        np.testing.assert_allclose(projected, factors[UNEQUAL] * x, atol=tolerance)
    np.testing.assert_array_equal(ball.project(x, 1000.0), x)
    np.testing.assert_array_equal(ball.project(x, np.inf), x)
    assert not ball.project(x, 0.0).any()


@pytest.mark.parametrize("complex_valued", [False, True])
def test_projection_is_the_nearest_point(complex_valued):
    rng = np.random.default_rng(1)
    groups, weights = Groups.from_labels(UNEQUAL), rng.uniform(0.3, 3, 12)
    x = random_array((UNEQUAL.size,), "complex128" if complex_valued else "float64", rng)
    ball = L21Ball(groups, weights)
    members = [groups.members(g) for g in range(12)]
    best, _ = cone_program(np.eye(x.size), x, members, weights, radius=3.0)
    projected = ball.project(x, 3.0)
    assert ball.norm(groups.norms(projected)) == pytest.approx(3)
    assert np.linalg.norm(projected - x) ** 2 / 2 == pytest.approx(best, rel=1e-8)


def test_projection_leaves_free_coefficients_and_clears_excluded_ones():
    groups = Groups.from_labels([0, 0, -1, 1, 2])
    ball = L21Ball(groups, np.array([1.0, 0.0, np.inf]))
    x = np.array([3.0, 4.0, 9.0, 8.0, 7.0])
    np.testing.assert_allclose(ball.project(x, 2.5), [1.5, 2.0, 9.0, 8.0, 0.0])
    np.testing.assert_allclose(ball.project(x, 99.0), [3.0, 4.0, 9.0, 8.0, 0.0])
    np.testing.assert_allclose(ball.project(x, 0.0), [0.0, 0.0, 9.0, 8.0, 0.0])
    assert ball.free.tolist() == [2, 3]
    assert ball.dual_norm(x) == 5


def test_projection_survives_groups_of_zeros_and_ties():
    weights = np.ones(4)
    np.testing.assert_array_equal(find_projection_factors(np.zeros(4), weights, 0.0), 1)
    np.testing.assert_allclose(find_projection_factors(np.full(4, 2.0), weights, 4.0), 0.5)
    np.testing.assert_allclose(
        find_projection_factors(np.array([0.0, 2, 0, 1]), weights, 1.0)[[1, 3]], [0.5, 0]
    )


def test_conjugate_gradients_solve_complex_systems():
    rng = np.random.default_rng(0)
    root = random_array((8, 8), "complex128", rng)
    matrix, rhs = root.conj().T @ root, random_array((8,), "complex128", rng)
    x = solve_by_conjugate_gradients(lambda v: matrix @ v, rhs, accuracy=1e-12)
    np.testing.assert_allclose(matrix @ x, rhs, atol=1e-9)
    assert not solve_by_conjugate_gradients(lambda v: matrix @ v, np.zeros(8)).any()


@pytest.mark.covering(2)
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("weighing", [None, "sqrt", "given"])
@pytest.mark.parametrize("seed", range(3))
def test_noise_level_against_a_cone_program(dtype, n_channels, weighing, seed):
    problem, level = make(seed, dtype, n_channels, noise=(0.03, 0.1, 0.3)[seed])
    given = np.random.default_rng(seed).uniform(0.5, 2, 12) if weighing == "given" else weighing
    weights = L21(1.0, given).weights(problem.groups)
    best, coef = cone_program(
        matrix_of(problem), problem.data, lists_of(problem), weights, noise_level=level
    )
    solution = SpectralProjectedGradient(noise_level=level, group_weights=given).solve(problem)
    check_noise_level(solution, problem, level, best)
    np.testing.assert_allclose(solution.coef.ravel(), coef, atol=1e-3)
    assert solution.objective == pytest.approx(L21(1.0, given).value(solution.coef, problem.groups))


def test_real_matrix_and_complex_data():
    problem, level = make(5)
    data = problem.data + 1j * np.roll(problem.data, 1)
    twisted = Problem(matrix_of(problem), data, UNEQUAL)
    members, weights = lists_of(problem), np.ones(12)
    best, _ = cone_program(matrix_of(problem), data, members, weights, noise_level=level)
    solution = SpectralProjectedGradient(noise_level=level).solve(twisted)
    check_noise_level(solution, twisted, level, best)


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("n_channels", [1, 2])
@pytest.mark.parametrize("radius", [0.5, 3.0])
def test_radius_against_a_cone_program(dtype, n_channels, radius):
    problem, _ = make(4, dtype, n_channels)
    best, _ = cone_program(
        matrix_of(problem), problem.data, lists_of(problem), np.ones(12), radius=radius
    )
    solution = SpectralProjectedGradient(radius=radius).solve(problem)
    assert solution.status is Status.CONVERGED
    assert solution.objective == pytest.approx(solution.residual_norm**2 / 2, rel=1e-12)
    assert solution.objective == pytest.approx(best, rel=1e-6)
    assert L21(1.0).value(solution.coef, problem.groups) == pytest.approx(radius, rel=1e-9)
    assert 0 <= solution.certificate.value <= 1e-7 * solution.objective


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("free_labels", [False, True])
def test_weights_of_zero_and_infinity_and_unpenalised_labels(dtype, free_labels):
    labels = np.where(UNEQUAL == 11, -1, UNEQUAL) if free_labels else UNEQUAL
    problem, level = make(6, dtype, labels=labels, n_rows=25)
    weights = np.ones(problem.groups.n_groups)
    weights[[2, 7]], weights[8] = 0, np.inf
    best, coef = cone_program(
        matrix_of(problem), problem.data, lists_of(problem), weights, noise_level=level
    )
    solver = SpectralProjectedGradient(noise_level=level, group_weights=weights)
    solution = solver.solve(problem)
    check_noise_level(solution, problem, level, best)
    np.testing.assert_allclose(solution.coef, coef, atol=1e-3)
    assert not solution.coef[labels == 8].any()
    residual = problem.data - problem.operator.apply(solution.coef)
    free = np.isin(labels, [-1, 2, 7])
    np.testing.assert_allclose(problem.operator.adjoint(residual)[free], 0, atol=1e-7)
    inside = SpectralProjectedGradient(radius=solution.objective, group_weights=weights)
    again = inside.solve(problem)
    assert again.residual_norm == pytest.approx(level, rel=1e-6)
    np.testing.assert_allclose(again.coef, solution.coef, atol=1e-5)


@pytest.mark.parametrize("seed", range(12))
def test_noise_level_against_spgl1(seed, spgl1):
    n_channels = 1 + 2 * (seed % 2)
    rng = np.random.default_rng(seed)
    matrix = rng.standard_normal((40, 100)) / 40**0.5
    coef = np.zeros((100, n_channels))
    coef[rng.choice(100, 6, replace=False)] = rng.standard_normal((6, n_channels))
    data = matrix @ coef + 0.03 * rng.standard_normal((40, n_channels))
    level = 0.03 * data.size**0.5
    options = {"opt_tol": 1e-9, "bp_tol": 1e-9, "dec_tol": 1e-9, "iter_lim": 20000}
    if n_channels == 1:
        theirs = spgl1.spg_bpdn(matrix, data[:, 0], level, **options)[0][:, None]
    else:
        theirs = spgl1.spg_mmv(matrix, data, level, **options)[0].reshape(100, -1)
    problem = Problem(matrix, data)
    solution = SpectralProjectedGradient(noise_level=level).solve(problem)
    check_noise_level(solution, problem, level, np.linalg.norm(theirs, axis=1).sum())


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_alpha_is_the_strength_of_the_penalised_problem_with_the_same_solution(dtype):
    problem, level = make(7, dtype)
    solution = SpectralProjectedGradient(noise_level=level, group_weights="sqrt").solve(problem)
    penalised = FISTA(L21(solution.alpha, "sqrt"), tol=1e-12, max_iter=20000).solve(problem)
    np.testing.assert_allclose(solution.coef, penalised.coef, atol=1e-7)
    np.testing.assert_array_equal(solution.active_groups, penalised.active_groups)


@pytest.mark.parametrize("dtype", ["float32", "complex64"])
@pytest.mark.parametrize("form", ["noise_level", "radius"])
def test_single_precision(dtype, form):
    problem, level = make(8, dtype)
    wide = "complex128" if dtype == "complex64" else "float64"
    precise = Problem(matrix_of(problem).astype(wide), problem.data.astype(wide), UNEQUAL)
    solver = SpectralProjectedGradient(**{form: level if form == "noise_level" else 2.0})
    solution, expected = solver.solve(problem), solver.solve(precise)
    assert solution.status is Status.CONVERGED
    assert solution.coef.dtype == dtype
    assert solution.residual_norm == pytest.approx(expected.residual_norm, rel=1e-4)
    assert solution.objective == pytest.approx(expected.objective, rel=1e-4)
    np.testing.assert_allclose(solution.coef, expected.coef, atol=1e-3)
    np.testing.assert_array_equal(solution.active_groups, expected.active_groups)


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_without_a_matrix(dtype):
    problem, level = make(9, dtype)
    matrix_free = Problem(aslinearoperator(matrix_of(problem)), problem.data, UNEQUAL)
    solver = SpectralProjectedGradient(noise_level=level)
    solution, expected = solver.solve(matrix_free), solver.solve(problem)
    np.testing.assert_allclose(solution.coef, expected.coef, atol=1e-8)


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("max_iter", [1, 3, 8])
def test_duality_gap_bounds_the_distance_from_the_optimum(dtype, max_iter):
    problem, level = make(10, dtype, n_rows=40)
    for solver in (
        SpectralProjectedGradient(noise_level=level),
        SpectralProjectedGradient(radius=2.0),
    ):
        best = solver.solve(problem).objective
        with pytest.warns(ConvergenceWarning, match="duality gap"):
            early = dataclasses.replace(solver, max_iter=max_iter).solve(problem)
        assert early.status is Status.MAX_ITER
        assert early.iterations == max_iter
        assert early.objective - best <= early.certificate.value
        assert early.certificate.value > 0


def test_history_has_a_value_for_every_iteration():
    problem, level = make(11)
    solution = SpectralProjectedGradient(noise_level=level).solve(problem)
    assert set(solution.history) == {"objective", "residual_norm", "radius"}
    assert {len(values) for values in solution.history.values()} == {solution.iterations}
    assert solution.history["objective"][-1] == pytest.approx(solution.objective)
    assert solution.history["residual_norm"][-1] == pytest.approx(level)


def test_start_at_the_solution_ends_at_once():
    problem, level = make(12)
    for settings in ({"noise_level": level}, {"radius": 1.5}):
        solver = SpectralProjectedGradient(**settings)
        first = solver.solve(problem)
        second = solver.solve(problem, first.coef)
        assert second.iterations <= 2
        np.testing.assert_allclose(second.coef, first.coef, atol=1e-8)


@pytest.mark.parametrize("factor", [0.0, -1.0, 100.0])
def test_any_start_leads_to_the_solution(factor):
    problem, level = make(13, "complex128")
    start = factor * np.ones(problem.shape)
    for settings in ({"noise_level": level}, {"radius": 1.5}):
        solver = SpectralProjectedGradient(**settings)
        expected = solver.solve(problem)
        np.testing.assert_allclose(solver.solve(problem, start).coef, expected.coef, atol=1e-7)


def test_exact_data_and_no_noise_give_the_sparse_coefficients():
    rng = np.random.default_rng(0)
    matrix, coef = rng.standard_normal((60, 120)), np.zeros(120)
    coef[[8, 9, 40, 41]] = [1, -2, 3, 4]
    solution = SpectralProjectedGradient(noise_level=0.0).solve(Problem(matrix, matrix @ coef, 2))
    assert solution.status is Status.CONVERGED
    np.testing.assert_allclose(solution.coef, coef, atol=1e-6)


def test_noise_level_that_cannot_be_reached():
    rng = np.random.default_rng(0)
    matrix, data = rng.standard_normal((40, 12)), rng.standard_normal(40)
    least = np.linalg.lstsq(matrix, data)[0]
    floor = np.linalg.norm(data - matrix @ least)
    solver = SpectralProjectedGradient(noise_level=0.999 * floor)
    with pytest.warns(ConvergenceWarning, match="noise level"):
        solution = solver.solve(Problem(matrix, data, 3))
    assert solution.status is Status.NOISE_LEVEL_NOT_REACHED
    assert solution.residual_norm == pytest.approx(floor)
    np.testing.assert_allclose(solution.coef, least, atol=1e-6)
    just_above = SpectralProjectedGradient(noise_level=1.001 * floor).solve(
        Problem(matrix, data, 3)
    )
    assert just_above.status is Status.CONVERGED


def test_noise_level_out_of_reach_when_all_that_explains_is_excluded():
    problem = Problem(np.eye(3), [1.0, 2.0, 0.0])
    solver = SpectralProjectedGradient(noise_level=0.5, group_weights=[1, np.inf, 1])
    with pytest.warns(ConvergenceWarning, match="noise level"):
        solution = solver.solve(problem)
    assert solution.status is Status.NOISE_LEVEL_NOT_REACHED
    assert solution.coef[1] == 0


def test_a_ball_that_holds_the_least_squares_solution():
    rng = np.random.default_rng(0)
    matrix, data = rng.standard_normal((40, 12)), rng.standard_normal(40)
    solution = SpectralProjectedGradient(radius=1e4).solve(Problem(matrix, data, 3))
    assert solution.status is Status.CONVERGED
    np.testing.assert_allclose(solution.coef, np.linalg.lstsq(matrix, data)[0], atol=1e-6)


def test_unpenalised_coefficients_that_suffice_leave_the_others_zero():
    rng = np.random.default_rng(0)
    matrix = np.column_stack([np.ones(20), rng.standard_normal((20, 6))])
    data = 5 + 0.1 * rng.standard_normal(20)
    problem = Problem(matrix, data, [-1, 0, 0, 1, 1, 2, 2])
    solution = SpectralProjectedGradient(noise_level=1.0).solve(problem)
    assert solution.status is Status.CONVERGED
    assert solution.objective == 0
    assert solution.active_groups.size == 0
    assert solution.coef[0] == pytest.approx(data.mean())


def test_no_groups_at_all_is_least_squares():
    rng = np.random.default_rng(0)
    matrix, data = rng.standard_normal((20, 4)), rng.standard_normal(20)
    problem = Problem(matrix, data, [-1] * 4)
    solution = SpectralProjectedGradient(radius=1.0).solve(problem)
    assert solution.status is Status.CONVERGED
    np.testing.assert_allclose(solution.coef, np.linalg.lstsq(matrix, data)[0], atol=1e-7)
    with pytest.warns(ConvergenceWarning, match="noise level"):
        SpectralProjectedGradient(noise_level=0.1).solve(problem)


@pytest.mark.parametrize("settings", [{"noise_level": 0.0}, {"noise_level": 0.3}, {"radius": 1.0}])
def test_zero_data_give_zero(settings):
    solution = SpectralProjectedGradient(**settings).solve(Problem(np.eye(4), np.zeros(4), 2))
    assert solution.status is Status.CONVERGED
    assert not solution.coef.any()
    assert solution.objective == 0
    assert solution.certificate.value == 0


def test_data_that_no_column_can_explain_give_zero():
    problem = Problem(np.eye(4)[:, :2], [0.0, 0.0, 3.0, 4.0])
    solution = SpectralProjectedGradient(radius=1.0).solve(problem)
    assert solution.status is Status.CONVERGED
    assert not solution.coef.any()
    with pytest.warns(ConvergenceWarning, match="noise level"):
        solution = SpectralProjectedGradient(noise_level=1.0).solve(problem)
    assert not solution.coef.any()
    assert solution.residual_norm == 5


def test_callback_sees_progress_and_stops():
    problem, level = make(14)
    seen = []
    solver = SpectralProjectedGradient(noise_level=level, callback=seen.append)
    full = solver.solve(problem)
    assert [progress.iteration for progress in seen] == list(range(1, full.iterations + 1))
    fractions = [progress.fraction for progress in seen]
    assert fractions == sorted(fractions)
    assert 0 <= fractions[0] < 0.1
    assert fractions[-1] == 1
    assert seen[-1].n_active == full.active_groups.size
    stopped = dataclasses.replace(solver, callback=lambda progress: True).solve(problem)
    assert stopped.status is Status.STOPPED
    assert stopped.iterations == 1


class Breaking(Operator):
    """The identity, for the first products."""

    domain_shape = range_shape = (3,)
    dtype = np.dtype(float)
    calls = 0

    def _apply(self, x):
        self.calls += 1
        return x * (np.nan if self.calls > 4 else 1)

    def _adjoint(self, y):
        return y


def test_an_operator_that_returns_nan_ends_as_diverged():
    with pytest.warns(ConvergenceWarning):
        solution = SpectralProjectedGradient(noise_level=0.1).solve(Problem(Breaking(), np.ones(3)))
    assert solution.status is Status.DIVERGED


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "give either noise_level or radius, got noise_level=None and radius=None"),
        ({"noise_level": 1.0, "radius": 1.0}, "either noise_level or radius"),
        ({"noise_level": -1.0}, "noise_level must be finite and not negative, got -1.0"),
        ({"noise_level": np.inf}, "noise_level must be finite and not negative, got inf"),
        ({"noise_level": np.nan}, "noise_level must be finite and not negative, got nan"),
        ({"radius": 0.0}, "radius must be positive and finite, got 0.0"),
        ({"radius": np.inf}, "radius must be positive and finite, got inf"),
        ({"radius": 1.0, "tol": 0.0}, "tol must be positive and finite, got 0.0"),
        ({"radius": 1.0, "max_iter": 0}, "max_iter must be an integer of at least 1, got 0"),
        ({"radius": 1.0, "group_weights": "other"}, "group_weights must be"),
        ({"radius": 1.0, "group_weights": [-1.0]}, "group_weights must be"),
    ],
)
def test_bad_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        SpectralProjectedGradient(**settings)


def test_bad_problems_are_refused():
    solver = SpectralProjectedGradient(noise_level=7.0)
    with pytest.raises(ValueError, match=r"noise_level .* data, 5, got 7.0: the answer is zero"):
        solver.solve(Problem(np.eye(2), [3.0, 4.0]))
    with pytest.raises(ValueError, match="groups overlap"):
        solver.solve(Problem(np.eye(3), np.full(3, 9.0), [[0, 1], [1, 2]]))
    with pytest.raises(ValueError, match=r"start must have shape \(2,\)"):
        solver.solve(Problem(np.eye(2), [9.0, 9.0]), np.zeros(3))
    weighted = SpectralProjectedGradient(radius=1.0, group_weights=[1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="group_weights must have shape"):
        weighted.solve(Problem(np.eye(2), [9.0, 9.0]))
