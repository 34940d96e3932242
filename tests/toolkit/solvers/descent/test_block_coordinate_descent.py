"""Block coordinate descent against a plain cyclic method, brute force, plain subgradients."""

import numpy as np
import pytest
import scipy.sparse as sp

from groupsparse.toolkit.convergence import ConvergenceWarning
from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.penalties import (
    L21,
    GroupL0,
    GroupMCP,
    GroupSCAD,
    LatentOverlap,
    SparseGroup,
    WithRidge,
)
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.selection import alpha_max
from groupsparse.toolkit.solution import CertificateKind, Status
from groupsparse.toolkit.solvers import FISTA, BlockCoordinateDescent
from groupsparse.toolkit.solvers.descent import working_set
from groupsparse.toolkit.solvers.descent.sweeps import Anderson
from groupsparse.toolkit.testing import random_array

LABELS = np.array([0, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4, 4, 5, 0, 1, 6, 6, 6, 7, 7])
FREE = np.array([0, 1, 1, -1, 2, 2, 3, 3, 4, 4, 4, 4, 5, 0, 1, -1, 6, 6, 7, 7])
SPECIAL = np.array([1, 0, 1.5, np.inf, 0.7, 1, np.inf, 1])


def make(seed=0, dtype="float64", n_rows=30, labels=LABELS, n_channels=1, correlation=0.0):
    """Return matrix and data: the columns share a direction by `correlation`."""
    rng = np.random.default_rng((seed, n_rows))
    labels = np.asarray(labels)
    matrix = random_array((n_rows, labels.size), dtype, rng)
    matrix += np.float32(correlation) * random_array((n_rows, 1), dtype, rng)
    matrix /= np.linalg.norm(matrix, axis=0)
    coef = random_array((labels.size, n_channels)[: 1 + (n_channels > 1)], dtype, rng)
    coef[labels % 3 == 1] = 0
    data = matrix @ coef
    return matrix, data + random_array(data.shape, dtype, rng) / np.float32(10)


def members_of(labels):
    return [np.flatnonzero(np.asarray(labels) == g) for g in range(max(labels) + 1)]


def cyclic(matrix, data, labels, norms, entries=0.0, ridge=0.0, accuracy=1e-12):
    """Minimise by one proximal gradient step on one group after another, slowly and plainly.

    `norms` are the strengths of the group norms, `entries` that of the magnitudes.
    """
    matrix = matrix.astype(np.result_type(matrix, np.float64))
    members = members_of(labels)
    x = np.zeros((matrix.shape[1], *data.shape[1:]), matrix.dtype)
    residual = data - matrix @ x
    blocks = [
        (i, float(t), entries, ridge if t or entries else 0.0)
        for i, t in zip(members, norms, strict=True)
    ]
    free = np.flatnonzero(np.asarray(labels) < 0)
    blocks = [block for block in blocks if block[1] < np.inf] + [(free, 0.0, 0.0, 0.0)]
    for _ in range(50_000):
        moved = 0.0
        for columns, of_norm, of_entries, squares in blocks:
            part = matrix[:, columns]
            bound = (np.linalg.norm(part, 2) ** 2 if columns.size else 0) + squares
            if bound == 0:
                continue
            gradient = squares * x[columns] - part.conj().T @ residual
            point = x[columns] - gradient / bound
            size = np.abs(point)
            point = point * np.maximum(0, 1 - of_entries / bound / np.maximum(size, 1e-300))
            norm = np.linalg.norm(point)
            point = point * max(0.0, 1 - of_norm / bound / norm) if norm else point
            residual -= part @ (point - x[columns])
            moved = max(moved, np.abs(point - x[columns]).max())
            x[columns] = point
        if moved <= accuracy * np.abs(x).max(initial=1e-300):
            return x
    raise AssertionError("the reference has not converged")


def distance(matrix, data, labels, x, slope, ridge=0.0):
    """Return the norm of the smallest subgradient, for a penalty with this slope of its norm.

    `slope` takes the number of the group and its norm.
    """
    gradient, total = matrix.conj().T @ (matrix @ x - data), 0.0
    for g, columns in enumerate(members_of(labels)):
        norm, pull = np.linalg.norm(x[columns]), gradient[columns]
        if np.isinf(slope(g, 0.0)):
            assert norm == 0
        elif slope(g, 0.0) == 0:
            total += np.linalg.norm(pull) ** 2
        elif norm:
            whole = pull + (ridge + slope(g, norm) / norm) * x[columns]
            total += np.linalg.norm(whole) ** 2
        else:
            total += max(0.0, np.linalg.norm(pull) - slope(g, 0.0)) ** 2
    return (total + np.linalg.norm(gradient[np.asarray(labels) < 0]) ** 2) ** 0.5


def solved(penalty, problem, start=None, tol=1e-11, **options):
    solution = BlockCoordinateDescent(penalty, tol=tol, **options).solve(problem, start)
    assert solution.status is Status.CONVERGED
    return solution


WAYS = {
    "C order": np.ascontiguousarray,
    "Fortran order": np.asfortranarray,
    "strided": lambda values: np.repeat(values, 2, axis=0)[::2],
    "csr": sp.csr_array,
    "csc matrix": sp.csc_matrix,
    "coo": sp.coo_array,
}


@pytest.mark.covering(2)
@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("n_rows", [60, 30, 15])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dtype", ["float64", "complex128", "float32", "complex64"])
def test_agrees_with_the_cyclic_method(dtype, way, n_rows, n_channels):
    matrix, data = make(1, dtype, n_rows, n_channels=n_channels)
    if "c" in way.split()[0] and way != "C order":
        matrix[np.abs(matrix) < 0.5 * np.median(np.abs(matrix))] = 0
    problem = Problem(WAYS[way](matrix), data, LABELS)
    alpha = 0.3 * alpha_max(problem)
    expected = cyclic(matrix, data, LABELS, np.full(8, alpha))
    solution = solved(L21(alpha), problem)
    assert solution.coef.dtype == dtype
    precise = dtype in ("float64", "complex128")
    np.testing.assert_allclose(solution.coef, expected, atol=1e-8 if precise else 2e-4)
    active = [g for g, columns in enumerate(members_of(LABELS)) if expected[columns].any()]
    np.testing.assert_array_equal(solution.active_groups, active)


@pytest.mark.covering(2)
@pytest.mark.parametrize("labels", [LABELS, FREE], ids=["all", "some unpenalised"])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("weights", [None, "sqrt", SPECIAL], ids=["none", "sqrt", "0 and inf"])
@pytest.mark.parametrize("ridge", [0, 0.3])
@pytest.mark.parametrize("l1_ratio", [None, 0.0, 0.4, 1.0])
def test_agrees_for_every_weight_and_ridge(l1_ratio, ridge, weights, dtype, labels):
    matrix, data = make(2, dtype, labels=labels, n_channels=2)
    problem = Problem(matrix, data, labels)
    penalty = L21(0.2, weights) if l1_ratio is None else SparseGroup(0.2, l1_ratio, weights)
    values = penalty.weights(problem.groups)
    share = l1_ratio or 0.0
    norms = np.where(np.isinf(values), np.inf, 0.2 * (1 - share) * np.minimum(values, 1e9))
    expected = cyclic(matrix, data, labels, norms, 0.2 * share, ridge)
    solution = solved(WithRidge(penalty, ridge) if ridge else penalty, problem)
    np.testing.assert_allclose(solution.coef, expected, atol=1e-8)
    np.testing.assert_array_equal(solution.coef == 0, expected == 0)


@pytest.mark.parametrize("n_rows", [40, 10])
@pytest.mark.parametrize(
    "labels", [np.zeros(20, int), np.arange(20), np.full(20, -1)], ids=["one", "single", "none"]
)
def test_extreme_groupings(labels, n_rows):
    matrix, data = make(3, n_rows=n_rows)
    if labels[0] < 0:
        if n_rows < 20:
            matrix[:, n_rows // 2 :] = 0
        problem = Problem(matrix, data, labels)
        expected = np.linalg.lstsq(matrix, data)[0]
        solution = solved(L21(1.0), problem)
        np.testing.assert_allclose(solution.coef, expected, atol=1e-8)
        return
    problem = Problem(matrix, data, labels)
    alpha = 0.2 * alpha_max(problem)
    expected = cyclic(matrix, data, labels, np.full(labels.max() + 1, alpha), accuracy=1e-11)
    np.testing.assert_allclose(solved(L21(alpha), problem).coef, expected, atol=1e-7)


@pytest.mark.parametrize("ridge", [0, 0.1])
@pytest.mark.parametrize("way", ["C order", "csr"])
def test_columns_of_zeros(way, ridge):
    """Inside a group, as a whole group, and unpenalised."""
    matrix, data = make(4, labels=FREE)
    matrix[:, [1, 3, 6, 7]] = 0
    problem = Problem(WAYS[way](matrix), data, FREE)
    for penalty in (L21(0.1), SparseGroup(0.1, 0.3)):
        share = getattr(penalty, "l1_ratio", 0.0)
        expected = cyclic(matrix, data, FREE, np.full(8, 0.1 * (1 - share)), 0.1 * share, ridge)
        solution = solved(WithRidge(penalty, ridge) if ridge else penalty, problem)
        np.testing.assert_allclose(solution.coef, expected, atol=1e-8)
        assert not solution.coef[[1, 3, 6, 7]].any()
        assert 3 not in solution.active_groups


def test_an_operator_of_zeros():
    problem = Problem(np.zeros((5, 4)), np.ones(5), [0, 0, 1, -1])
    for penalty in (L21(1.0), SparseGroup(1.0), GroupMCP(1.0), WithRidge(GroupSCAD(1.0), 1.0)):
        solution = solved(penalty, problem)
        assert not solution.coef.any()
        assert solution.objective == pytest.approx(2.5)


def l21_objective(matrix, data, labels, strengths, x):
    sizes = [np.linalg.norm(x[columns]) for columns in members_of(labels)]
    return np.linalg.norm(matrix @ x - data) ** 2 / 2 + np.dot(strengths, sizes)


@pytest.mark.parametrize("dtype", ["float64", "complex128", "float32"])
@pytest.mark.parametrize("n_rows", [60, 12])
def test_dependent_columns_inside_a_group(n_rows, dtype):
    """The minimum has the same image, and there the least norm."""
    matrix, data = make(5, dtype, n_rows)
    matrix[:, 10] = matrix[:, 8] - 2 * matrix[:, 9]
    matrix[:, 4] = matrix[:, 3]
    matrix[:, 5] = matrix[:, 3]
    problem = Problem(matrix, data, LABELS)
    expected = cyclic(matrix, data, LABELS, np.full(8, 0.05), accuracy=1e-11)
    solution = solved(L21(0.05), problem)
    precise = dtype != "float32"
    np.testing.assert_allclose(solution.coef, expected, atol=1e-6 if precise else 2e-3)
    objectives = [
        l21_objective(matrix, data, LABELS, np.full(8, 0.05), x) for x in (expected, solution.coef)
    ]
    assert objectives[1] == pytest.approx(objectives[0], rel=1e-10 if precise else 1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_groups_that_come_twice(seed):
    """The image is unique, the coefficients are not."""
    matrix, data = make(seed, n_rows=25)
    twice, labels = np.hstack([matrix, matrix]), np.concatenate([LABELS, LABELS + 8])
    alpha = 0.1 * alpha_max(Problem(matrix, data, LABELS))
    expected = cyclic(matrix, data, LABELS, np.full(8, alpha))
    solution = solved(L21(alpha), Problem(twice, data, labels))
    np.testing.assert_allclose(twice @ solution.coef, matrix @ expected, atol=1e-8)
    total = l21_objective(matrix, data, LABELS, np.full(8, alpha), expected)
    found = l21_objective(twice, data, labels, np.full(16, alpha), solution.coef)
    assert found == pytest.approx(total, rel=1e-10)


@pytest.mark.parametrize("correlation", [0.0, 3.0])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_more_active_columns_than_rows(dtype, correlation):
    labels = np.repeat(np.arange(15), [1, 2, 3, 4, 5] * 3)
    matrix, data = make(6, dtype, 12, labels, correlation=correlation)
    problem = Problem(matrix, data, labels)
    alpha = 1e-3 * alpha_max(problem)
    solution = solved(L21(alpha), problem, tol=1e-9, max_iter=100_000)
    assert np.count_nonzero(solution.coef) > 12
    residual = data - matrix @ solution.coef
    norms = [
        np.linalg.norm((matrix.conj().T @ residual)[columns]) for columns in members_of(labels)
    ]
    dual = residual * min(1, alpha / max(norms))
    lower = np.vdot(dual, data).real - np.linalg.norm(dual) ** 2 / 2
    found = l21_objective(matrix, data, labels, np.full(15, alpha), solution.coef)
    assert -1e-10 * found <= found - lower <= 1e-5 * found


@pytest.mark.covering(2)
@pytest.mark.parametrize("tol", [1e-2, 1e-5, 1e-9])
@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_tolerance_is_that_of_the_smallest_subgradient(dtype, n_channels, tol):
    matrix, data = make(7, dtype, n_rows=25, labels=FREE, n_channels=n_channels, correlation=1.0)
    problem = Problem(matrix, data, FREE)
    alpha = 0.1 * alpha_max(problem, SPECIAL)
    limit = tol * np.linalg.norm(matrix.conj().T @ data)
    for penalty, slope in [
        (L21(alpha, SPECIAL), lambda g, t: alpha * SPECIAL[g]),
        (GroupMCP(alpha, 2.5, SPECIAL), lambda g, t: max(0.0, alpha * SPECIAL[g] - t / 2.5)),
    ]:
        solution = solved(penalty, problem, tol=tol)
        found = distance(matrix, data, FREE, solution.coef, slope)
        assert found <= limit * (1 + 1e-6)


def mcp_slope(strength, gamma, t):
    return max(0.0, strength - t / gamma)


def scad_slope(strength, gamma, t):
    return min(strength, max(0.0, (gamma * strength - t) / (gamma - 1)))


def mcp_value(strength, gamma, t):
    inner = strength * t - t**2 / (2 * gamma)
    return np.where(t <= gamma * strength, inner, gamma * strength**2 / 2)


def scad_value(strength, gamma, t):
    middle = (2 * gamma * strength * t - t**2 - strength**2) / (2 * (gamma - 1))
    flat = strength**2 * (gamma + 1) / 2
    return np.where(t <= strength, strength * t, np.where(t <= gamma * strength, middle, flat))


CONCAVE = {
    "MCP": (GroupMCP, 3.0, mcp_slope, mcp_value),
    "MCP, nearly l0": (GroupMCP, 1.05, mcp_slope, mcp_value),
    "SCAD": (GroupSCAD, 3.7, scad_slope, scad_value),
    "SCAD, nearly l0": (GroupSCAD, 2.05, scad_slope, scad_value),
}


@pytest.mark.covering(2)
@pytest.mark.parametrize("ridge", [0, 0.2])
@pytest.mark.parametrize("weights", [None, SPECIAL], ids=["none", "0 and inf"])
@pytest.mark.parametrize("n_rows", [60, 25, 12])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("name", CONCAVE)
def test_concave_penalties_reach_a_stationary_point(name, dtype, n_rows, weights, ridge):
    make_penalty, gamma, slope, value = CONCAVE[name]
    matrix, data = make(8, dtype, n_rows, FREE, n_channels=2)
    problem = Problem(matrix, data, FREE)
    alpha = 0.2 * alpha_max(problem, weights)
    penalty = make_penalty(alpha, gamma, weights)
    strengths = alpha * penalty.weights(problem.groups)
    solution = solved(WithRidge(penalty, ridge) if ridge else penalty, problem, tol=1e-9)
    found = distance(
        matrix, data, FREE, solution.coef, lambda g, t: slope(strengths[g], gamma, t), ridge
    )
    scale = np.linalg.norm(matrix.conj().T @ data)
    assert found <= 1.001e-9 * scale
    assert solution.certificate.kind == CertificateKind.SUBDIFFERENTIAL_DISTANCE
    assert solution.certificate.value == pytest.approx(found, abs=1e-12 * scale)
    norms = [np.linalg.norm(solution.coef[columns]) for columns in members_of(FREE)]
    total = np.linalg.norm(matrix @ solution.coef - data) ** 2 / 2
    for strength, norm in zip(strengths, norms, strict=True):
        if 0 < strength < np.inf:
            total += value(strength, gamma, norm) + ridge / 2 * norm**2
    assert solution.objective == pytest.approx(total, rel=1e-10)


@pytest.mark.covering(2)
@pytest.mark.parametrize("fraction", [0.05, 0.3, 0.7, 0.99, 1.01])
@pytest.mark.parametrize("scale", [1.0, 2.0, 0.5])
@pytest.mark.parametrize("name", CONCAVE)
def test_one_orthogonal_group_against_a_search_over_its_norm(name, scale, fraction):
    """Along the one direction that counts. Short columns make it concave: then a local minimum."""
    make_penalty, gamma, _, value = CONCAVE[name]
    rng = np.random.default_rng(9)
    matrix = scale * np.linalg.qr(rng.standard_normal((10, 3)))[0]
    data = rng.standard_normal(10)
    reach = np.linalg.norm(matrix.T @ data)
    alpha = fraction * reach
    solution = solved(make_penalty(alpha, gamma), Problem(matrix, data, 3))

    def along(t):
        return (scale * t) ** 2 / 2 - t * reach + value(alpha, gamma, t)

    norm = np.linalg.norm(solution.coef)
    np.testing.assert_allclose(solution.coef, norm * matrix.T @ data / reach, atol=1e-10)
    convex = scale**2 * (gamma - (make_penalty is GroupSCAD)) > 1
    farthest = 1.2 * reach / scale**2
    tried = np.linspace(0, farthest, 100_001) if convex else norm + np.linspace(-1e-3, 1e-3, 2001)
    tried = tried[tried >= 0]
    assert along(norm) <= along(tried).min() + 1e-12
    if convex:
        assert norm == pytest.approx(tried[along(tried).argmin()], abs=farthest / 50_000)


@pytest.mark.parametrize("fraction", [0.1, 0.4, 0.8])
@pytest.mark.parametrize("name", ["MCP", "SCAD"])
def test_one_group_of_two_columns_against_a_search_of_the_plane(name, fraction):
    make_penalty, gamma, _, value = CONCAVE[name]
    rng = np.random.default_rng(10)
    basis = np.linalg.qr(rng.standard_normal((8, 2)))[0]
    matrix = basis @ np.array([[1.3, 0.3], [0.3, 0.9]])  # convex: squares above 1 / gamma
    data = 2 * rng.standard_normal(8)
    alpha = fraction * np.linalg.norm(matrix.T @ data)
    solution = solved(make_penalty(alpha, gamma), Problem(matrix, data, 2))
    centre, width = np.zeros(2), 2 * np.linalg.norm(np.linalg.lstsq(matrix, data)[0])
    for _ in range(25):
        axes = [c + np.linspace(-width, width, 61) for c in centre]
        points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
        misfit = ((points @ matrix.T - data) ** 2).sum(axis=-1) / 2
        totals = misfit + value(alpha, gamma, np.linalg.norm(points, axis=-1))
        centre = points.reshape(-1, 2)[totals.argmin()]
        width /= 2
    np.testing.assert_allclose(solution.coef, centre, atol=1e-5)
    assert solution.objective <= totals.min() + 1e-12


PENALTIES = {
    "l21": lambda alpha: L21(alpha),
    "l21 sqrt": lambda alpha: L21(alpha, "sqrt"),
    "l21 0 and inf": lambda alpha: L21(alpha, SPECIAL),
    "sparse group": lambda alpha: SparseGroup(alpha, 0.3),
    "sparse group with ridge": lambda alpha: WithRidge(SparseGroup(alpha, 0.6, SPECIAL), 0.2),
    "MCP": lambda alpha: GroupMCP(alpha, 2.5),
    "SCAD with ridge": lambda alpha: WithRidge(GroupSCAD(alpha, 3.0, SPECIAL), 0.1),
}
CONVEX = [name for name in PENALTIES if not name.startswith(("MCP", "SCAD"))]


@pytest.mark.covering(2)
@pytest.mark.parametrize("name", PENALTIES)
@pytest.mark.parametrize("n_rows", [60, 25, 12])
@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_sweeps_over_columns_and_over_their_gram_matrix_agree(
    name, n_rows, n_channels, dtype, monkeypatch
):
    matrix, data = make(11, dtype, n_rows, FREE, n_channels, correlation=0.5)
    problem = Problem(matrix, data, FREE)
    penalty = PENALTIES[name](0.05)
    found = []
    for answer in (True, False):
        monkeypatch.setattr(working_set.WorkingSet, "gram_pays", lambda self, a=answer: a)
        found.append(solved(penalty, problem, tol=1e-10))
    if penalty.convex or n_rows > 20:
        np.testing.assert_allclose(found[0].coef, found[1].coef, atol=1e-6)
    assert found[0].objective == pytest.approx(found[1].objective, rel=1e-9)


@pytest.mark.parametrize("name", PENALTIES)
def test_many_rows_are_left_for_the_gram_matrix_without_a_difference(name, monkeypatch):
    """By the problem's shape alone: at first columns, later their Gram matrix."""
    matrix, data = make(12, n_rows=3000, correlation=3.0)
    problem = Problem(matrix, data, LABELS)
    penalty = PENALTIES[name](0.01)
    modes, original = [], working_set.WorkingSet.gram_pays

    def watched(self):
        modes.append(original(self))
        return modes[-1]

    monkeypatch.setattr(working_set.WorkingSet, "gram_pays", watched)
    solution = solved(penalty, problem, tol=1e-10)
    assert set(modes) == {False, True}
    monkeypatch.setattr(working_set.WorkingSet, "gram_pays", lambda self: False)
    expected = solved(penalty, problem, tol=1e-10)
    np.testing.assert_allclose(solution.coef, expected.coef, atol=1e-7)


STARTS = {
    "far": lambda rng, shape: 1e6 * rng.standard_normal(shape),
    "tiny": lambda rng, shape: 1e-12 * rng.standard_normal(shape),
    "zero": lambda rng, shape: np.zeros(shape),
    "one coefficient": lambda rng, shape: np.eye(*shape),
}


@pytest.mark.covering(2)
@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("name", CONVEX)
@pytest.mark.parametrize("n_rows", [60, 25])
def test_start_makes_no_difference_to_a_convex_problem(name, start, n_rows):
    """Also where it is not zero in groups that are excluded, or not penalised."""
    matrix, data = make(13, n_rows=n_rows, labels=FREE, n_channels=2)
    problem = Problem(matrix, data, FREE)
    penalty = PENALTIES[name](0.1)
    coef = STARTS[start](np.random.default_rng(0), problem.shape)
    expected, solution = solved(penalty, problem), solved(penalty, problem, coef)
    np.testing.assert_allclose(solution.coef, expected.coef, atol=1e-7)
    np.testing.assert_array_equal(solution.active_groups, expected.active_groups)
    excluded = penalty.excluded_groups(problem.groups)
    for columns in (columns for g, columns in enumerate(members_of(FREE)) if excluded[g]):
        assert not solution.coef[columns].any()


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("make_penalty", [GroupMCP, GroupSCAD])
def test_start_of_a_concave_problem_is_only_improved(make_penalty, seed):
    matrix, data = make(14, n_rows=20)
    problem = Problem(matrix, data, LABELS)
    start = np.random.default_rng(seed).standard_normal(20)
    start[np.isin(LABELS, [0, 3, 5])] = 0
    penalty = make_penalty(0.3)
    solution = solved(penalty, problem, start)
    before = np.linalg.norm(matrix @ start - data) ** 2 / 2 + penalty.value(start, problem.groups)
    assert solution.objective < before
    again = solved(penalty, problem, solution.coef)
    np.testing.assert_allclose(again.coef, solution.coef, atol=1e-8)
    assert again.iterations <= 1


@pytest.mark.parametrize("name", CONVEX)
def test_too_few_sweeps_warn_and_the_certificate_still_holds(name):
    matrix, data = make(15, n_rows=15, labels=FREE, correlation=3.0)
    problem = Problem(matrix, data, FREE)
    penalty = PENALTIES[name](1e-4)
    with pytest.warns(ConvergenceWarning, match="largest number of iterations"):
        solution = BlockCoordinateDescent(penalty, tol=1e-10, max_iter=1).solve(problem)
    assert solution.status is Status.MAX_ITER
    assert solution.iterations == 1
    assert np.isfinite(solution.coef).all()
    penalised = np.linalg.norm(matrix @ solution.coef - data) ** 2 / 2
    penalised += penalty.with_alpha(solution.alpha).value(solution.coef, problem.groups)
    assert solution.alpha == penalty.alpha
    assert solution.objective == pytest.approx(penalised, rel=1e-10)
    best = FISTA(penalty, tol=1e-9, max_iter=200_000).solve(problem).objective
    assert solution.objective - solution.certificate.value <= best * (1 + 1e-12)


@pytest.mark.parametrize("max_iter", [2, 7, 50])
def test_the_largest_number_of_sweeps_is_kept(max_iter):
    matrix, data = make(16, n_rows=15, correlation=5.0)
    solver = BlockCoordinateDescent(L21(1e-5), tol=1e-12, max_iter=max_iter)
    with pytest.warns(ConvergenceWarning):
        solution = solver.solve(Problem(matrix, data, LABELS))
    assert solution.iterations == max_iter


@pytest.mark.parametrize("seed", [0, 2])
def test_nothing_has_converged_where_the_sweeps_were_used_up_on_the_way(seed):
    rng = np.random.default_rng(seed)
    matrix = rng.standard_normal((15, 20)) + 3 * rng.standard_normal((15, 1))
    matrix /= np.linalg.norm(matrix, axis=0)
    problem = Problem(matrix, rng.standard_normal(15), 4)
    solver = BlockCoordinateDescent(GroupMCP(0.05), tol=1e-8, max_iter=50)
    with pytest.warns(ConvergenceWarning):
        assert solver.solve(problem).status is Status.MAX_ITER


@pytest.mark.parametrize("name", PENALTIES)
@pytest.mark.parametrize("n_rows", [60, 15])
def test_history_never_rises_at_one_strength(name, n_rows):
    matrix, data = make(17, n_rows=n_rows, labels=FREE, n_channels=2, correlation=3.0)
    problem = Problem(matrix, data, FREE)
    solution = solved(PENALTIES[name](0.02), problem, tol=1e-10)
    objective, alpha = solution.history["objective"], solution.history["alpha"]
    same = np.diff(alpha) == 0
    assert same.any()
    assert np.all(np.diff(objective)[same] <= 1e-11 * objective[0])
    assert np.all(np.diff(alpha) <= 0)
    assert alpha[-1] == solution.alpha == 0.02


@pytest.mark.parametrize("name", PENALTIES)
@pytest.mark.parametrize("gram", [False, True], ids=["columns", "gram"])
def test_neither_sweeps_nor_extrapolation_raise_the_objective(name, gram, monkeypatch):
    """Before and after every single sweep: between two of them lies at most an extrapolation."""
    matrix, data = make(18, n_rows=25, labels=FREE, correlation=5.0)
    problem = Problem(matrix, data, FREE)
    columns, seen, jumps = matrix, [], []
    original = working_set.sweep
    sessions = []

    def objective(form, blocks, x, features):
        whole = np.zeros(20)
        whole[features] = x[0]
        everything = np.arange(blocks.numbers.size)
        penalties = working_set.penalty_value(form, blocks, everything, x)
        return np.linalg.norm(columns @ whole - data) ** 2 / 2 + penalties

    def watched(form, blocks, order, *others):
        features, x = sessions[0].working.features, others[2]
        before = objective(form, blocks, x, features)
        if seen and seen[-1][0] is form:
            jumps.append(before - seen[-1][1])
            assert jumps[-1] <= 1e-11
        moved = original(form, blocks, order, *others)
        after = objective(form, blocks, x, features)
        assert after <= before + 1e-11
        seen.append((form, after))
        return moved

    monkeypatch.setattr(working_set.WorkingSet, "gram_pays", lambda self: gram)
    monkeypatch.setattr(working_set, "sweep", watched)
    sessions.append(BlockCoordinateDescent(PENALTIES[name](0.005), tol=1e-9).session(problem))
    assert sessions[0].solve(0.005).status is Status.CONVERGED
    assert min(jumps) < -1e-9  # some extrapolation was of use


@pytest.mark.parametrize("name", PENALTIES)
def test_without_extrapolation_the_answer_is_the_same(name, monkeypatch):
    matrix, data = make(19, n_rows=40, correlation=1.0)
    problem = Problem(matrix, data, LABELS)
    penalty = PENALTIES[name](0.05)
    expected = solved(penalty, problem)
    monkeypatch.setattr(Anderson, "extrapolate", lambda self, x, state: None)
    np.testing.assert_allclose(solved(penalty, problem).coef, expected.coef, atol=1e-7)


@pytest.mark.covering(2)
@pytest.mark.parametrize("of_data", [1e-10, 1.0, 1e10])
@pytest.mark.parametrize(
    ("name", "of_matrix"),
    [
        *((name, scale) for name in ("l21", "sparse group") for scale in (1e-10, 1.0, 1e10)),
        ("MCP", 1e-10),  # its concavity is in units of the coefficients, and above 1
    ],
)
def test_units_make_no_difference(name, of_matrix, of_data):
    matrix, data = make(20, n_rows=25, correlation=0.5)
    alpha = 0.1
    penalty = PENALTIES[name](alpha)
    expected = solved(penalty, Problem(matrix, data, LABELS), tol=1e-9)
    other = penalty.with_alpha(alpha * of_matrix * of_data)
    if name == "MCP":
        other = GroupMCP(other.alpha, penalty.gamma / of_matrix**2)
    solution = solved(other, Problem(of_matrix * matrix, of_data * data, LABELS), tol=1e-9)
    np.testing.assert_allclose(solution.coef * of_matrix / of_data, expected.coef, atol=1e-6)


@pytest.mark.parametrize("of_data", [1e-8, 1e8])
@pytest.mark.parametrize("of_matrix", [1e-6, 1e6])
@pytest.mark.parametrize("name", ["l21", "sparse group"])
def test_units_make_no_difference_in_single_precision(name, of_matrix, of_data):
    matrix, data = (array.astype("float32") for array in make(20, n_rows=40))
    problem = Problem(matrix, data, LABELS)
    penalty = PENALTIES[name](0.1)
    other = penalty.with_alpha(0.1 * of_matrix * of_data)
    scaled = Problem(np.float32(of_matrix) * matrix, np.float32(of_data) * data, LABELS)
    expected, solution = solved(penalty, problem), solved(other, scaled)
    factor = np.float32(of_matrix / of_data)
    np.testing.assert_allclose(solution.coef * factor, expected.coef, atol=1e-3)


@pytest.mark.parametrize("name", CONVEX)
def test_a_session_goes_up_and_down(name):
    matrix, data = make(21, n_rows=25, labels=FREE, n_channels=2)
    problem = Problem(matrix, data, FREE)
    penalty = PENALTIES[name](1.0)
    session = BlockCoordinateDescent(penalty, tol=1e-10).session(problem)
    assert session.critical == pytest.approx(alpha_max(problem, penalty=penalty), rel=1e-8)
    for share in (0.1, 0.1, 0.9, 0.5, 0.01, 2.0, 0.02, 0.3):
        alpha = share * session.critical
        solution = session.solve(alpha)
        expected = solved(penalty.with_alpha(alpha), problem, tol=1e-10)
        np.testing.assert_allclose(solution.coef, expected.coef, atol=1e-6)
        assert solution.alpha == alpha
        assert solution.status is Status.CONVERGED


@pytest.mark.parametrize("name", PENALTIES)
def test_nothing_penalised_is_active_from_the_critical_strength_on(name):
    matrix, data = make(22, labels=FREE, n_channels=2)
    problem = Problem(matrix, data, FREE)
    penalty = PENALTIES[name](1.0)
    largest = alpha_max(problem, penalty=penalty)
    free_groups = penalty.free_groups(problem.groups)  # of weight zero, unless there is an l1 norm
    for factor, count in ((1.0001, 0), (0.999, 1)):
        solution = solved(penalty.with_alpha(factor * largest), problem)
        assert np.count_nonzero(~free_groups[solution.active_groups]) == count
        free = np.isin(FREE, [-1, *np.flatnonzero(free_groups)])
        if not count:
            expected = np.linalg.lstsq(matrix[:, free], data)[0]
            np.testing.assert_allclose(solution.coef[free], expected, atol=1e-8)


@pytest.mark.parametrize("fraction", [0.1, 1e-3, 1e-5])
@pytest.mark.parametrize("least", [1e-2, 1e-4, 1e-6])
def test_one_group_with_a_wide_spectrum_takes_one_step(least, fraction):
    """In the singular basis the minimiser is known up to its norm, which is found by bisection."""
    rng = np.random.default_rng(23)
    left, right = (np.linalg.qr(rng.standard_normal((60, 60)))[0] for _ in range(2))
    values, data = np.geomspace(1, least, 60), rng.standard_normal(60)
    target = values * (left.T @ data)
    alpha = fraction * np.linalg.norm(target)

    def at(log_norm):
        return target / (values**2 + alpha / np.exp(log_norm))

    low, high = -50.0, 50.0
    for _ in range(200):
        middle = (low + high) / 2
        longer = np.linalg.norm(at(middle)) > np.exp(middle)
        low, high = (middle, high) if longer else (low, middle)
    exact = right.T @ at(low)
    matrix = (left * values) @ right
    best = np.linalg.norm(matrix @ exact - data) ** 2 / 2 + alpha * np.linalg.norm(exact)
    solution = solved(L21(alpha), Problem(matrix, data, 60), tol=1e-8)
    assert solution.objective == pytest.approx(best, rel=1e-10)
    assert solution.iterations < 100  # a few for each strength on the way


@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_latent_copies_of_overlapping_groups(dtype, n_channels):
    """The same as an explicit matrix with a column for every copy."""
    lists = [[0, 1, 2], [2, 3], [3, 4, 5, 6], [0, 6, 7], [8, 9, 10], *([i] for i in range(11, 20))]
    matrix, data = make(24, dtype, n_channels=n_channels)
    columns = np.concatenate(lists)
    labels = np.repeat(np.arange(len(lists)), [len(group) for group in lists])
    expected = solved(L21(0.2, "sqrt"), Problem(matrix[:, columns], data, labels))
    solution = solved(LatentOverlap(0.2, "sqrt"), Problem(matrix, data, lists))
    np.testing.assert_allclose(solution.latent, expected.coef, atol=1e-8)
    total = np.zeros_like(solution.coef)
    np.add.at(total, columns, expected.coef)
    np.testing.assert_allclose(solution.coef, total, atol=1e-8)
    assert solution.objective == pytest.approx(expected.objective, rel=1e-10)
    np.testing.assert_array_equal(solution.active_groups, expected.active_groups)
    start = solved(LatentOverlap(0.2, "sqrt"), Problem(matrix, data, lists), solution.coef)
    np.testing.assert_allclose(start.latent, solution.latent, atol=1e-7)


@pytest.mark.parametrize(
    ("penalty", "options", "message"),
    [
        (GroupL0(1.0), {}, "penalty must be L21, SparseGroup"),
        (WithRidge(GroupL0(1.0), 1.0), {}, "penalty must be L21"),
        ("l21", {}, "penalty must be L21.*got 'l21'"),
        (None, {}, "penalty must be L21"),
        (L21(1.0), {"tol": 0}, "tol must be positive and finite, got 0"),
        (L21(1.0), {"tol": -1.0}, "tol must be positive and finite, got -1"),
        (L21(1.0), {"tol": np.nan}, "tol must be positive and finite, got nan"),
        (L21(1.0), {"max_iter": 0}, "max_iter must be an integer of at least 1, got 0"),
    ],
)
def test_arguments_are_checked(penalty, options, message):
    with pytest.raises(ValueError, match=message):
        BlockCoordinateDescent(penalty, **options)


@pytest.mark.parametrize("make_penalty", [L21, SparseGroup, GroupMCP, GroupSCAD])
def test_overlapping_groups_need_latent_copies(make_penalty):
    problem = Problem(np.eye(3), np.ones(3), [[0, 1], [1, 2]])
    for penalty in (make_penalty(1.0), WithRidge(make_penalty(1.0), 1.0)):
        with pytest.raises(ValueError, match=f"groups overlap; {make_penalty.__name__} needs"):
            BlockCoordinateDescent(penalty).solve(problem)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused(bad):
    with pytest.raises(ValueError, match="data has 1 NaN or infinite"):
        Problem(np.eye(3), [1.0, bad, 0.0])
    with pytest.raises(ValueError, match="operator matrix has 1 NaN or infinite"):
        Problem(np.diag([1.0, bad, 0.0]), np.ones(3))
    with pytest.raises(ValueError, match="start has 1 NaN or infinite"):
        BlockCoordinateDescent(L21(1.0)).solve(Problem(np.eye(3), np.ones(3)), [bad, 0, 0])


def test_weights_must_fit_the_groups():
    problem = Problem(np.eye(4), np.ones(4), Groups.blocks(2, 4))
    with pytest.raises(ValueError, match=r"group_weights must have shape \(2,\), got \(3,\)"):
        BlockCoordinateDescent(L21(1.0, [1, 2, 3])).solve(problem)


@pytest.mark.covering(2)
@pytest.mark.parametrize("labels", [LABELS, FREE], ids=["all", "some unpenalised"])
@pytest.mark.parametrize("way", ["C order", "csr"])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("name", PENALTIES)
def test_more_channels_than_rows(name, dtype, way, labels):
    """Also for penalties that see the magnitude of each entry."""
    matrix, data = make(25, dtype, 8, labels, n_channels=30)
    problem = Problem(WAYS[way](matrix), data, labels)
    penalty = PENALTIES[name](0.5)
    solution = solved(penalty, problem, tol=1e-10)
    assert solution.coef.shape == (20, 30)
    misfit = np.linalg.norm(matrix @ solution.coef - data)
    assert solution.residual_norm == pytest.approx(misfit, rel=1e-8)
    total = misfit**2 / 2 + penalty.value(solution.coef, problem.groups)
    assert solution.objective == pytest.approx(total, rel=1e-10)
    start = random_array((20, 30), dtype, np.random.default_rng(0))
    if not penalty.convex:
        assert solved(penalty, problem, solution.coef, tol=1e-10).iterations <= 2
        return
    expected = FISTA(penalty, tol=1e-11, max_iter=100_000).solve(problem)
    np.testing.assert_allclose(solution.coef, expected.coef, atol=1e-6)
    again = solved(penalty, problem, start, tol=1e-10)
    np.testing.assert_allclose(again.coef, expected.coef, atol=1e-6)
    assert again.certificate.value <= 1e-7 * total


@pytest.mark.parametrize("n_channels", [8, 9, 30])
def test_channels_that_depend_on_one_another(n_channels):
    """One right-hand side many times, and channels of zeros."""
    matrix, data = make(26, n_rows=8)
    shares = np.zeros(n_channels)
    shares[::2] = np.arange(1, shares[::2].size + 1)
    problem = Problem(matrix, np.outer(data, shares), LABELS)
    size = np.linalg.norm(shares)
    single = solved(L21(0.1), Problem(matrix, data, LABELS), tol=1e-10)
    solution = solved(L21(0.1 * size), problem, tol=1e-10)
    np.testing.assert_allclose(solution.coef, np.outer(single.coef, shares), atol=1e-5)
    assert solution.objective == pytest.approx(size**2 * single.objective, rel=1e-8)


def lasso_gap(matrix, data, coef, alpha):
    """Return the duality gap of a lasso, in long double."""
    matrix, data, coef = (array.astype(np.longdouble) for array in (matrix, data, coef))
    residual = data - matrix @ coef
    correlations = matrix.T @ residual
    scale = min(1, alpha / np.abs(correlations).max())
    primal = residual @ residual / 2 + alpha * np.abs(coef).sum()
    return float(primal - scale * (residual @ data) + scale**2 * (residual @ residual) / 2)


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gaps_fall_to_the_level_of_rounding(dtype, sparse):
    rng = np.random.default_rng(30)
    matrix = rng.standard_normal((30, 50)) * (rng.random((30, 50)) < (0.5 if sparse else 1))
    matrix, data = matrix.astype(dtype), (matrix @ rng.standard_normal(50)).astype(dtype)
    problem = Problem(sp.csc_array(matrix) if sparse else matrix, data)
    rounding = float(np.finfo(dtype).eps) * float(data @ data)
    for share in (0.3, 0.05, 0.005):
        alpha = share * alpha_max(problem)
        solution = BlockCoordinateDescent(L21(alpha), tol=1e-17).solve(problem)
        assert solution.status is Status.CONVERGED
        gap = lasso_gap(matrix, data, solution.coef, alpha)
        assert gap <= 30 * rounding
        assert abs(solution.certificate.value - gap) <= 30 * rounding


@pytest.mark.parametrize("seed", range(10))
def test_the_residual_norm_is_that_of_the_coefficients(seed):
    """Many sweeps over nearly dependent columns leave rounding in a residual that is updated."""
    rng = np.random.default_rng(seed)
    matrix, data = rng.standard_normal((4, 12)), rng.standard_normal(4)
    solution = BlockCoordinateDescent(L21(0.01)).solve(Problem(matrix, data, 4))
    residual = data - matrix @ solution.coef
    size = np.linalg.norm(data) + np.linalg.norm(np.abs(matrix) @ np.abs(solution.coef))
    assert abs(solution.residual_norm - np.linalg.norm(residual)) <= 1e-14 * size
