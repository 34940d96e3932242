"""alpha_max: the zero solution begins there, and not before."""

import numpy as np
import pytest

from groupsparse.toolkit.penalties import L21
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.selection import alpha_max
from groupsparse.toolkit.solvers import FISTA

RNG = np.random.default_rng(0)
MATRIX = RNG.standard_normal((30, 12))
DATA = RNG.standard_normal(30)


@pytest.mark.parametrize("weights", [None, "sqrt", [1, 2, 0.5], [0, 1, 1], [1, np.inf, 1]])
@pytest.mark.parametrize(
    "labels", [np.repeat([0, 1, 2], 4), np.r_[-1, -1, np.repeat([0, 1, 2], [2, 5, 3])]]
)
def test_penalised_groups_vanish_exactly_from_there_on(labels, weights):
    problem = Problem(MATRIX, DATA, labels)
    largest = alpha_max(problem, weights)
    penalised = np.flatnonzero(L21(1.0, weights).weights(problem.groups) > 0)

    def active(alpha):
        solution = FISTA(L21(alpha, weights), tol=1e-10, max_iter=20000).solve(problem)
        return np.intersect1d(solution.active_groups, penalised)

    assert active(1.001 * largest).size == 0
    assert active(0.99 * largest).size == 1


def test_nothing_penalised():
    assert alpha_max(Problem(MATRIX, DATA, 4), [0, 0, 0]) == 0
