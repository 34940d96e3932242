"""Solvers around solvers pass every loss on to the solver inside, which says what it minimises."""

import numpy as np
import pytest

from groupsparse.toolkit.losses import Logistic
from groupsparse.toolkit.penalties import L21, LatentOverlap
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.selection import AlongPath, Discrepancy, alpha_max
from groupsparse.toolkit.solvers import (
    FISTA,
    BlockCoordinateDescent,
    InTurn,
    OrthonormalGroups,
    Reweighted,
    SpectralProjectedGradient,
)

from ..loss_cases import LOSSES, make_arrays, make_groups, make_problem


@pytest.mark.parametrize("loss", LOSSES)
def test_reweighting_by_hand(loss):
    problem = make_problem(loss, make_groups("l21", True), intercept=True, weighted=True)
    alpha = 0.2 * alpha_max(problem)
    solution = Reweighted(FISTA(L21(alpha), tol=1e-9, max_iter=5000), rounds=2).solve(problem)
    first = FISTA(L21(alpha), tol=1e-9, max_iter=5000).solve(problem)
    norms = problem.groups.norms(first.coef)
    weights = 1 / (norms / (norms.max() / 20) + 0.1)
    again = FISTA(L21(alpha, weights), tol=1e-9, max_iter=5000).solve(problem)
    assert solution.objective == pytest.approx(again.objective, rel=1e-8)
    np.testing.assert_allclose(solution.coef, again.coef, atol=1e-5)


@pytest.mark.parametrize("loss", LOSSES)
def test_orthonormal_groups_penalise_the_contributions(loss):
    matrix, data, *_ = make_arrays(loss)
    groups = make_groups("l21", False)
    problem = Problem(matrix, data, groups, loss=LOSSES[loss][0])
    inner = FISTA(L21(0.5), tol=1e-10, max_iter=10_000)
    solution = OrthonormalGroups(inner).solve(problem)
    members = [groups.members(g) for g in range(groups.n_groups)]
    basis = np.column_stack([np.linalg.qr(matrix[:, rows])[0] for rows in members])
    rotated = inner.solve(Problem(basis, data, groups, loss=LOSSES[loss][0]))
    image = problem.operator.apply(solution.coef)
    norms = [np.linalg.norm(matrix[:, rows] @ solution.coef[rows]) for rows in members]
    assert solution.objective == pytest.approx(problem.term.value(image) + 0.5 * sum(norms))
    assert solution.objective == pytest.approx(rotated.objective, rel=1e-8)


def test_a_path_of_reweighted_overlapping_groups_of_classes():
    problem = make_problem("logistic", make_groups("latent overlap", True), intercept=True)
    solver = Reweighted(BlockCoordinateDescent(LatentOverlap(1.0)), rounds=3)
    solution = AlongPath(solver, Discrepancy(5.5), n_alphas=10, ratio=0.05).solve(problem)
    assert solution.status.is_success
    assert solution.deviance <= 5.5**2


@pytest.mark.parametrize("loss", LOSSES)
def test_the_second_of_two_solvers_starts_from_the_solution_of_the_first(loss):
    problem = make_problem(loss, make_groups("l21", True), intercept=True)
    penalty = L21(0.2 * alpha_max(problem))
    first = FISTA(penalty, tol=1e-10, max_iter=10_000)
    solution = InTurn(first, BlockCoordinateDescent(penalty)).solve(problem)
    begun = first.solve(problem)
    assert solution.iterations <= begun.iterations + 3
    assert solution.objective == pytest.approx(begun.objective, rel=1e-9)


@pytest.mark.parametrize("wrapper", [Reweighted, OrthonormalGroups])
def test_what_is_wrapped_refuses_a_loss_that_it_cannot_minimise(wrapper):
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((20, 6))
    problem = Problem(matrix, (matrix[:, 0] > 0).astype(float), 2, loss=Logistic())
    solver = wrapper(SpectralProjectedGradient(radius=1.0))
    with pytest.raises(ValueError, match=r"loss is Logistic\(\); SpectralProjectedGradient needs"):
        solver.solve(problem)
