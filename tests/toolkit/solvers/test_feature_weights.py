"""The sparse group penalty with weights of features, in both solvers of convex penalties."""

import numpy as np
import pytest

from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.penalties import SparseGroup, WithRidge
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.selection import alpha_max
from groupsparse.toolkit.solution import Status
from groupsparse.toolkit.solvers import FISTA, BlockCoordinateDescent
from groupsparse.toolkit.testing import random_array

WEIGHTS = np.array([0.5, 2, 1, 0.3, np.inf, 1, 3, 0.2, 1, 1, 0.7, 1])
LABELS = [0, 0, 0, 1, 1, 2, 2, 2, 2, 3, -1, 3]


def plain_value(x, penalty):
    """Return the penalty of coefficients of shape (12,) or (12, channels) by its formula."""
    rows = x.reshape(12, -1)
    sizes = np.linalg.norm(rows, axis=1) ** 2
    norms = [np.sqrt(sizes[np.equal(LABELS, g)].sum()) for g in range(4)]
    ones = np.abs(rows).sum(axis=1)
    kept = (ones > 0) & np.not_equal(LABELS, -1)
    entries = penalty.feature_weights[kept] @ ones[kept]
    return penalty.alpha * (penalty.l1_ratio * entries + (1 - penalty.l1_ratio) * sum(norms))


@pytest.mark.parametrize("make", [BlockCoordinateDescent, FISTA])
@pytest.mark.parametrize("l1_ratio", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("channels", [(), (3,)])
def test_optimal_in_one_channel_and_in_several(make, l1_ratio, dtype, channels):
    rng = np.random.default_rng(3)
    matrix = random_array((20, 12), dtype, rng)
    data = matrix[:, :3] @ random_array((3, *channels), dtype, rng)
    data = data + 0.3 * random_array((20, *channels), dtype, rng)
    problem = Problem(matrix, data, LABELS)
    penalty = SparseGroup(1.0, l1_ratio, None, WEIGHTS if l1_ratio else np.ones(12))
    penalty = penalty.with_alpha(0.1 * alpha_max(problem, penalty=penalty))
    settings = {"max_iter": 100_000} if make is FISTA else {}
    solution = make(penalty, tol=1e-9, **settings).solve(problem)
    assert solution.status is Status.CONVERGED
    misfit = np.linalg.norm(matrix @ solution.coef - data) ** 2 / 2
    assert solution.objective == pytest.approx(misfit + plain_value(solution.coef, penalty))
    assert solution.certificate.value < 1e-7 * np.linalg.norm(data) ** 2
    assert solution.active_groups.size > 0
    if l1_ratio:
        assert not solution.coef[4].any()


@pytest.mark.parametrize("ridge", [0.0, 0.1])
def test_weights_scale_the_columns_of_a_lasso(ridge):
    rng = np.random.default_rng(0)
    matrix, data = rng.standard_normal((20, 12)), rng.standard_normal(20)
    weights = rng.uniform(0.3, 3, 12)
    problem = Problem(matrix, data, 3)
    penalty = SparseGroup(0.2, 1.0, None, weights)
    solver = BlockCoordinateDescent(WithRidge(penalty, ridge) if ridge else penalty, tol=1e-10)
    coef = solver.solve(problem).coef
    gradient = matrix.T @ (matrix @ coef - data) + ridge * coef
    active = coef != 0
    np.testing.assert_allclose(gradient[active], -0.2 * (weights * np.sign(coef))[active])
    assert np.all(np.abs(gradient) <= 0.2 * weights * (1 + 1e-9))
    assert 0 < active.sum() < 12


def test_weights_of_zero_or_of_another_number_are_refused():
    groups, x = Groups.blocks(3, 12), np.ones(12)
    with pytest.raises(ValueError, match=r"feature_weights must have shape \(12,\), got \(3,\)"):
        SparseGroup(1.0, 0.5, None, np.ones(3)).prox(x, 1.0, groups)
    some = SparseGroup(1.0, 1.0, None, np.resize([0.0, 1], 12))
    with pytest.raises(ValueError, match="feature_weights of zero leave some features of a group"):
        BlockCoordinateDescent(some).solve(Problem(np.eye(12), x, 3))
    for bad in ("sqrt", [-1.0] * 12, [np.nan] * 12, [1j] * 12):
        with pytest.raises(ValueError, match="feature_weights must be"):
            SparseGroup(1.0, 0.5, None, bad)
