"""MUSIC and its relatives against projectors written out, recovery rates, and hard cases."""

import dataclasses
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator

from groupsparse.datasets import make_joint_sparse
from groupsparse.toolkit.convergence import ConvergenceWarning, without_warnings
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solution import CertificateKind, Status
from groupsparse.toolkit.solvers.greedy.simultaneous_omp import SimultaneousOMP
from groupsparse.toolkit.solvers.subspace.compressive_music import CompressiveMUSIC
from groupsparse.toolkit.solvers.subspace.music import MUSIC
from groupsparse.toolkit.solvers.subspace.rank_aware_thresholding import RankAwareThresholding
from groupsparse.toolkit.solvers.subspace.subspace_augmented_music import SubspaceAugmentedMUSIC
from groupsparse.toolkit.solvers.wrappers.orthonormal_groups import OrthonormalGroups

WRAPS = pytest.mark.parametrize(
    "wrap", [np.asarray, sp.csr_array, aslinearoperator], ids=["dense", "sparse", "matrix-free"]
)
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
AUGMENTED = pytest.mark.parametrize("method", [SubspaceAugmentedMUSIC, CompressiveMUSIC])
EVERY = pytest.mark.parametrize(
    "method", [MUSIC, RankAwareThresholding, SubspaceAugmentedMUSIC, CompressiveMUSIC]
)


# The methods written out, with projectors from pseudo-inverses.


def projector(columns):
    return columns @ np.linalg.pinv(columns)


def leading(data, rank):
    return np.linalg.svd(data)[0][:, :rank]


def music(matrix, data, n_rows, rank, known=()):
    """Rows in the signal space, after projection off the known columns."""
    off = np.eye(len(matrix)) - projector(matrix[:, list(known)])
    signal = off @ projector(leading(data, rank)) @ data
    signal = projector(leading(signal, min(rank, n_rows - len(known))))
    scores = [
        np.linalg.norm(signal @ a) / np.linalg.norm(off @ a) if n not in known else -1
        for n, a in enumerate(matrix.T)
    ]
    best = np.argsort(scores)[::-1][: n_rows - len(known)]
    return sorted([*known, *best.tolist()])


def thresholding(matrix, data, n_rows, rank):
    scores = np.linalg.norm(leading(data, rank).conj().T @ matrix, axis=0)
    return sorted(np.argsort(scores)[::-1][:n_rows].tolist())


def subspace_pursuit(matrix, data, n_rows, rank):
    """Orthogonal subspace matching pursuit of Lee, Bresler and Junge."""
    found, basis = [], leading(data, rank)
    for _ in range(n_rows):
        off = np.eye(len(matrix)) - projector(matrix[:, found])
        signal = projector(leading(off @ basis, rank))
        scores = [
            np.linalg.norm(signal @ a) / np.linalg.norm(off @ a) if n not in found else -1
            for n, a in enumerate(matrix.T)
        ]
        found.append(int(np.argmax(scores)))
    return found


def simultaneous_pursuit(matrix, data, n_rows):
    found = []
    for _ in range(n_rows):
        residual = data - projector(matrix[:, found]) @ data
        scores = np.linalg.norm(matrix.conj().T @ residual, axis=1)
        scores[found] = -1
        found.append(int(np.argmax(scores)))
    return found


def fitted(matrix, data, rows):
    coef = np.zeros((matrix.shape[1], data.shape[1]), np.result_type(matrix, data))
    coef[rows] = np.linalg.lstsq(matrix[:, rows], data)[0]
    return coef


def arrays(rank, *, n_rows=30, dtype="float64", seed=0, **noise):
    """Return a data set, its matrix and data: 60 rows, 10 active, 12 channels, unequal columns."""
    is_complex = np.dtype(dtype).kind == "c"
    data = make_joint_sparse(
        n_rows, 60, 12, 10, rank=rank, is_complex=is_complex, random_state=seed, **noise
    )
    scale = np.random.default_rng(seed).uniform(0.5, 2, 60)
    matrix = data.problem.operator.operator.values * scale
    return data, matrix.astype(dtype), data.problem.data.astype(dtype)


def indicator(problem, rows):
    start = np.zeros(problem.shape, problem.dtype)
    start[list(rows)] = 1
    return start


@pytest.mark.covering(2)
@WRAPS
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("noise", [{}, {"snr_db": 40}], ids=["exact", "40 dB"])
def test_each_agrees_with_the_method_written_out(dtype, wrap, noise):
    for seed in range(3):
        _, matrix, data = arrays(6, dtype=dtype, seed=seed, **noise)
        problem = Problem(wrap(matrix), data)
        partial = subspace_pursuit(matrix, data, 4, 6)
        first = simultaneous_pursuit(matrix, data, 4)
        expected = {
            MUSIC: music(matrix, data, 10, 6),
            RankAwareThresholding: thresholding(matrix, data, 10, 6),
            SubspaceAugmentedMUSIC: music(matrix, data, 10, 6, partial),
            CompressiveMUSIC: music(matrix, data, 10, 6, first),
        }
        for method, rows in expected.items():
            solution = method(n_groups=10, rank=6).solve(problem)
            assert solution.active_groups.tolist() == rows, method
            np.testing.assert_allclose(solution.coef, fitted(matrix, data, rows), atol=1e-9)
            residual = data - matrix @ solution.coef
            assert solution.residual_norm == pytest.approx(np.linalg.norm(residual), abs=1e-12)
            assert solution.certificate.kind == CertificateKind.NORMAL_EQUATIONS
            assert solution.certificate.value < 1e-10
            assert solution.alpha == 0
            assert solution.status is Status.CONVERGED


def test_a_known_part_of_the_support_augments_the_signal_space():
    """Rank 4 of 10 rows: MUSIC needs six known rows, and then finds the other four."""
    data, matrix, values = arrays(4, snr_db=40)
    problem, active = Problem(matrix, values), data.active_groups.tolist()
    assert MUSIC(n_groups=10).solve(problem).active_groups.tolist() != active
    start = indicator(problem, active[:6])
    solution = MUSIC().solve(problem, start)
    assert solution.active_groups.tolist() == music(matrix, values, 10, 4, active[:6]) == active
    assert solution.history["group"].size == 4
    for method in (SubspaceAugmentedMUSIC, CompressiveMUSIC, RankAwareThresholding):
        found = method(n_groups=10).solve(problem, start).active_groups
        assert set(active[:6]) <= set(found.tolist())
    wrong = indicator(problem, [n for n in range(60) if n not in active][:1])
    found = SubspaceAugmentedMUSIC(n_groups=11).solve(problem, wrong).active_groups
    assert 0 in found  # what is known is not questioned


@AUGMENTED
def test_known_rows_count_as_part_of_the_partial_support(method):
    data, matrix, values = arrays(4, snr_db=40)
    problem, active = Problem(matrix, values), data.active_groups.tolist()

    def never(n_groups):
        raise AssertionError("no finder is needed")

    solution = method(n_groups=10, finder=never).solve(problem, indicator(problem, active[:6]))
    assert solution.active_groups.tolist() == active


@AUGMENTED
def test_any_solver_may_find_the_partial_support(method):
    _, matrix, values = arrays(6, snr_db=40)
    asked = []

    def finder(n_groups):
        asked.append(n_groups)
        return SimultaneousOMP(n_groups=n_groups, norm=1)

    solution = method(n_groups=10, rank=6, finder=finder).solve(Problem(matrix, values))
    assert asked == [4]
    first = SimultaneousOMP(n_groups=4, norm=1).solve(Problem(matrix, values)).active_groups
    assert solution.active_groups.tolist() == music(matrix, values, 10, 6, first.tolist())
    assert solution.iterations == 10


def test_full_rank_needs_neither_a_count_nor_a_partial_support():
    data, matrix, values = arrays(10, snr_db=40)
    solution = MUSIC().solve(Problem(matrix, values))
    np.testing.assert_array_equal(solution.active_groups, data.active_groups)
    solution = SubspaceAugmentedMUSIC(n_groups=10).solve(Problem(matrix, values))
    np.testing.assert_array_equal(solution.active_groups, data.active_groups)


def test_thresholding_of_unit_columns_is_music():
    _, matrix, values = arrays(10, snr_db=20)
    problem = Problem(matrix, values)
    expected = MUSIC(n_groups=10).solve(problem)
    solution = OrthonormalGroups(RankAwareThresholding(n_groups=10)).solve(problem)
    assert solution.history["group"].tolist() == expected.history["group"].tolist()
    np.testing.assert_allclose(solution.coef, expected.coef, atol=1e-10)


@EVERY
@DTYPES
def test_noise_level_alone(method, dtype):
    """Groups are included, or counted up, until the residual is not above it."""
    data, matrix, values = arrays(10, dtype=dtype, n_rows=40, snr_db=30)
    level = 1.01 * data.noise_level
    with without_warnings():
        solution = method(noise_level=level).solve(Problem(matrix, values))
    crowded = solution.active_groups.size == 40
    assert solution.status is (Status.INTERPOLATED if crowded else Status.CONVERGED)
    assert solution.coef.dtype == dtype
    assert solution.residual_norm <= level
    if method is not RankAwareThresholding:  # which favours columns of large norm
        np.testing.assert_array_equal(solution.active_groups, data.active_groups)


def test_noise_level_where_the_rank_is_small():
    data, matrix, values = arrays(5, n_rows=40, snr_db=40)
    level = 1.01 * data.noise_level
    solution = SubspaceAugmentedMUSIC(noise_level=level).solve(Problem(matrix, values))
    np.testing.assert_array_equal(solution.active_groups, data.active_groups)
    assert solution.iterations > 10  # of all attempts
    fewest = SubspaceAugmentedMUSIC(n_groups=9).solve(Problem(matrix, values))
    assert fewest.residual_norm > level


@EVERY
def test_noise_level_and_count(method):
    data, matrix, values = arrays(10, snr_db=30)
    problem = Problem(matrix, values)
    few = method(noise_level=1.01 * data.noise_level, n_groups=4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        assert few.solve(problem).active_groups.size == 4


@AUGMENTED
def test_a_noise_level_out_of_reach_is_said(method):
    data, matrix, values = arrays(10, snr_db=10)
    solver = method(noise_level=0.1 * data.noise_level, n_groups=12)
    with pytest.warns(ConvergenceWarning, match="noise level"):
        solution = solver.solve(Problem(matrix, values))
    assert solution.status is Status.NOISE_LEVEL_NOT_REACHED
    assert solution.active_groups.size == 12


@EVERY
def test_data_below_the_noise_or_zero_give_zero(method):
    _, matrix, values = arrays(6)
    level = 1.1 * float(np.linalg.norm(values))
    for solver, data in (
        (method(noise_level=level), values),
        (method(noise_level=level, rank=3), values),
        (method(noise_level=0.0), 0 * values),
    ):
        solution = solver.solve(Problem(matrix, data))
        assert solution.status is Status.CONVERGED
        assert not solution.coef.any()
        assert solution.active_groups.size == 0
    for solver in (method(n_groups=4), method(n_groups=4, rank=2)):
        with pytest.warns(ConvergenceWarning, match="n_groups"):
            solution = solver.solve(Problem(matrix, 0 * values))
        assert solution.status is Status.SATURATED
        assert not solution.coef.any()
        assert solution.active_groups.size == 0
        assert solution.residual_norm == pytest.approx(np.linalg.norm(data))
        assert np.isfinite(solution.certificate.value)


@pytest.mark.covering(2)
@EVERY
@DTYPES
@WRAPS
def test_precision_and_kind_of_operator(method, dtype, wrap):
    _, matrix, values = arrays(8, n_rows=40, dtype=dtype, snr_db=40)
    solution = method(n_groups=10, rank=8).solve(Problem(wrap(matrix), values))
    assert solution.coef.dtype == dtype
    wide = np.result_type(dtype, float)
    exact = method(n_groups=10, rank=8).solve(Problem(matrix.astype(wide), values.astype(wide)))
    np.testing.assert_array_equal(solution.active_groups, exact.active_groups)
    atol = 1e-4 if dtype in ("float32", "complex64") else 1e-10
    np.testing.assert_allclose(solution.coef, exact.coef, atol=atol)


@EVERY
def test_one_channel(method):
    """Rank one: a single row is what MUSIC itself can find."""
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((20, 30))
    solution = method(n_groups=1).solve(Problem(matrix, 3 * matrix[:, 7]))
    assert solution.active_groups.tolist() == [7]
    assert solution.coef[7] == pytest.approx(3)


@EVERY
def test_read_only_and_strided_inputs_more_channels_than_rows(method):
    data = make_joint_sparse(25, 60, 80, 10, rank=8, snr_db=40, random_state=1)
    matrix, values = data.problem.operator.operator.values, data.problem.data
    expected = method(n_groups=10).solve(Problem(matrix, values))
    strided = np.repeat(matrix, 2, axis=1)[:, ::2], np.repeat(values, 3, axis=0)[::3]
    for array in strided:
        array.setflags(write=False)
    solution = method(n_groups=10).solve(Problem(*strided))
    np.testing.assert_array_equal(solution.active_groups, expected.active_groups)
    np.testing.assert_allclose(solution.coef, expected.coef, atol=1e-10)


@pytest.mark.parametrize("method", [MUSIC, SubspaceAugmentedMUSIC])
def test_groups_of_two_features(method):
    """A group's plane lies in the signal space, or does not."""
    rng = np.random.default_rng(2)
    matrix, coef = rng.standard_normal((24, 60)), np.zeros((60, 20))
    coef[[8, 9, 20, 21, 50, 51]] = rng.standard_normal((6, 20))
    solution = method(n_groups=3).solve(Problem(matrix, matrix @ coef, 2))
    assert solution.active_groups.tolist() == [4, 10, 25]
    np.testing.assert_allclose(solution.coef, coef, atol=1e-10)


def test_unpenalised_features_are_fitted_first():
    data, matrix, values = arrays(10)
    inactive = np.setdiff1d(np.arange(60), data.active_groups)
    labels = np.full(60, -1)
    labels[2:] = np.arange(58)
    order = np.concatenate([inactive[:2], np.setdiff1d(np.arange(60), inactive[:2])])
    shifted = values + 5 * matrix[:, inactive[:2]].sum(axis=1)[:, None]
    problem = Problem(matrix[:, order], shifted, labels)
    solution = MUSIC(n_groups=10).solve(problem)
    np.testing.assert_array_equal(order[2:][solution.active_groups], data.active_groups)
    np.testing.assert_allclose(solution.coef[:2], 5, atol=1e-9)


def test_columns_that_are_zero_or_equal():
    _, matrix, values = arrays(10)
    matrix[:, 3] = 0
    matrix[:, 5] = matrix[:, 4]
    for method in (MUSIC, RankAwareThresholding, SubspaceAugmentedMUSIC, CompressiveMUSIC):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            solution = method(n_groups=30).solve(Problem(matrix, values))
        assert np.isfinite(solution.coef).all()
        assert 3 not in solution.active_groups


@pytest.mark.parametrize("method", [MUSIC, RankAwareThresholding])
def test_known_groups_are_not_included_again(method):
    rng = np.random.default_rng(0)
    matrix, data = rng.standard_normal((30, 8)), rng.standard_normal((30, 12))
    matrix[:, 5] = 0
    problem = Problem(matrix, data)
    with pytest.warns(ConvergenceWarning, match="n_groups"):
        solution = method(n_groups=8).solve(problem, indicator(problem, [0, 1]))
    np.testing.assert_allclose(solution.coef, np.linalg.lstsq(matrix, data)[0], atol=1e-10)
    assert sorted(solution.history["group"].tolist()) == [2, 3, 4, 6, 7]


def test_callback_sees_every_group_and_stops():
    _, matrix, values = arrays(10)
    seen = []
    MUSIC(n_groups=10, callback=seen.append).solve(Problem(matrix, values))
    assert [progress.n_active for progress in seen] == list(range(1, 11))
    stopping = MUSIC(n_groups=10, callback=lambda progress: progress.n_active == 3)
    solution = stopping.solve(Problem(matrix, values))
    assert (solution.status, solution.iterations) == (Status.STOPPED, 3)


@AUGMENTED
def test_callback_sees_every_number_tried_and_stops(method):
    data, matrix, values = arrays(5, n_rows=40, snr_db=40)
    problem, seen = Problem(matrix, values), []
    level = 1.01 * data.noise_level
    solution = method(noise_level=level, callback=seen.append).solve(problem)
    assert len(seen) > 3
    assert seen[-1].iteration == solution.iterations
    assert seen[-1].n_active == solution.active_groups.size
    assert seen[-1].fraction == 1
    stopping = method(noise_level=level, callback=lambda progress: True)
    assert stopping.solve(problem).status is Status.STOPPED
    assert (
        method(n_groups=8, callback=lambda progress: True).solve(problem).status is Status.STOPPED
    )


def success(solver, n_seeds, **settings):
    """Return how often the 30 rows are found."""
    found = 0
    for seed in range(n_seeds):
        data = make_joint_sparse(random_state=seed, **settings)
        solution = solver.solve(data.problem)
        found += np.array_equal(solution.active_groups, data.active_groups)
    return found / n_seeds


@pytest.mark.parametrize(
    ("rate", "settings"),
    [
        (0.5, {"n_rows": 58, "rank": 10, "snr_db": 30}),  # published .191
        (0.85, {"n_rows": 70, "rank": 10, "snr_db": 30}),  # published .713
        (0.5, {"n_rows": 38, "rank": 10}),  # published .007
        (0.9, {"n_rows": 50, "rank": 10}),  # published .249
        (1.0, {"n_rows": 51, "rank": 30, "noise": 0.1}),
    ],
    ids=str,
)
def test_recovery_beyond_the_published_rates(rate, settings):
    assert success(SubspaceAugmentedMUSIC(n_groups=30), 20, **settings) >= rate


# Errors


@EVERY
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_groups": 0}, "n_groups must be an integer of at least 1, got 0"),
        ({"n_groups": 2.5}, "n_groups must be an integer of at least 1, got 2.5"),
        ({"noise_level": -1.0}, "noise_level must be finite and not negative, got -1.0"),
        ({"noise_level": np.nan}, "noise_level"),
        ({"n_groups": 3, "rank": 0}, "rank must be an integer of at least 1, got 0"),
    ],
)
def test_parameters_out_of_range(method, settings, message):
    with pytest.raises(ValueError, match=message):
        method(**settings)


@AUGMENTED
def test_augmented_methods_need_a_stop_and_a_finder_that_can_be_called(method):
    with pytest.raises(ValueError, match="give noise_level or n_groups"):
        method()
    with pytest.raises(ValueError, match="finder must make a solver of n_groups, got 3"):
        method(n_groups=3, finder=3)


@EVERY
def test_what_the_data_do_not_allow(method):
    _, matrix, values = arrays(6)
    problem = Problem(matrix, values)
    with pytest.raises(ValueError, match=r"n_groups must be at most 60, .* got 61"):
        method(n_groups=61).solve(problem)
    with pytest.raises(ValueError, match=r"rank must be from 1 to 6, .* got 7"):
        method(n_groups=10, rank=7).solve(problem)
    with pytest.raises(ValueError, match=r"start must have shape \(60, 12\)"):
        method(n_groups=10).solve(problem, np.zeros(3))
    overlapping = Problem(np.eye(3), np.ones((3, 2)), [[0, 1], [1, 2]])
    with pytest.raises(ValueError, match=f"groups overlap; {method.__name__} needs"):
        method(n_groups=1).solve(overlapping)


@EVERY
def test_solvers_are_frozen_and_leave_their_inputs(method):
    _, matrix, values = arrays(6)
    solver, problem = method(n_groups=10), Problem(matrix, values.copy())
    with pytest.raises(dataclasses.FrozenInstanceError):
        solver.rank = 3
    first = solver.solve(problem)
    np.testing.assert_array_equal(problem.data, values)
    np.testing.assert_array_equal(first.coef, solver.solve(problem).coef)
