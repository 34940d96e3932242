"""Paths of solutions: each as if solved alone, however the solver keeps its state."""

import dataclasses

import numpy as np
import pytest
import scipy.sparse as sp

from groupsparse.toolkit.convergence import ConvergenceWarning
from groupsparse.toolkit.penalties import (
    L21,
    GroupMCP,
    GroupSCAD,
    LatentOverlap,
    SparseGroup,
    WithRidge,
)
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.selection import SolutionPath, alpha_max, make_alphas, solution_path
from groupsparse.toolkit.solution import CertificateKind, Solution, Status
from groupsparse.toolkit.solvers import FISTA, BlockCoordinateDescent, OrthonormalGroups
from groupsparse.toolkit.testing import random_array

LABELS = np.array([0, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4, 4, 5, 0, 1, 6, 6, 6, 7, 7])
FREE = np.array([0, 1, 1, -1, 2, 2, 3, 3, 4, 4, 4, 4, 5, 0, 1, -1, 6, 6, 7, 7])
LISTS = [[0, 1, 2], [2, 3], [3, 4, 5, 6], [0, 6, 7], *([i, i + 1] for i in range(8, 19))]
SPECIAL = [1, 0, 1.5, np.inf, 0.7, 1, np.inf, 1]


def make(labels=LABELS, dtype="float64", n_channels=1, n_rows=30, seed=0) -> Problem:
    rng = np.random.default_rng(seed)
    matrix = random_array((n_rows, 20), dtype, rng) / np.sqrt(n_rows)
    coef = random_array((20, n_channels)[: 1 + (n_channels > 1)], dtype, rng)
    coef[[1, 2, 6, 7, 8, 14]] = 0
    data = matrix @ coef
    return Problem(matrix, data + random_array(data.shape, dtype, rng) / 10, labels)


def descent(penalty):
    return BlockCoordinateDescent(penalty, tol=1e-9)


def fista(penalty):
    return FISTA(penalty, tol=1e-10, max_iter=50_000)


CONVEX = {
    "l21": L21(1.0),
    "l21 sqrt": L21(1.0, "sqrt"),
    "l21 0 and inf": L21(1.0, SPECIAL),
    "sparse group": SparseGroup(1.0, 0.4),
    "sparse group with ridge": WithRidge(SparseGroup(1.0, 0.7, "sqrt"), 0.1),
    "latent overlap": LatentOverlap(1.0),
}
SOLVERS = {
    "BlockCoordinateDescent": descent,
    "FISTA": fista,
    "OrthonormalGroups": lambda penalty: OrthonormalGroups(descent(penalty)),
}


def at(solver, alpha):
    """Return the solver at another strength."""
    if isinstance(solver, OrthonormalGroups):
        return OrthonormalGroups(at(solver.solver, alpha))
    return dataclasses.replace(solver, penalty=solver.penalty.with_alpha(alpha))


@pytest.mark.covering(2)
@pytest.mark.parametrize("labels", [LABELS, FREE], ids=["all", "some unpenalised"])
@pytest.mark.parametrize("kind", [("float64", 1), ("complex128", 3)], ids=str)
@pytest.mark.parametrize("name", CONVEX)
@pytest.mark.parametrize("make_solver", SOLVERS.values(), ids=SOLVERS)
def test_agrees_with_each_strength_alone(make_solver, name, kind, labels):
    if name.startswith("latent"):
        if make_solver not in (descent, fista):
            return  # the copies are refused there, see below
        labels = LISTS
    problem = make(labels, *kind)
    solver = make_solver(CONVEX[name])
    path = solution_path(solver, problem, n_alphas=8, ratio=0.02)
    assert path.converged.all()
    for alpha, solution in zip(path.alphas, path, strict=True):
        expected = at(solver, alpha).solve(problem)
        assert solution.objective == pytest.approx(expected.objective, rel=1e-8)
        np.testing.assert_allclose(solution.coef, expected.coef, atol=1e-6)
        if solution.latent is not None:
            assert solution.latent.shape[0] == sum(map(len, LISTS))


@pytest.mark.covering(2)
@pytest.mark.parametrize("way", [np.asarray, sp.csc_array], ids=["dense", "sparse"])
@pytest.mark.parametrize("make_penalty", [GroupMCP, GroupSCAD])
@pytest.mark.parametrize("make_solver", SOLVERS.values(), ids=SOLVERS)
def test_concave_paths_are_stationary_everywhere(make_solver, make_penalty, way):
    dense = make(FREE, n_channels=2)
    matrix = dense.operator.operator.values
    problem = Problem(way(matrix), dense.data, FREE)
    path = solution_path(make_solver(make_penalty(1.0)), problem, n_alphas=15, ratio=0.01)
    assert path.converged.all()
    scale = np.linalg.norm(matrix.T @ problem.data)
    for solution in path:
        assert solution.certificate.kind == CertificateKind.SUBDIFFERENTIAL_DISTANCE
        assert solution.certificate.value <= 1e-7 * scale
    assert path.n_active[-1] > path.n_active[0] == 0


@pytest.mark.covering(2)
@pytest.mark.parametrize("labels", [LABELS, FREE], ids=["all", "some unpenalised"])
@pytest.mark.parametrize("name", [name for name in CONVEX if not name.startswith("latent")])
@pytest.mark.parametrize("make_solver", SOLVERS.values(), ids=SOLVERS)
def test_default_strengths_begin_where_nothing_penalised_is_active(make_solver, name, labels):
    problem = make(labels)
    solver = make_solver(CONVEX[name])
    path = solution_path(solver, problem, n_alphas=5, ratio=0.1)
    assert len(path) == 5
    np.testing.assert_allclose(path.alphas / path.alphas[0], np.geomspace(1, 0.1, 5))
    if make_solver in (descent, fista):
        largest = alpha_max(problem, penalty=CONVEX[name])
        assert path.alphas[0] == pytest.approx(largest, rel=1e-8)
    penalised = CONVEX[name].core.weights(problem.groups) > 0
    norms = np.array([problem.groups.norms(x)[penalised] for x in path.coefs])
    assert norms[0].max() <= (0 if make_solver is not fista else 1e-9)
    assert norms[1].max() > 1e-3


def test_one_hundred_strengths_by_default():
    path = solution_path(BlockCoordinateDescent(L21(1.0)), make())
    assert len(path) == 100
    assert path.alphas[-1] == pytest.approx(path.alphas[0] / 100)


@pytest.mark.parametrize("make_solver", [descent, fista])
@pytest.mark.parametrize(
    "alphas", [[0.1, 0.3, 0.02, 0.3], np.array([[0.1], [0.2]]), 0.2, [5], (1e-3, 1e3)], ids=str
)
def test_strengths_in_any_order_are_sorted(make_solver, alphas):
    problem = make()
    path = solution_path(make_solver(L21(7.0)), problem, alphas)
    np.testing.assert_array_equal(path.alphas, np.sort(np.ravel(alphas))[::-1])
    for alpha, solution in zip(path.alphas, path, strict=True):
        expected = make_solver(L21(alpha)).solve(problem)
        np.testing.assert_allclose(solution.coef, expected.coef, atol=1e-6)


@pytest.mark.parametrize("make_solver", SOLVERS.values(), ids=SOLVERS)
def test_stop_ends_the_path_with_the_solution_it_saw(make_solver):
    problem, seen = make(), []

    def enough(solution):
        seen.append(solution)
        return solution.active_groups.size >= 3

    path = solution_path(make_solver(L21(1.0)), problem, n_alphas=40, ratio=1e-3, stop=enough)
    assert list(path) == seen
    assert 2 <= len(path) < 40
    assert path.n_active[-1] >= 3 > path.n_active[-2]


@pytest.mark.parametrize("n_channels", [1, 3])
def test_what_a_path_knows(n_channels):
    problem = make(n_channels=n_channels)
    path = solution_path(descent(L21(1.0)), problem, n_alphas=6, ratio=0.05)
    assert isinstance(path, SolutionPath)
    assert isinstance(path[0], Solution)
    assert path[-1] is path.solutions[5]
    assert [solution.alpha for solution in path[1:3]] == path.alphas[1:3].tolist()
    with pytest.raises(IndexError):
        path[6]
    assert path.coefs.shape == (6, *problem.shape)
    path.coefs[...] = np.nan
    assert np.isfinite(path.coefs).all()
    norms = [np.linalg.norm(problem.operator.apply(x) - problem.data) for x in path.coefs]
    np.testing.assert_allclose(path.residual_norms, norms, rtol=1e-10)
    assert np.all(np.diff(path.residual_norms) < 0)
    counts = [np.count_nonzero(problem.groups.norms(x)) for x in path.coefs]
    np.testing.assert_array_equal(path.n_active, counts)
    assert path.converged.dtype == bool
    assert repr(path).startswith("SolutionPath(6 strengths from ")
    assert repr(SolutionPath(())) == "SolutionPath(0 strengths)"
    assert len(SolutionPath(())) == 0


@pytest.mark.filterwarnings("always::groupsparse.toolkit.convergence.ConvergenceWarning")
@pytest.mark.parametrize(
    "solver",
    [BlockCoordinateDescent(L21(1.0), tol=1e-12, max_iter=1), FISTA(L21(1.0), max_iter=1)],
    ids=["BlockCoordinateDescent", "FISTA"],
)
def test_strengths_that_were_not_reached_are_told(solver):
    with pytest.warns(ConvergenceWarning):
        path = solution_path(solver, make(), [1e-4, 1e-5])
    assert path.converged.tolist() == [False, False]
    assert all(solution.status is Status.MAX_ITER for solution in path)


@pytest.mark.parametrize("make_solver", SOLVERS.values(), ids=SOLVERS)
@pytest.mark.parametrize("alphas", [None, [0.1, 0.2]], ids=["default", "given"])
def test_data_without_correlation_give_zero(make_solver, alphas):
    """Whatever the strength; by default one is enough."""
    for problem in (
        Problem(np.eye(4), np.zeros(4), 2),
        Problem(np.eye(4)[:, :2], [0.0, 0.0, 1.0, 2.0]),
        Problem(np.zeros((3, 4)), np.ones((3, 2)), [0, 1, 1, -1]),
    ):
        path = solution_path(make_solver(L21(1.0)), problem, alphas)
        assert len(path) == (1 if alphas is None else 2)
        assert not path.coefs.any()
        assert path.converged.all()
        assert not path.n_active.any()


@pytest.mark.parametrize("make_solver", SOLVERS.values(), ids=SOLVERS)
def test_nothing_is_penalised(make_solver):
    problem = make(np.full(20, -1))
    path = solution_path(make_solver(L21(1.0)), problem)
    expected = np.linalg.lstsq(problem.operator.values, problem.data)[0]
    assert len(path) == 1
    np.testing.assert_allclose(path[0].coef, expected, atol=1e-6)


@pytest.mark.parametrize("make_solver", SOLVERS.values(), ids=SOLVERS)
def test_data_that_the_unpenalised_columns_explain(make_solver):
    """The critical strength is zero but for rounding, and one solution is the whole path."""
    matrix = np.random.default_rng(0).standard_normal((10, 5))
    problem = Problem(matrix, matrix[:, :2] @ [1.0, 2.0], [-1, -1, 0, 1, 2])
    path = solution_path(make_solver(L21(1.0)), problem)
    assert len(path) == 1
    np.testing.assert_allclose(path[0].coef, [1, 2, 0, 0, 0], atol=1e-7)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"alphas": []}, "alphas must be positive finite numbers, at least one"),
        ({"alphas": [1.0, 0.0]}, "alphas must be positive"),
        ({"alphas": -1.0}, "alphas must be positive"),
        ({"alphas": [np.nan]}, "alphas must be positive"),
        ({"alphas": [1.0, np.inf]}, "alphas must be positive"),
        ({"n_alphas": 0}, "n_alphas must be an integer from 1 to 1000000, got 0"),
        ({"n_alphas": 2.0}, "n_alphas must be an integer from 1 to 1000000, got 2.0"),
        ({"n_alphas": 10**30}, "n_alphas must be an integer from 1 to 1000000, got 10000"),
        ({"ratio": 0}, "ratio must lie between 0 and 1, got 0"),
        ({"ratio": 1.0}, "ratio must lie between 0 and 1, got 1.0"),
        ({"ratio": np.nan}, "ratio must lie between 0 and 1, got nan"),
        ({"ratio": "small"}, "ratio must lie between 0 and 1, got 'small'"),
    ],
)
def test_arguments_are_checked(options, message):
    with pytest.raises(ValueError, match=message):
        solution_path(BlockCoordinateDescent(L21(1.0)), make(), **options)


def test_strengths_fall_geometrically():
    np.testing.assert_allclose(make_alphas(2.0, 5, 0.01), 2 * 10 ** -np.arange(0, 2.5, 0.5))
    assert make_alphas(2.0, 1).tolist() == [2.0]
    assert make_alphas(2.0, np.int64(3), 0.25).tolist() == [2.0, 1.0, 0.5]
    for largest in (0, -1.0, np.inf, np.nan):
        with pytest.raises(ValueError, match="largest must be positive and finite"):
            make_alphas(largest)


@pytest.mark.parametrize("make_solver", SOLVERS.values(), ids=SOLVERS)
def test_overlapping_groups_need_their_penalty(make_solver):
    with pytest.raises(ValueError, match="groups overlap"):
        solution_path(make_solver(L21(1.0)), make(LISTS), n_alphas=2)


@pytest.mark.parametrize("make_inner", [descent, fista])
def test_orthonormal_groups_do_not_overlap(make_inner):
    solver = OrthonormalGroups(make_inner(LatentOverlap(1.0)))
    with pytest.raises(ValueError, match="OrthonormalGroups needs disjoint groups"):
        solution_path(solver, make(LISTS), n_alphas=2)


@pytest.mark.parametrize("penalty", [L21(1.0, "sqrt"), GroupMCP(1.0)], ids=["l21", "MCP"])
def test_orthonormal_groups_of_a_solver_without_sessions(penalty):
    problem, solver = make(FREE), OrthonormalGroups(fista(penalty))
    path = solution_path(solver, problem, n_alphas=6, ratio=0.05)
    assert path.converged.all()
    assert path.n_active[0] == 0
    if penalty.convex:
        for alpha, solution in zip(path.alphas, path, strict=True):
            expected = at(solver, alpha).solve(problem)
            np.testing.assert_allclose(solution.coef, expected.coef, atol=1e-6)
