"""Solvers that fall short of what they were asked for: one status and one warning for all."""

import warnings

import numpy as np
import pytest

from groupsparse.datasets import make_joint_sparse
from groupsparse.toolkit.convergence import ConvergenceWarning
from groupsparse.toolkit.penalties import L21
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.selection import solution_path
from groupsparse.toolkit.solution import Status
from groupsparse.toolkit.solvers import (
    FISTA,
    MUSIC,
    BlockCoordinateDescent,
    BlockOMP,
    CompressiveMUSIC,
    Exchange,
    GammaContinuation,
    InTurn,
    LargestGroups,
    OrthonormalGroups,
    PrimalDualActiveSet,
    RankAwareORMP,
    RankAwareThresholding,
    SimultaneousOLS,
    SimultaneousOMP,
    SubsetSearch,
    SubspaceAugmentedMUSIC,
)

COUNTING = {
    make.__name__: make
    for make in (
        BlockOMP,
        SimultaneousOMP,
        SimultaneousOLS,
        RankAwareORMP,
        MUSIC,
        RankAwareThresholding,
        SubspaceAugmentedMUSIC,
        CompressiveMUSIC,
        LargestGroups,
        PrimalDualActiveSet,
        SubsetSearch,
    )
}
WRAPPED = {
    "exchange": lambda n_groups: Exchange(PrimalDualActiveSet(n_groups=n_groups)),
    "exchange of a pursuit": lambda n_groups: Exchange(BlockOMP(n_groups=n_groups)),
    "in turn": lambda n_groups: InTurn(BlockOMP(n_groups=1), LargestGroups(n_groups=n_groups)),
    "orthonormal": lambda n_groups: OrthonormalGroups(BlockOMP(n_groups=n_groups)),
    "nested": lambda n_groups: Exchange(OrthonormalGroups(BlockOMP(n_groups=n_groups))),
}


def solve(solver, problem):
    """Solve; return the solution and the warnings that blame this file."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        solution = solver.solve(problem)
    assert all(w.category is ConvergenceWarning and w.filename == __file__ for w in caught)
    return solution, caught


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("make", [*COUNTING.values(), *WRAPPED.values()], ids=[*COUNTING, *WRAPPED])
def test_a_matrix_of_rank_one_determines_one_group(make, exact, dtype):
    rng = np.random.default_rng(0)
    matrix = np.outer(rng.standard_normal(10), rng.standard_normal(6)).astype(dtype)
    matrix *= 1j if dtype == "complex128" else 1
    data = matrix @ rng.standard_normal((6, 2)) if exact else rng.standard_normal((10, 2))
    solution, caught = solve(make(n_groups=3), Problem(matrix, data.astype(dtype)))
    assert solution.status is Status.SATURATED
    assert solution.active_groups.size == 1
    assert len(caught) == 1
    assert "n_groups" in str(caught[0].message)
    enough, caught = solve(make(n_groups=1), Problem(matrix, data.astype(dtype)))
    assert enough.status is Status.CONVERGED
    assert not caught
    best = np.linalg.norm(data - matrix @ np.linalg.lstsq(matrix, data, rcond=1e-4)[0])
    assert solution.residual_norm == pytest.approx(best, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("n_rows", [1, 2, 3, 8])
@pytest.mark.parametrize("settings", [{"n_groups": 3}, {"noise_level": 0.1}], ids=str)
def test_equal_columns_enter_the_active_set_one_by_one(settings, n_rows):
    problem = Problem(np.ones((n_rows, 5)), np.ones(n_rows))
    solution, _ = solve(PrimalDualActiveSet(**settings), problem)
    assert solution.active_groups.size == 1
    assert solution.residual_norm == pytest.approx(0, abs=1e-12)
    interpolated = Status.INTERPOLATED if n_rows == 1 else Status.CONVERGED
    assert solution.status is (Status.SATURATED if "n_groups" in settings else interpolated)


FULL = make_joint_sparse(16, 32, 14, 14, rank=14, random_state=2).problem


@pytest.mark.parametrize(
    "solver",
    [
        GammaContinuation(0.0),
        *(make(noise_level=1e-9) for make in (BlockOMP, SimultaneousOMP, RankAwareThresholding)),
        PrimalDualActiveSet(noise_level=1e-9, rho=0.9),
    ],
    ids=lambda solver: type(solver).__name__,
)
def test_as_many_coefficients_as_data_explain_nothing(solver):
    rng = np.random.default_rng(0)
    noise = Problem(FULL.operator, rng.standard_normal(FULL.data.shape))
    solution, caught = solve(solver, noise)
    assert not solution.status.is_success
    assert len(caught) == 1
    if solution.active_groups.size >= 16:
        assert solution.status is Status.INTERPOLATED
        assert "as many coefficients are active as there are data" in str(caught[0].message)


def test_the_continuation_says_so_where_it_explains_by_as_many_rows_as_data():
    solution, _ = solve(GammaContinuation(0.0), FULL)
    assert solution.active_groups.size == 16
    assert solution.status is Status.INTERPOLATED


def test_as_many_coefficients_as_data_may_be_wanted():
    """By a number of groups, a strength or as the only fit there is: no warning."""
    rng = np.random.default_rng(0)
    wide, square, tall = (rng.standard_normal((8, n)) for n in (12, 8, 4))
    data = rng.standard_normal((8, 2))
    for solver, matrix in (
        (BlockOMP(n_groups=8), wide),
        (PrimalDualActiveSet(alpha=1e-12), square),
        (BlockCoordinateDescent(L21(1e-6)), wide),
        (FISTA(L21(1e-3), max_iter=10**5), square),
        (BlockOMP(noise_level=1e-9), square),
        (SimultaneousOLS(noise_level=1e-9), square),
        (BlockOMP(n_groups=4), tall),
        (MUSIC(n_groups=8), wide),
    ):
        solution, caught = solve(solver, Problem(matrix, data))
        assert solution.status is Status.CONVERGED, solver
        assert not caught


def test_a_large_group_of_equal_columns_is_one_column():
    """Four coefficients for three data, but a single direction: nothing is interpolated."""
    matrix = np.hstack([np.ones((3, 4)), np.random.default_rng(0).standard_normal((3, 4))])
    data = np.array([1.001, 1.0, 0.999])
    solution, caught = solve(BlockOMP(noise_level=0.01), Problem(matrix, data, 4))
    assert solution.active_groups.tolist() == [0]
    assert solution.status is Status.CONVERGED
    assert not caught


@pytest.mark.parametrize("method", [MUSIC, RankAwareThresholding])
def test_a_rank_that_does_not_explain_the_data_is_said(method):
    problem = make_joint_sparse(24, 32, 14, 14, rank=14, random_state=4).problem
    solution, caught = solve(method(), problem)
    assert solution.status is Status.RANK_UNCERTAIN
    assert len(caught) == 1
    assert "give rank, n_groups or noise_level" in str(caught[0].message)
    given, caught = solve(method(rank=14), problem)
    assert given.status is Status.CONVERGED
    assert given.active_groups.size == 14


@pytest.mark.parametrize("snr_db", [None, 30])
def test_a_rank_that_explains_the_data_is_not(snr_db):
    noise = {} if snr_db is None else {"snr_db": snr_db}
    right = 0
    for seed in range(10):
        data = make_joint_sparse(30, 50, 10, 6, rank=6, random_state=seed, **noise)
        solution, _ = solve(MUSIC(), data.problem)
        found = np.array_equal(solution.active_groups, data.active_groups)
        assert (solution.status is Status.CONVERGED) == found
        right += found
    assert right >= 5


def test_exchanges_keep_the_number_of_groups():
    for seed in range(30):
        rng = np.random.default_rng(seed)
        matrix, data = rng.standard_normal((12, 16)) + 0.5, rng.standard_normal(12)
        problem = Problem(matrix, data, 1 + seed % 2)
        first, _ = solve(PrimalDualActiveSet(n_groups=3), problem)
        solution, _ = solve(Exchange(PrimalDualActiveSet(n_groups=3)), problem)
        assert solution.active_groups.size == first.active_groups.size == 3
        assert solution.residual_norm <= first.residual_norm * (1 + 1e-12)


@pytest.mark.parametrize(
    "solver",
    [
        BlockOMP(n_groups=1, callback=0.5),
        InTurn(FISTA(L21(1.0), callback=()), BlockOMP(n_groups=1)),
        Exchange(PrimalDualActiveSet(n_groups=1, callback=np.inf)),
    ],
    ids=lambda solver: type(solver).__name__,
)
def test_a_callback_that_cannot_be_called_is_refused(solver):
    with pytest.raises(ValueError, match="callback must be None or a function"):
        solver.solve(Problem(np.eye(3), np.ones(3)))


@pytest.mark.parametrize("problem", [[1.0], "bad", None])
def test_what_is_no_problem_is_refused(problem):
    with pytest.raises(ValueError, match="problem must be a Problem, got"):
        BlockOMP(n_groups=1).solve(problem)
    with pytest.raises(ValueError, match="problem must be a Problem, got"):
        solution_path(FISTA(L21(1.0)), problem)
