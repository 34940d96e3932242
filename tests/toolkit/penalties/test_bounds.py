"""Bounds added to penalties, against conic programming and numerical maximisers."""

import numpy as np
import pytest

from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.penalties import (
    L21,
    GroupMCP,
    LatentOverlap,
    OrthogonallyWeightedL21,
    SparseGroup,
    WithBounds,
    WithRidge,
)
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.selection import solution_path
from groupsparse.toolkit.solution import CertificateKind, Status
from groupsparse.toolkit.solvers import FISTA, BlockCoordinateDescent, OrthonormalGroups

GROUPS = Groups.from_labels([0, 0, 1, 1, 1, 2, 2, 2, 2, -1])
BOXES = {
    "positive": (0.0, np.inf),
    "box": (-0.4, 0.7),
    "half": (-np.inf, 0.5),
    "each": (np.resize([0, -0.2, -np.inf], 10), np.resize([0.3, np.inf], 10)),
}


def make_penalty(kind, box):
    feature_weights = np.array([1, 2, 0.5, 0, 1, 1, np.inf, 1, 0.2, 1])
    penalties = {
        "l21": L21(0.5, [1, 0.7, 1.4]),
        "sparse group": SparseGroup(0.5, 0.4, "sqrt", feature_weights),
    }
    return WithBounds(penalties[kind], *BOXES[box])


def as_program(cp, x, penalty):
    """Return the penalty and the constraints of a variable, in CVXPY's terms."""
    core = penalty.penalty
    l1_ratio = getattr(core, "l1_ratio", 0.0)
    entries = getattr(core, "feature_weights", None)
    entries = np.ones(10) if entries is None else np.asarray(entries)
    weights = core.weights(GROUPS)
    terms, constraints = [], []
    for g in range(3):
        members = GROUPS.members(g)
        terms.append((1 - l1_ratio) * weights[g] * cp.norm(x[members]))
        for j in members:
            if np.isinf(entries[j]):
                constraints.append(x[j] == 0)
            else:
                terms.append(l1_ratio * entries[j] * cp.abs(x[j]))
            low, high = (np.broadcast_to(b, 10)[j] for b in (penalty.lower, penalty.upper))
            if np.isfinite(low):
                constraints.append(x[j] >= low)
            if np.isfinite(high):
                constraints.append(x[j] <= high)
    return core.alpha * sum(terms), constraints


@pytest.mark.filterwarnings("ignore:Solution may be inaccurate")
@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("kind", ["l21", "sparse group"])
@pytest.mark.parametrize("seed", range(3))
def test_fista_reaches_the_conic_optimum_with_a_tight_gap(kind, box, seed):
    cp = pytest.importorskip("cvxpy")
    rng = np.random.default_rng(seed)
    matrix, data = rng.standard_normal((15, 10)), 2 * rng.standard_normal(15)
    problem, penalty = Problem(matrix, data, GROUPS), make_penalty(kind, box)
    solution = FISTA(penalty, tol=1e-10, max_iter=100_000).solve(problem)
    x = cp.Variable(10)
    value, constraints = as_program(cp, x, penalty)
    program = cp.Problem(cp.Minimize(cp.sum_squares(matrix @ x - data) / 2 + value), constraints)
    program.solve("CLARABEL", tol_gap_abs=1e-9, tol_gap_rel=1e-9, tol_feas=1e-9)
    assert solution.status is Status.CONVERGED
    assert solution.objective == pytest.approx(program.value, rel=1e-7)
    np.testing.assert_allclose(solution.coef, x.value, atol=1e-4)
    assert solution.certificate.kind is CertificateKind.DUALITY_GAP
    assert 0 <= solution.certificate.value <= 1e-6 * solution.objective
    gradient = matrix.T @ (matrix @ solution.coef - data)
    assert penalty.subdifferential_distance(solution.coef, gradient, GROUPS) < 1e-6


@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("kind", ["l21", "sparse group"])
def test_the_critical_strength_is_where_the_first_group_enters(kind, box):
    penalty, rng = make_penalty(kind, box), np.random.default_rng(7)
    gradient = np.append(rng.standard_normal(9), 0)
    largest = penalty.dual_norm(gradient, GROUPS)
    for factor, active in ((1 - 1e-6, True), (1 + 1e-6, False)):
        u = penalty.with_alpha(largest * factor).prox(gradient, 1.0, GROUPS)
        assert u.any() == active


@pytest.mark.filterwarnings("ignore:Solution may be inaccurate")
@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("kind", ["l21", "sparse group"])
@pytest.mark.parametrize("seed", range(3))
def test_the_conjugate_is_the_largest_difference(kind, box, seed):
    cp = pytest.importorskip("cvxpy")
    penalty, rng = make_penalty(kind, box), np.random.default_rng(seed)
    gradient = np.append(rng.standard_normal(9), 0)
    reach = penalty.polar(gradient, GROUPS)
    gradient *= min(1, 0.99 * penalty.alpha / reach) if reach else 1
    x = cp.Variable(10)
    value, constraints = as_program(cp, x, penalty)
    program = cp.Problem(cp.Maximize(gradient @ x - value), [*constraints, x[9] == 0])
    program.solve("CLARABEL")
    assert penalty.conjugate(gradient, GROUPS) == pytest.approx(program.value, abs=1e-6)


def test_positive_overlapping_groups_have_positive_copies():
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((12, 5))
    data = matrix @ [1.0, 2.0, 0, 0, -1.0]
    problem = Problem(matrix, data, Groups.from_lists([[0, 1, 2], [2, 3], [3, 4]], 5))
    solution = FISTA(WithBounds(LatentOverlap(0.5)), tol=1e-9, max_iter=50_000).solve(problem)
    assert solution.status is Status.CONVERGED
    assert solution.latent.min() == 0 < solution.coef.max()
    assert solution.certificate.value < 1e-6


def test_what_cannot_be_bounded_is_refused():
    for penalty in (WithRidge(L21(1.0), 0.1), OrthogonallyWeightedL21(1.0), "l21"):
        with pytest.raises(ValueError, match="penalty must be a penalty of group norms"):
            WithBounds(penalty)
    for lower, upper in ((0.1, 1), (0, -1), (np.nan, 1), (0, np.nan), (0, 1j), ("a", 1), (0, 1e99)):
        with pytest.raises(ValueError, match=r"lower|upper"):
            WithBounds(L21(1.0), lower, upper)
    with pytest.raises(ValueError, match="zero or infinite for GroupMCP"):
        WithBounds(GroupMCP(1.0), 0.0, 1.0)
    with pytest.raises(ValueError, match="one number each for LatentOverlap"):
        WithBounds(LatentOverlap(1.0), [0.0, -np.inf])
    with pytest.raises(ValueError, match="lower must be one number or 10, got 3"):
        WithBounds(L21(1.0), np.zeros(3)).prox(np.ones(10), 1.0, GROUPS)
    with pytest.raises(ValueError, match="real coefficients"):
        WithBounds(L21(1.0)).prox(np.ones(10, complex), 1.0, GROUPS)
    with pytest.raises(ValueError, match="solver must have a penalty without bounds"):
        OrthonormalGroups(FISTA(WithBounds(L21(1.0))))
    free = WithBounds(L21(1.0, [0, 1, 1]))
    with pytest.raises(ValueError, match="groups of weight zero with bounds have none"):
        solution_path(FISTA(free), Problem(np.eye(10), np.ones(10), GROUPS))
    with pytest.raises(ValueError, match="penalty must be L21, SparseGroup"):
        BlockCoordinateDescent(WithRidge(WithBounds(L21(1.0)), 0.1))
