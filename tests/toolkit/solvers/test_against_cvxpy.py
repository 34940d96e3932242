"""Every convex penalty on many small random problems, against conic programming."""

from typing import NamedTuple

import numpy as np
import pytest

from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.penalties import L21, LatentOverlap, Penalty, SparseGroup, WithRidge
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.selection import alpha_max
from groupsparse.toolkit.solution import CertificateKind, Status
from groupsparse.toolkit.solvers import FISTA, BlockCoordinateDescent
from groupsparse.toolkit.testing import random_array

cp = pytest.importorskip("cvxpy")

NAMES = ("l21", "sparse group", "latent overlap")
ALL = [*NAMES, *(f"{name} with ridge" for name in NAMES)]


class Case(NamedTuple):
    """A random problem in plain terms: members are columns of `matrix`, one array per group."""

    problem: Problem
    penalty: Penalty
    matrix: np.ndarray
    members: list[np.ndarray]
    weights: np.ndarray
    l1_ratio: float
    ridge: float

    @property
    def n_channels(self) -> int:
        return self.problem.data.size // len(self.matrix)

    @property
    def uncovered(self) -> np.ndarray:
        return np.setdiff1d(np.arange(self.matrix.shape[1]), np.concatenate(self.members))

    @property
    def strengths(self) -> tuple[np.ndarray, np.ndarray]:
        """Of every group's norm and of the magnitudes of its entries."""
        finite = np.where(np.isinf(self.weights), 0, self.weights)
        of_norm = self.penalty.alpha * (1 - self.l1_ratio) * finite
        return of_norm, self.penalty.alpha * self.l1_ratio * np.isfinite(self.weights)

    @property
    def free(self) -> np.ndarray:
        """Which groups are not penalised."""
        return (self.weights == 0) & (self.l1_ratio == 0)


def random_members(rng, n_columns, overlapping):
    """Return groups of unequal size; sometimes one or two columns are in none."""
    columns = rng.permutation(n_columns)[: n_columns - rng.choice([0, 0, 1, 2])]
    n_groups = int(rng.integers(1, columns.size + 1))
    cuts = np.sort(rng.choice(np.arange(1, columns.size), n_groups - 1, replace=False))
    members = np.split(columns, cuts)
    if overlapping:
        more = [rng.choice(columns, rng.integers(0, 4)) for _ in members]
        members = [np.union1d(*pair) for pair in zip(members, more, strict=True)]
    return [np.sort(group) for group in members]


def random_weights(rng, sizes, n_channels):
    """Return group weights as users pass them, and their values."""
    kind = rng.choice(["none", "sqrt", "given"])
    if kind == "none":
        return None, np.ones(sizes.size)
    if kind == "sqrt":
        return "sqrt", np.sqrt(sizes * n_channels)
    weights = rng.uniform(0.3, 2, sizes.size)
    special = rng.random(sizes.size)
    weights[special < 0.15] = 0
    weights[special > 0.85] = np.inf
    return weights, weights


def random_case(name, seed) -> Case:
    rng = np.random.default_rng((ALL.index(name), seed))
    dtype, n_channels = rng.choice(["float64", "complex128"]), int(rng.choice([1, 1, 3]))
    n_rows, n_columns = int(rng.integers(8, 16)), int(rng.integers(6, 15))
    matrix = random_array((n_rows, n_columns), dtype, rng)
    matrix *= rng.uniform(0.3, 2, n_columns)
    overlapping = name.startswith("latent") and rng.random() < 0.8
    members = random_members(rng, n_columns, overlapping)
    sizes = np.array([group.size for group in members])
    indptr = np.concatenate([[0], np.cumsum(sizes)])
    groups = Groups(indptr, np.concatenate(members), n_columns)
    passed, weights = random_weights(rng, sizes, n_channels)
    coef = random_array((n_columns, n_channels)[: 1 + (n_channels > 1)], dtype, rng)
    coef[np.concatenate(members[1::2] or members)] = 0
    data = matrix @ coef
    problem = Problem(matrix, data + 0.3 * random_array(data.shape, dtype, rng), groups)
    l1_ratio = float(rng.choice([0, 1, rng.random(), rng.random()])) if "sparse" in name else 0.0
    penalty: Penalty = L21(1.0, passed)
    if name.startswith("sparse"):
        penalty = SparseGroup(1.0, l1_ratio, passed)
    elif name.startswith("latent"):
        penalty = LatentOverlap(1.0, passed)
    ridge = float(10 ** rng.uniform(-3, 1)) if name.endswith("ridge") else 0.0
    if ridge:
        penalty = WithRidge(penalty, ridge)
    largest = alpha_max(problem, penalty=penalty)
    some = largest if largest > 1e-6 else 1.0  # nothing penalised, or everything fitted already
    penalty = penalty.with_alpha(some * float(10 ** rng.uniform(-2, 0.1)))
    return Case(problem, penalty, matrix, members, weights, l1_ratio, ridge)


def objective(case, copies, free):
    """Return the objective of one array of coefficients per group and those in no group."""
    fitted = case.matrix[:, case.uncovered] @ free
    for columns, copy in zip(case.members, copies, strict=True):
        fitted = fitted + case.matrix[:, columns] @ copy
    total = np.linalg.norm(fitted - case.problem.data) ** 2 / 2
    for copy, weight, free, norm, entries in zip(
        copies, case.weights, case.free, *case.strengths, strict=True
    ):
        assert not (weight == np.inf and copy.any())
        if not free:
            total += norm * np.linalg.norm(copy) + entries * np.abs(copy).sum()
            total += case.ridge / 2 * np.linalg.norm(copy) ** 2
    return total


def of_solution(case, solution):
    """Return the objective recomputed from a solution."""
    x = solution.coef
    if solution.latent is None:
        return objective(case, [x[columns] for columns in case.members], x[case.uncovered])
    ends = np.cumsum([columns.size for columns in case.members])
    *copies, free = np.split(solution.latent, ends)
    total = np.zeros_like(x)
    total[case.uncovered] = free
    for columns, copy in zip(case.members, copies, strict=True):
        np.add.at(total, columns, copy)
    np.testing.assert_allclose(x, total, atol=1e-12)
    return objective(case, copies, free)


def real_pairs(matrix):
    """Return the real matrix that acts on real parts and, below them, imaginary parts."""
    if not np.iscomplexobj(matrix):
        return matrix
    return np.block([[matrix.real, -matrix.imag], [matrix.imag, matrix.real]])


def conic_optimum(case):
    """Return the objective of CVXPY's solution: each group is one row of a padded variable."""
    channels, parts = np.eye(case.n_channels), 1 + np.iscomplexobj(case.matrix)
    counted = np.flatnonzero(~case.free & np.isfinite(case.weights)).tolist()
    unpenalised = [case.members[g] for g in np.flatnonzero(case.free)]
    data = case.problem.data.ravel()
    residual = -np.concatenate([data.real, data.imag][:parts])
    free_columns = np.concatenate([case.uncovered, *unpenalised]).astype(int)
    terms, free, x = [], None, None
    if free_columns.size:
        matrix = real_pairs(np.kron(case.matrix[:, free_columns], channels))
        free = cp.Variable(matrix.shape[1])
        residual = residual + matrix @ free
    if counted:
        width = case.n_channels * max(case.members[g].size for g in counted)
        blocks = np.zeros(
            (len(residual.shape) and data.size, len(counted), width), case.matrix.dtype
        )
        for row, g in enumerate(counted):
            columns = np.kron(case.matrix[:, case.members[g]], channels)
            blocks[:, row, : columns.shape[1]] = columns
        whole = [blocks, 1j * blocks][:parts]
        stacked = np.concatenate(whole, axis=2).reshape(data.size, -1)
        matrix = np.concatenate([stacked.real, stacked.imag][:parts])
        x = cp.Variable((len(counted), parts * width))
        residual = residual + matrix @ cp.vec(x, order="C")
        of_norm, of_entries = (strengths[counted] for strengths in case.strengths)
        terms.append(of_norm @ cp.norm(x, 2, axis=1))
        if case.l1_ratio:
            flat = [
                cp.vec(x[:, part * width : (part + 1) * width], order="C") for part in range(parts)
            ]
            sizes = cp.abs(flat[0]) if parts == 1 else cp.norm(cp.vstack(flat), 2, axis=0)
            terms.append(np.repeat(of_entries, width) @ sizes)
        if case.ridge:
            terms.append(case.ridge / 2 * cp.sum_squares(x))
    if free is None and x is None:
        return np.linalg.norm(data) ** 2 / 2
    program = cp.Problem(cp.Minimize(cp.sum_squares(residual) / 2 + sum(terms)))
    program.solve("CLARABEL", tol_gap_abs=1e-9, tol_gap_rel=1e-9, tol_feas=1e-9)
    return program.value


def check(case, solution):
    """Hold a solution against the conic optimum, and its certificate against what is missing."""
    expected, found = conic_optimum(case), of_solution(case, solution)
    rounding = 1e-12 * np.linalg.norm(case.problem.data) ** 2  # where the data are fitted exactly
    assert solution.status is Status.CONVERGED
    assert found == pytest.approx(expected, rel=1e-6, abs=10 * rounding)
    assert solution.objective == pytest.approx(found, rel=1e-10, abs=rounding)
    assert solution.certificate.kind == CertificateKind.DUALITY_GAP
    # CVXPY's point is no better than the optimum: the lower bound must hold for it exactly.
    assert found - solution.certificate.value <= expected + rounding
    assert solution.certificate.value <= 1e-5 * np.linalg.norm(case.problem.data) ** 2
    norms = [np.linalg.norm(solution.coef[columns]) for columns in case.members]
    if solution.latent is None:
        np.testing.assert_array_equal(solution.active_groups, np.flatnonzero(norms))


@pytest.mark.filterwarnings("ignore:Solution may be inaccurate")
@pytest.mark.parametrize("seed", range(35))
@pytest.mark.parametrize("name", ALL)
def test_block_coordinate_descent(name, seed):
    case = random_case(name, seed)
    check(case, BlockCoordinateDescent(case.penalty, tol=1e-7).solve(case.problem))


@pytest.mark.filterwarnings("ignore:Solution may be inaccurate")
@pytest.mark.parametrize("seed", range(200, 208))
@pytest.mark.parametrize("name", ALL)
def test_fista(name, seed):
    case = random_case(name, seed)
    check(case, FISTA(case.penalty, tol=1e-7, max_iter=100_000).solve(case.problem))
