"""Simultaneous OMP against the method written out, and what its norm over channels means."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator

from groupsparse.datasets import make_joint_sparse
from groupsparse.toolkit.convergence import ConvergenceWarning
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solution import Status
from groupsparse.toolkit.solvers.greedy.block_omp import BlockOMP
from groupsparse.toolkit.solvers.greedy.simultaneous_omp import SimultaneousOMP
from groupsparse.toolkit.testing import random_array

WRAPS = pytest.mark.parametrize(
    "wrap", [np.asarray, sp.csr_array, aslinearoperator], ids=["dense", "sparse", "matrix-free"]
)
NORMS = pytest.mark.parametrize("norm", [1, 2, np.inf])
SIZES = pytest.mark.parametrize("sizes", [[1] * 60, [1, 2, 3] * 10], ids=["rows", "groups"])


def simultaneous_omp(matrix, data, groups, norm, n_groups=None, noise_level=0.0):
    """Tropp, Gilbert and Strauss, algorithm 3.1, line by line, with a pseudo-inverse."""
    active, residual = [], data
    while np.linalg.norm(residual) > noise_level and len(active) != n_groups:
        scores = []
        for g in groups:
            correlation = matrix[:, g].conj().T @ residual
            scores.append(np.linalg.norm(np.linalg.norm(correlation, axis=0), norm))
        active.append(max(set(range(len(groups))) - set(active), key=scores.__getitem__))
        columns = np.concatenate([groups[i] for i in active])
        coef = np.linalg.pinv(matrix[:, columns]) @ data
        residual = data - matrix[:, columns] @ coef
    x = np.zeros((matrix.shape[1], data.shape[1]), coef.dtype)
    x[columns] = coef
    return x, active


def random_problem(dtype, sizes, n_channels=6, n_active=6, seed=0, n_rows=40):
    """Return matrix, groups, labels, data and the norm of the noise; channels differ in size."""
    rng = np.random.default_rng(seed)
    matrix = random_array((n_rows, sum(sizes)), dtype, rng)
    groups = np.split(np.arange(sum(sizes)), np.cumsum(sizes)[:-1])
    x = np.zeros((sum(sizes), n_channels), dtype)
    for g in rng.choice(len(groups), n_active, replace=False):
        x[groups[g]] = random_array((len(groups[g]), n_channels), dtype, rng)
    x *= np.float32(2.0) ** -np.arange(n_channels, dtype="float32")
    noise = random_array((n_rows, n_channels), dtype, rng) / np.float32(100)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    return matrix, groups, labels, matrix @ x + noise, float(np.linalg.norm(noise))


@pytest.mark.covering(2)
@WRAPS
@NORMS
@SIZES
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("n_channels", [1, 6])
def test_agrees_with_the_method_written_out(wrap, norm, sizes, dtype, n_channels):
    matrix, groups, labels, data, _ = random_problem(dtype, sizes, n_channels)
    expected, active = simultaneous_omp(matrix, data, groups, norm, n_groups=9)
    problem = Problem(wrap(matrix), data, labels)
    solution = SimultaneousOMP(n_groups=9, norm=norm).solve(problem)
    assert solution.status is Status.CONVERGED
    assert solution.history["group"].tolist() == active
    np.testing.assert_allclose(solution.coef, expected, atol=1e-10)
    assert solution.certificate.value < 1e-12


def test_stops_at_the_noise_level():
    matrix, groups, labels, data, noise_level = random_problem("float64", [1, 2, 3] * 10)
    expected, active = simultaneous_omp(matrix, data, groups, 1, noise_level=noise_level)
    solution = SimultaneousOMP(noise_level=noise_level).solve(Problem(matrix, data, labels))
    assert solution.status is Status.CONVERGED
    assert solution.residual_norm <= noise_level
    assert solution.history["group"].tolist() == active
    np.testing.assert_allclose(solution.coef, expected, atol=1e-10)


def test_the_norms_choose_differently():
    data = [[3.0, 3.0, 3.0], [0.0, 5.0, 3.5], [0.0, 6.0, 0.0]]
    problem = Problem(np.eye(3), data)
    chosen = {
        norm: SimultaneousOMP(n_groups=1, norm=norm).solve(problem).active_groups.tolist()
        for norm in (1, 2, np.inf)
    }
    assert chosen == {1: [0], 2: [1], np.inf: [2]}


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@SIZES
def test_with_the_euclidean_norm_it_is_block_omp(dtype, sizes):
    matrix, _, labels, data, noise_level = random_problem(dtype, sizes)
    problem = Problem(matrix, data, labels)
    expected = BlockOMP(noise_level=noise_level).solve(problem)
    solution = SimultaneousOMP(noise_level=noise_level, norm=2).solve(problem)
    np.testing.assert_array_equal(solution.coef, expected.coef)


@NORMS
def test_more_channels_than_rows(norm):
    """Channels may only be combined where the norm over them allows it."""
    rng = np.random.default_rng(0)
    matrix, coef = rng.standard_normal((12, 30)), np.zeros((30, 40))
    coef[[3, 11, 20]] = rng.standard_normal((3, 40)) ** 5
    data = matrix @ coef + 0.01 * rng.standard_normal((12, 40))
    expected, active = simultaneous_omp(matrix, data, np.arange(30)[:, None], norm, n_groups=5)
    solution = SimultaneousOMP(n_groups=5, norm=norm).solve(Problem(matrix, data))
    assert solution.history["group"].tolist() == active
    np.testing.assert_allclose(solution.coef, expected, atol=1e-11)


def test_recovery_where_there_are_rows_enough():
    for seed in range(5):
        data = make_joint_sparse(90, rank=10, snr_db=30, random_state=seed)
        solution = SimultaneousOMP(n_groups=30).solve(data.problem)
        np.testing.assert_array_equal(solution.active_groups, data.active_groups)


@pytest.mark.parametrize("dtype", ["float32", "complex64"])
@NORMS
def test_single_precision(dtype, norm):
    matrix, _, labels, data, _ = random_problem(dtype, [1, 2, 3] * 10)
    solution = SimultaneousOMP(n_groups=6, norm=norm).solve(Problem(matrix, data, labels))
    wide = np.result_type(dtype, np.float64)
    expected = SimultaneousOMP(n_groups=6, norm=norm).solve(
        Problem(matrix.astype(wide), data.astype(wide), labels)
    )
    assert solution.coef.dtype == dtype
    np.testing.assert_array_equal(solution.active_groups, expected.active_groups)
    np.testing.assert_allclose(solution.coef, expected.coef, atol=1e-4)


@WRAPS
def test_a_known_part_of_the_support(wrap):
    matrix, groups, labels, data, _ = random_problem("float64", [2] * 30)
    start = np.zeros((60, 6))
    start[groups[7][0], 2] = 1e-3
    solution = SimultaneousOMP(n_groups=4).solve(Problem(wrap(matrix), data, labels), start)
    columns = groups[7]
    residual = data - matrix[:, columns] @ np.linalg.pinv(matrix[:, columns]) @ data
    _, others = simultaneous_omp(matrix, residual, groups, 1, n_groups=1)
    assert solution.history["group"][0] == others[0]
    assert solution.active_groups.size == 4
    assert 7 in solution.active_groups


@NORMS
@pytest.mark.parametrize("n_channels", [1, 4])
def test_what_no_column_explains_is_not_chosen(norm, n_channels):
    matrix = np.eye(6)[:, :4]
    matrix[:, 3] = 0
    data = np.ones((6, n_channels))
    with pytest.warns(ConvergenceWarning):
        solution = SimultaneousOMP(noise_level=0.1, norm=norm).solve(Problem(matrix, data))
    assert solution.status is Status.NOISE_LEVEL_NOT_REACHED
    assert solution.active_groups.tolist() == [0, 1, 2]


@NORMS
def test_zero_data_and_no_groups(norm):
    matrix = np.random.default_rng(0).standard_normal((8, 10))
    solver = SimultaneousOMP(noise_level=0.1, norm=norm)
    solution = solver.solve(Problem(matrix, np.zeros((8, 3))))
    assert solution.status is Status.CONVERGED
    assert not solution.coef.any()
    data = matrix[:, :2] @ np.ones((2, 3))
    free = solver.solve(Problem(matrix[:, :2], data, [-1, -1]))
    assert free.status is Status.CONVERGED
    np.testing.assert_allclose(free.coef, 1, atol=1e-12)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "give noise_level or n_groups"),
        ({"noise_level": -1.0}, "noise_level must be finite and not negative, got -1.0"),
        ({"n_groups": 0}, "n_groups must be an integer of at least 1, got 0"),
        ({"n_groups": 1, "norm": 3}, "norm must be 1, 2 or inf, got 3"),
        ({"n_groups": 1, "norm": np.nan}, "norm must be 1, 2 or inf, got nan"),
    ],
)
def test_parameters_are_checked(settings, message):
    with pytest.raises(ValueError, match=message):
        SimultaneousOMP(**settings)


def test_problems_are_checked():
    with pytest.raises(ValueError, match="groups overlap; SimultaneousOMP needs disjoint groups"):
        SimultaneousOMP(n_groups=1).solve(Problem(np.eye(3), np.ones(3), [[0, 1], [1, 2]]))
    with pytest.raises(ValueError, match="n_groups must be at most 3"):
        SimultaneousOMP(n_groups=4).solve(Problem(np.eye(3), np.ones((3, 2))))
