"""How long a method takes, in seconds and without its warnings."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from time import perf_counter

from ....toolkit.convergence import ConvergenceWarning
from ....toolkit.solution import Solution


def timed(solve: Callable[[], Solution]) -> tuple[Solution, float]:
    """Solve and look at the clock.

    Parameters
    ----------
    solve : callable
        Without arguments.

    Returns
    -------
    Solution, float
        And the seconds it took. How it ended is in its status, not a warning.

    Examples
    --------
    >>> from groupsparse.datasets import make_joint_sparse
    >>> from groupsparse.toolkit.solvers import BlockOMP
    >>> problem = make_joint_sparse(20, 40, 3, 2, rank=2, random_state=0).problem
    >>> solution, seconds = timed(lambda: BlockOMP(n_groups=2).solve(problem))
    >>> solution.active_groups.size, seconds > 0
    (2, True)
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        began = perf_counter()
        solution = solve()
        return solution, perf_counter() - began
