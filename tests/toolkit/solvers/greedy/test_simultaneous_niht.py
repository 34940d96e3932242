"""Hard thresholding against the method written out, recovery rates, and hard cases."""

import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator

from groupsparse.datasets import make_joint_sparse
from groupsparse.toolkit.convergence import ConvergenceWarning, without_warnings
from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.operators import Channelwise, Matrix, Operator
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solution import CertificateKind, Progress, Status
from groupsparse.toolkit.solvers.greedy.simultaneous_niht import SimultaneousNIHT
from groupsparse.toolkit.solvers.wrappers.orthonormal_groups import OrthonormalGroups

WRAPS = pytest.mark.parametrize(
    "wrap", [np.asarray, sp.csr_array, aslinearoperator], ids=["dense", "sparse", "matrix-free"]
)
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])


def largest(coef, n_groups, known, groups):
    norms = np.array([np.linalg.norm(coef[g]) for g in groups])
    norms[known] = np.inf
    return np.argsort(-norms)[:n_groups]


def hard_thresholding(matrix, data, n_groups, relaxation, n_iter, known=(), size=1):
    """Blanchard, Cermak, Hanle and Jing, line by line; the norms of all residuals beside."""
    groups = np.arange(matrix.shape[1]).reshape(-1, size)
    known = list(known)
    coef = np.zeros((matrix.shape[1], data.shape[1]), np.result_type(matrix, data))
    residual, norms, iterates = data, [], []
    active = largest(matrix.conj().T @ data, n_groups, known, groups)
    for _ in range(n_iter):
        gradient = matrix.conj().T @ residual
        rows = groups[active].ravel()
        inside = np.zeros_like(gradient)
        inside[rows] = gradient[rows]
        step = np.linalg.norm(inside) ** 2 / np.linalg.norm(matrix @ inside) ** 2
        moved = coef + relaxation * step * gradient
        active = largest(moved, n_groups, known, groups)
        rows = groups[active].ravel()
        coef = np.zeros_like(coef)
        coef[rows] = moved[rows]
        residual = data - matrix @ coef
        norms.append(np.linalg.norm(residual))
        iterates.append((coef, sorted(active.tolist())))
    return iterates[int(np.argmin(norms))], norms


def arrays(dtype="float64", n_rows=30, seed=0, **settings):
    is_complex = np.dtype(dtype).kind == "c"
    settings = {"rank": 6, "snr_db": 30} | settings
    data = make_joint_sparse(
        n_rows, 60, 12, 10, is_complex=is_complex, random_state=seed, **settings
    )
    matrix = data.problem.operator.operator.values.astype(dtype)
    return data, matrix, data.problem.data.astype(dtype)


def indicator(problem, rows):
    start = np.zeros(problem.shape, problem.dtype)
    start[list(rows)] = 1
    return start


@pytest.mark.covering(2)
@WRAPS
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize(("relaxation", "n_iter"), [(1, 1), (1, 12), (0.75, 12)])
@pytest.mark.parametrize("size", [1, 3])
def test_agrees_with_the_method_written_out(dtype, wrap, relaxation, n_iter, size):
    _, matrix, data = arrays(dtype)
    (coef, active), norms = hard_thresholding(matrix, data, 7, relaxation, n_iter, size=size)
    settings = {"n_groups": 7, "relaxation": relaxation, "max_iter": n_iter, "tol": 0}
    problem = Problem(wrap(matrix), data, size)
    with pytest.warns(ConvergenceWarning, match="largest number of iterations"):
        solution = SimultaneousNIHT(refit=False, **settings).solve(problem)
    assert solution.status is Status.MAX_ITER
    np.testing.assert_allclose(solution.history["residual_norm"], norms, rtol=1e-9)
    np.testing.assert_allclose(solution.coef, coef, atol=1e-10)
    assert solution.active_groups.tolist() == active
    assert solution.iterations == n_iter
    assert solution.residual_norm == pytest.approx(min(norms))
    with pytest.warns(ConvergenceWarning):
        refitted = SimultaneousNIHT(**settings).solve(problem)
    rows = np.arange(60).reshape(-1, size)[active].ravel()
    expected = np.linalg.lstsq(matrix[:, rows], data)[0]
    np.testing.assert_allclose(refitted.coef[rows], expected, atol=1e-9)
    assert refitted.active_groups.tolist() == active
    assert refitted.certificate.kind == CertificateKind.NORMAL_EQUATIONS
    assert refitted.certificate.value < 1e-10 < solution.certificate.value


def test_iterations_end_where_the_residual_settles():
    data, matrix, values = arrays()
    solution = SimultaneousNIHT(n_groups=10, refit=False, tol=1e-5).solve(Problem(matrix, values))
    np.testing.assert_array_equal(solution.active_groups, data.active_groups)
    norms = solution.history["residual_norm"]
    changes = np.abs(np.diff(norms)) / np.linalg.norm(values)
    assert changes[-1] < 1e-5
    assert (changes[:-1] >= 1e-5).all()
    assert solution.status is Status.CONVERGED
    assert solution.history["n_changed"][-1] == 0


def test_what_is_known_is_kept():
    data, matrix, values = arrays(rank=3)
    problem, known = Problem(matrix, values), data.active_groups[:5].tolist()
    outside = np.setdiff1d(np.arange(60), data.active_groups)[:2].tolist()
    settings = {"n_groups": 12, "relaxation": 0.75, "max_iter": 20, "tol": 0, "refit": False}
    for rows in (known, outside):
        with pytest.warns(ConvergenceWarning):
            solution = SimultaneousNIHT(**settings).solve(problem, indicator(problem, rows))
        assert set(rows) <= set(solution.active_groups.tolist())
        assert solution.active_groups.size == 12
    solution = SimultaneousNIHT(n_groups=3).solve(problem, indicator(problem, known))
    assert solution.active_groups.tolist() == known  # more than asked for


def test_known_rows_of_more_channels_than_rows():
    """Channels are rotated to fewer, and a start need not lie in what they span."""
    data = make_joint_sparse(12, 30, 40, 4, rank=1, snr_db=40, random_state=0)
    values = data.problem.data
    start = np.zeros((30, 40))
    start[7] = np.linalg.svd(values)[2][-1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        solution = SimultaneousNIHT(n_groups=4).solve(data.problem, start)
    assert 7 in solution.active_groups


@pytest.mark.parametrize("seed", range(4))
def test_known_rows_help(seed):
    """22 rows of data of rank two are too little by themselves."""
    data, matrix, values = arrays(rank=2, n_rows=22, snr_db=50, seed=seed)
    problem, solver = Problem(matrix, values), SimultaneousNIHT(n_groups=10)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        alone = solver.solve(problem).active_groups
    assert not np.array_equal(alone, data.active_groups)
    solution = solver.solve(problem, indicator(problem, data.active_groups[:7]))
    np.testing.assert_array_equal(solution.active_groups, data.active_groups)


@DTYPES
@WRAPS
def test_precision_and_kind_of_operator(dtype, wrap):
    data, matrix, values = arrays(dtype, n_rows=40)
    solution = SimultaneousNIHT(n_groups=10).solve(Problem(wrap(matrix), values))
    assert solution.coef.dtype == dtype
    assert solution.status is Status.CONVERGED
    np.testing.assert_array_equal(solution.active_groups, data.active_groups)
    wide = np.result_type(dtype, float)
    rows = data.active_groups
    expected = np.linalg.lstsq(matrix[:, rows].astype(wide), values.astype(wide))[0]
    atol = 1e-5 if dtype in ("float32", "complex64") else 1e-10
    np.testing.assert_allclose(solution.coef[rows], expected, atol=atol)


def test_unequal_columns_are_met_by_orthonormal_groups():
    scale, found = np.random.default_rng(0).uniform(0.2, 5, 60), 0
    for seed in range(10):
        data, matrix, values = arrays(seed=seed)
        solver = OrthonormalGroups(SimultaneousNIHT(n_groups=10))
        solution = solver.solve(Problem(matrix * scale, values))
        found += np.array_equal(solution.active_groups, data.active_groups)
    assert found >= 9


@DTYPES
def test_noise_level_finds_the_number_of_groups(dtype):
    data, matrix, values = arrays(dtype, n_rows=40)
    level, problem = 1.01 * data.noise_level, Problem(matrix, values)
    solution = SimultaneousNIHT(noise_level=level).solve(problem)
    assert solution.status is Status.CONVERGED
    assert solution.residual_norm <= level
    np.testing.assert_array_equal(solution.active_groups, data.active_groups)
    with pytest.warns(ConvergenceWarning, match="noise level"):
        solution = SimultaneousNIHT(noise_level=level, n_groups=5).solve(problem)
    assert solution.status is Status.NOISE_LEVEL_NOT_REACHED
    assert solution.active_groups.size == 5


def test_data_below_the_noise_or_zero_give_zero():
    _, matrix, values = arrays()
    for solver, data in (
        (SimultaneousNIHT(noise_level=1.1 * float(np.linalg.norm(values))), values),
        (SimultaneousNIHT(noise_level=0.0), 0 * values),
        (SimultaneousNIHT(n_groups=5), 0 * values),
        (SimultaneousNIHT(n_groups=5, refit=False), 0 * values),
    ):
        with without_warnings():
            solution = solver.solve(Problem(matrix, data))
        assert solution.status is (Status.SATURATED if solver.n_groups else Status.CONVERGED)
        assert not solution.coef.any()
        assert solution.active_groups.size == 0
        assert np.isfinite(solution.certificate.value)


def test_one_channel_one_group_all_groups():
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((20, 30))
    solution = SimultaneousNIHT(n_groups=1).solve(Problem(matrix, 3 * matrix[:, 7]))
    assert solution.active_groups.tolist() == [7]
    assert solution.coef[7] == pytest.approx(3)
    square, data = rng.standard_normal((8, 6)), rng.standard_normal((8, 2))
    solution = SimultaneousNIHT(n_groups=6).solve(Problem(square, data))
    np.testing.assert_allclose(solution.coef, np.linalg.lstsq(square, data)[0], atol=1e-10)


def test_channelwise_groups_and_unpenalised_features():
    rng = np.random.default_rng(1)
    matrices = [rng.standard_normal((20, 15)) / 4 for _ in range(3)]
    truth = np.zeros((15, 3))
    truth[[0, 4, 11]] = rng.choice([-3.0, 3.0], (3, 3))
    operator = Channelwise([Matrix(matrix) for matrix in matrices])
    groups = Groups.across(-1, np.arange(15) < 1)
    problem = Problem(operator, operator.apply(truth), groups)
    solution = SimultaneousNIHT(n_groups=2).solve(problem)
    np.testing.assert_allclose(solution.coef, truth, atol=1e-9)


def test_columns_that_are_zero_or_equal_and_more_groups_than_rows():
    _, matrix, values = arrays()
    matrix[:, 3] = 0
    matrix[:, 5] = matrix[:, 4]
    for n_groups in (20, 45):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            solution = SimultaneousNIHT(n_groups=n_groups).solve(Problem(matrix, values))
        assert np.isfinite(solution.coef).all()
        assert 3 not in solution.active_groups


class Breaking(Operator):
    """A linear map that gives no numbers."""

    domain_shape, range_shape, dtype = (6,), (4,), np.dtype(float)

    def _apply(self, x):
        return np.full((*x.shape[:-1], 4), np.nan)

    def _adjoint(self, y):
        return np.full((*y.shape[:-1], 6), np.nan)


def test_an_operator_that_gives_no_numbers():
    with pytest.warns(ConvergenceWarning, match="no longer finite"):
        solution = SimultaneousNIHT(n_groups=2).solve(Problem(Breaking(), np.ones(4)))
    assert solution.status is Status.DIVERGED


def test_callback_sees_progress_and_stops():
    _, matrix, values = arrays()
    for stops in ({"n_groups": 10}, {"noise_level": 0.3}):
        seen = []
        solver = SimultaneousNIHT(**stops, callback=seen.append)
        solution = solver.solve(Problem(matrix, values))
        numbers = [progress.iteration for progress in seen]
        assert numbers == sorted(numbers)
        assert all(isinstance(p, Progress) and 0 <= p.fraction <= 1 for p in seen)
        assert seen[-1].n_active == solution.active_groups.size
    stopping = SimultaneousNIHT(n_groups=10, callback=lambda progress: progress.iteration == 3)
    solution = stopping.solve(Problem(matrix, values))
    assert (solution.status, solution.iterations) == (Status.STOPPED, 3)


def success(solver, n_seeds, **settings):
    """Return how often the 30 rows of largest norm are the support."""
    found = 0
    for seed in range(n_seeds):
        data = make_joint_sparse(random_state=seed, **settings)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            solution = solver.solve(data.problem)
        found += np.array_equal(solution.active_groups, data.active_groups)
    return found / n_seeds


@pytest.mark.parametrize(
    ("rate", "settings"),
    [
        (0.95, {"n_rows": 58, "rank": 10, "snr_db": 30}),  # published .446
        (0.95, {"n_rows": 70, "rank": 10, "snr_db": 30}),  # published .904
        (0.9, {"n_rows": 50, "rank": 10}),  # published .042
        (0.95, {"n_rows": 51, "rank": 30, "noise": 0.1}),
    ],
    ids=str,
)
def test_recovery_beyond_the_published_rates(rate, settings):
    assert success(SimultaneousNIHT(n_groups=30), 20, **settings) >= rate
    assert success(SimultaneousNIHT(n_groups=30, relaxation=1), 20, **settings) <= rate


def test_little_rank_is_enough_with_unit_columns():
    solver = OrthonormalGroups(SimultaneousNIHT(n_groups=30))
    assert success(solver, 20, rank=3) >= 0.6
    assert success(solver, 20, rank=6) >= 0.95


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "give noise_level or n_groups"),
        ({"n_groups": 0}, "n_groups must be an integer of at least 1, got 0"),
        ({"noise_level": -1.0}, "noise_level must be finite and not negative, got -1.0"),
        ({"n_groups": 2, "relaxation": 0}, "relaxation must be between 0 and 2, got 0"),
        ({"n_groups": 2, "relaxation": 2.0}, "relaxation must be between 0 and 2, got 2.0"),
        ({"n_groups": 2, "max_iter": 0}, "max_iter must be an integer of at least 1, got 0"),
        ({"n_groups": 2, "tol": -1e-3}, "tol must be finite and not negative, got -0.001"),
    ],
)
def test_parameters_out_of_range(settings, message):
    with pytest.raises(ValueError, match=message):
        SimultaneousNIHT(**settings)


def test_what_the_problem_does_not_allow():
    problem = Problem(np.eye(4), np.ones((4, 2)))
    with pytest.raises(ValueError, match=r"n_groups must be at most 4, .* got 5"):
        SimultaneousNIHT(n_groups=5).solve(problem)
    with pytest.raises(ValueError, match=r"start must have shape \(4, 2\)"):
        SimultaneousNIHT(n_groups=2).solve(problem, np.zeros(4))
    overlapping = Problem(np.eye(3), np.ones(3), [[0, 1], [1, 2]])
    with pytest.raises(ValueError, match="groups overlap; SimultaneousNIHT needs"):
        SimultaneousNIHT(n_groups=1).solve(overlapping)


def test_more_groups_than_the_data_determine():
    data = make_joint_sparse(12, 30, 4, 3, rank=2, noise=0.1, random_state=0)
    with pytest.warns(ConvergenceWarning, match="cannot determine more"):
        solution = SimultaneousNIHT(n_groups=20).solve(data.problem)
    assert solution.status is Status.SATURATED
    assert np.isfinite(solution.coef).all()


def test_a_noise_level_out_of_reach_warns_where_solve_was_called():
    data = make_joint_sparse(12, 30, 4, 3, rank=2, noise=0.1, random_state=0)
    with pytest.warns(ConvergenceWarning, match="noise level") as caught:
        SimultaneousNIHT(noise_level=0.1 * data.noise_level, n_groups=2).solve(data.problem)
    assert caught[0].filename == __file__
