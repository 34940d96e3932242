"""Problems solved at one strength after another, each approached from the last in stages."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from ...arrays import Array
from ...penalties import Penalty
from ...solution import Progress, Solution, Status
from ..optimality.certificates import space_strengths
from ..optimality.session import Session

_FINEST = 50  # times the precision: what a gradient's norm can fall to
_STEP = {True: 0.2, False: 0.8}  # from one stage to the next, by whether the penalty is convex
_STAGE_ACCURACY = {True: 0.3, False: 0.01}  # of the strength, at a stage; by the same

FEWEST_GROUPS = 20  # that may enter the working set at once; later as many as are active
INNER_ACCURACY = 0.2  # of the distance from optimality: by how much a last sweep may move
MOST_INNER_SWEEPS = 100  # between two full gradients
DEPTH = 5  # steps that an extrapolation combines


class StagedSession(Session):
    """A problem whose strength falls in stages, so that the working set stays near the support.

    The first stages lead from the critical strength. Folded concave penalties need
    small steps and accurate stages, so that the path leads to a good stationary point.
    """

    def __init__(
        self,
        penalty: Penalty,
        max_iter: int,
        callback: Callable[[Progress], bool | None] | None,
    ) -> None:
        self.penalty, self.max_iter, self.callback = penalty, max_iter, callback
        self.alpha: float | None = None  # the strength that the point belongs to

    @abstractmethod
    def begin(self, start: Array) -> None:
        """Move to given coefficients, as if they belonged to the penalty's strength."""

    def solve(self, alpha: float) -> Solution:
        """Minimise at this strength, starting from the present point."""
        began = perf_counter()
        self._reset()
        status = self._approach(alpha)
        if status is None:
            self.alpha = alpha
            status = self._solve_at(alpha, None)
        return self._make_solution(alpha, status, perf_counter() - began)

    def _approach(self, alpha: float) -> Status | None:
        """Pass through the stages to a strength; return a status if the callback stops there."""
        if self.alpha is not None:
            self._predict(alpha)
        for stage in self._list_stages(alpha):
            self.alpha = stage
            limit = _STAGE_ACCURACY[self.penalty.convex] * stage
            if self._solve_at(stage, limit) is Status.STOPPED:
                return Status.STOPPED
        return None

    def _list_stages(self, alpha: float) -> Array:
        """Return the strengths on the way to one."""
        begin = self.critical if self.alpha is None else self.alpha
        return space_strengths(begin, alpha, _STEP[self.penalty.convex])

    @abstractmethod
    def _reset(self) -> None:
        """Start counting sweeps and recording history."""

    def _predict(self, alpha: float) -> None:
        """Move towards the solution at another strength; stay by default."""

    @abstractmethod
    def _solve_at(self, alpha: float, limit: float | None) -> Status:
        """Minimise at a strength; at a stage, until no group's distance exceeds `limit`."""

    @abstractmethod
    def _make_solution(self, alpha: float, status: Status, seconds: float) -> Solution:
        """Return the present point as a solution."""


def limit_accuracy(tol: float, dtype: np.dtype[Any]) -> float:
    """Return `tol`, or the finest relative accuracy of a gradient in this precision."""
    return max(tol, _FINEST * float(np.finfo(dtype).eps))
