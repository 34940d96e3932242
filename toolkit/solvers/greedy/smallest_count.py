"""The fewest groups with which a method that needs their number explains the data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter

from ...solution import Solution, Status


def find_smallest_count(
    attempt: Callable[[int], Solution], noise_level: float, least: int, most: int
) -> Solution:
    """Return the solution with the fewest groups whose residual is not above the noise level.

    `attempt` solves for a number of groups, which grows from `least` by 1, 2, 4, ... until the
    level is reached; the interval is then halved. This is exact where more groups never fit
    worse, and takes ``2 log2`` of the number in attempts. Iterations and seconds are those of
    all attempts. The status says if no number reached the noise level, or if a callback
    stopped the last attempt.
    """
    began, iterations = perf_counter(), 0

    def solve_for(n_groups: int) -> Solution:
        nonlocal iterations
        solution = attempt(n_groups)
        iterations += solution.iterations
        return solution

    def end_with(solution: Solution, status: Status) -> Solution:
        seconds = perf_counter() - began
        return replace(solution, status=status, iterations=iterations, seconds=seconds)

    below, count, step = least - 1, least, 1
    best = solve_for(count)
    while not best.residual_norm <= noise_level:
        if best.status in (Status.STOPPED, Status.DIVERGED):
            return end_with(best, best.status)
        if count >= most:
            return end_with(best, Status.NOISE_LEVEL_NOT_REACHED)
        below, count, step = count, min(most, count + step), 2 * step
        best = solve_for(count)
    while count - below > 1 and best.status is not Status.STOPPED:
        middle = (below + count) // 2
        solution = solve_for(middle)
        if solution.residual_norm <= noise_level or solution.status is Status.STOPPED:
            best, count = solution, middle
        else:
            below = middle
    return end_with(best, best.status if best.status is Status.STOPPED else Status.CONVERGED)
