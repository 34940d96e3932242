"""The fewest groups with which a method that needs their number explains the data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter

from ...solution import Solution, Status


def smallest_count(
    attempt: Callable[[int], Solution], noise_level: float, least: int, most: int
) -> Solution:
    """Return the solution with the fewest groups whose residual is not above the noise level.

    The number of groups grows by 1, 2, 4, ... until that is reached, and the
    interval is then halved: exact where more groups never fit worse, and
    ``2 log2`` of the number in attempts.

    Parameters
    ----------
    attempt : callable
        Solves for a number of groups.
    noise_level : float
        The norm of the noise.
    least, most : int
        The smallest and the largest number to try.

    Returns
    -------
    Solution
        Iterations and seconds are those of all attempts. Its status says so
        if the noise level was not reached with any number, or if the last
        attempt was stopped by a callback.
    """
    began, iterations = perf_counter(), 0

    def tried(n_groups: int) -> Solution:
        nonlocal iterations
        solution = attempt(n_groups)
        iterations += solution.iterations
        return solution

    def ended(solution: Solution, status: Status) -> Solution:
        seconds = perf_counter() - began
        return replace(solution, status=status, iterations=iterations, seconds=seconds)

    below, count, step = least - 1, least, 1
    best = tried(count)
    while not best.residual_norm <= noise_level:
        if best.status in (Status.STOPPED, Status.DIVERGED):
            return ended(best, best.status)
        if count >= most:
            return ended(best, Status.NOISE_LEVEL_NOT_REACHED)
        below, count, step = count, min(most, count + step), 2 * step
        best = tried(count)
    while count - below > 1 and best.status is not Status.STOPPED:
        middle = (below + count) // 2
        solution = tried(middle)
        if solution.residual_norm <= noise_level or solution.status is Status.STOPPED:
            best, count = solution, middle
        else:
            below = middle
    return ended(best, best.status if best.status is Status.STOPPED else Status.CONVERGED)
