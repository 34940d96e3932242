"""Solvers around solvers along paths: they work, or are refused with one clear message."""

import dataclasses
import itertools

import numpy as np
import pytest

from groupsparse.toolkit.convergence import ConvergenceWarning, without_warnings
from groupsparse.toolkit.penalties import L21, GroupMCP, LatentOverlap
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.selection import AlongPath, Discrepancy, GroupCount, solution_path
from groupsparse.toolkit.solution import Solution, Status
from groupsparse.toolkit.solvers import (
    FISTA,
    BlockCoordinateDescent,
    BlockOMP,
    Exchange,
    InTurn,
    OrthonormalGroups,
    PrimalDualActiveSet,
    Reweighted,
    SpectralProjectedGradient,
)
from groupsparse.toolkit.testing import random_array

LEVEL = 0.6


def make(dtype="float64", n_channels=2) -> Problem:
    rng = np.random.default_rng(0)
    matrix, coef = random_array((20, 30), dtype, rng), np.zeros((30, n_channels), dtype)
    coef[:6] = 3 * random_array((6, n_channels), dtype, rng)
    data = matrix @ coef + np.float32(0.1) * random_array((20, n_channels), dtype, rng)
    return Problem(matrix, data, np.repeat(np.arange(15), 2))


def descent(alpha: float, *, orthonormal: bool) -> BlockCoordinateDescent | OrthonormalGroups:
    solver = BlockCoordinateDescent(L21(alpha, "sqrt"), tol=1e-10)
    return OrthonormalGroups(solver) if orthonormal else solver


@pytest.mark.parametrize("orthonormal", [False, True])
@pytest.mark.parametrize("dtype", ["float64", "complex128", "float32"])
def test_a_path_of_reweighted_solves_repeats_all_rounds_at_each_strength(dtype, orthonormal):
    problem = make(dtype)
    with without_warnings():
        path = solution_path(
            Reweighted(descent(1.0, orthonormal=orthonormal)), problem, n_alphas=5, ratio=0.05
        )
        plain = solution_path(
            descent(1.0, orthonormal=orthonormal), problem, n_alphas=5, ratio=0.05
        )
        np.testing.assert_allclose(path.alphas, plain.alphas, rtol=1e-6)
        before = None
        for solution in path:
            alone = Reweighted(descent(solution.alpha, orthonormal=orthonormal))
            expected = alone.solve(problem, before)
            np.testing.assert_allclose(solution.coef, expected.coef, rtol=1e-4, atol=1e-5)
            before = solution.coef
    assert path[0].active_groups.size == 0
    assert np.all(path.n_active <= plain.n_active)


def test_a_rule_chooses_among_reweighted_solutions():
    problem = make()
    solver = AlongPath(Reweighted(BlockCoordinateDescent(L21(1.0))), Discrepancy(LEVEL))
    solution = solver.solve(problem)
    assert solution.status is Status.CONVERGED
    assert solution.residual_norm <= LEVEL
    assert solution.active_groups.tolist() == [0, 1, 2]
    plain = AlongPath(BlockCoordinateDescent(L21(1.0)), Discrepancy(LEVEL)).solve(problem)
    assert plain.active_groups.size > 3


def test_paths_of_reweighted_overlapping_groups():
    rng = np.random.default_rng(1)
    problem = Problem(
        rng.standard_normal((20, 6)), rng.standard_normal(20), [[0, 1, 2], [2, 3, 4, 5]]
    )
    path = solution_path(
        Reweighted(BlockCoordinateDescent(LatentOverlap(1.0))), problem, n_alphas=4
    )
    assert path.n_active[0] == 0
    assert path.n_active[-1] == 2


INNER = {
    "descent": BlockCoordinateDescent(L21(0.5)),
    "concave": FISTA(GroupMCP(0.5)),
    "constrained": SpectralProjectedGradient(noise_level=LEVEL),
    "active set": PrimalDualActiveSet(n_groups=3),
    "greedy": BlockOMP(n_groups=3),
}
WRAPPERS = {
    "first": lambda solver: InTurn(solver, BlockOMP(n_groups=3)),
    "second": lambda solver: InTurn(BlockOMP(n_groups=3), solver),
    "orthonormal": OrthonormalGroups,
    "exchange": Exchange,
    "along path": lambda solver: AlongPath(solver, Discrepancy(LEVEL), n_alphas=8),
    "to a number": lambda solver: AlongPath(solver, GroupCount(3), n_alphas=8),
    "reweighted": Reweighted,
}


def follow(solver, problem):
    return solution_path(solver, problem, n_alphas=3)[-1]


def solve(solver, problem):
    return solver.solve(problem)


@pytest.mark.parametrize("act", [solve, follow])
@pytest.mark.parametrize("name", INNER)
def test_every_wrapper_in_every_other_works_or_is_refused(name, act):
    problem, inner, n_solved = make(), INNER[name], 0
    refusals = []
    for outer, middle in itertools.product(WRAPPERS.values(), repeat=2):
        with without_warnings():
            try:
                solution = act(outer(middle(inner)), problem)
            except ValueError as error:
                refusals.append(str(error))
                continue
        assert isinstance(solution, Solution)
        assert np.isfinite(solution.coef).all()
        n_solved += 1
    for message in refusals:
        assert "solver must have a penalty" in message
        assert "\n" not in message
    assert n_solved >= (16 if act is solve else 0)


@pytest.mark.parametrize(
    "solver",
    [
        BlockOMP(n_groups=3),
        Exchange(PrimalDualActiveSet(n_groups=3)),
        InTurn(BlockOMP(n_groups=3), BlockCoordinateDescent(L21(1.0))),
        Reweighted(SpectralProjectedGradient(noise_level=1.0)),
        OrthonormalGroups(BlockOMP(n_groups=3)),
        None,
    ],
    ids=lambda solver: type(solver).__name__,
)
def test_solvers_without_a_strength_have_no_path(solver):
    with pytest.raises(ValueError, match="solver must have a penalty"):
        solution_path(solver, make())
    with pytest.raises(ValueError, match="solver must have a penalty"):
        AlongPath(solver, Discrepancy(LEVEL))


@pytest.mark.parametrize("make_wrapper", [OrthonormalGroups, Exchange, Reweighted])
def test_what_is_no_solver_is_refused(make_wrapper):
    with pytest.raises(ValueError, match="solver must"):
        make_wrapper("BlockOMP")


def test_other_parameters_of_a_path_are_checked_where_they_are_given():
    descent = BlockCoordinateDescent(L21(1.0))
    for settings, message in (
        ({"rule": "bic"}, "rule must be a Rule"),
        ({"n_alphas": 0}, "n_alphas must be"),
        ({"ratio": 1.5}, "ratio must"),
    ):
        with pytest.raises(ValueError, match=message):
            AlongPath(**{"solver": descent, "rule": Discrepancy(LEVEL), **settings})


def test_weights_reach_a_solver_through_its_wrappers():
    weights = np.linspace(1, 2, 15)
    solver = OrthonormalGroups(SpectralProjectedGradient(noise_level=LEVEL))
    assert solver.with_group_weights(weights).group_weights is weights
    again = Reweighted(solver).with_group_weights(weights)
    assert again.group_weights is weights
    assert dataclasses.replace(again, rounds=1).solve(make()).active_groups.size > 0


def test_a_number_of_groups_that_no_solution_of_a_path_has_is_said():
    rng = np.random.default_rng(0)
    problem = Problem(np.outer(rng.standard_normal(9), np.arange(1.0, 6)), rng.standard_normal(9))
    solver = AlongPath(BlockCoordinateDescent(L21(1.0)), GroupCount(3), n_alphas=20)
    with pytest.warns(ConvergenceWarning, match="n_groups") as caught:
        solution = solver.solve(problem)
    assert solution.status is Status.SATURATED
    assert solution.active_groups.size == 1
    assert len(caught) == 1
    assert caught[0].filename == __file__


def test_an_active_set_path_to_no_noise_says_where_it_interpolates():
    rng = np.random.default_rng(0)
    problem = Problem(rng.standard_normal((6, 12)), rng.standard_normal(6))
    with without_warnings():
        solution = AlongPath(PrimalDualActiveSet(), Discrepancy(1e-6)).solve(problem)
    assert not solution.status.is_success
    if solution.active_groups.size == 6:
        assert solution.status is Status.INTERPOLATED
