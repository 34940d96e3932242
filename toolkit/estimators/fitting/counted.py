"""Estimators that are told the number of active groups, or the noise level."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

import numpy as np

from ...arrays import Array
from ...reformulations.regression import Regression
from ...selection.counts import walk_counts
from ...solution import Solution
from .regressor import GroupRegressor

_SHARE = 10  # one group in so many is active, if nothing is said


def default_count(regression: Regression) -> int:
    """Return how many groups are active if nothing is said.

    Parameters
    ----------
    regression : Regression
        With the groups.

    Returns
    -------
    int
        A tenth of them, at least one.
    """
    return max(1, regression.problem.groups.n_groups // _SHARE)


@dataclass(eq=False, repr=False)
class CountedRegressor(GroupRegressor):
    """Least squares on few groups: as many as are asked for, or as the noise level needs.

    Parameters
    ----------
    n_groups : int, optional
        The number of active groups.
    noise_level : float, optional
        The norm of the noise in y.
    """

    _strength: ClassVar[str] = "n_groups"

    n_groups: int | None = None
    _: KW_ONLY
    noise_level: float | None = None

    def _method(self, stops: dict[str, Any]) -> Any:
        """Return the solver, which stops at ``n_groups``, ``noise_level`` or both."""
        raise NotImplementedError

    def _solver(self, regression: Regression) -> Any:
        n_groups = self.n_groups
        if n_groups is None and self.noise_level is None:
            n_groups = default_count(regression)
        level = self._level(self.noise_level, regression)
        return self._method({"n_groups": n_groups, "noise_level": level})

    def _grid(self, regression: Regression, n_values: int, eps: float = 0.0) -> Array:
        n_samples, groups = regression.problem.data.shape[0], regression.problem.groups
        most = min(n_values, groups.n_groups, max(1, int(n_samples / groups.sizes.mean()) // 2))
        return np.arange(1, most + 1)

    def _along(self, regression: Regression, values: Sequence[float]) -> Iterator[Solution]:
        counts = [int(value) for value in values]
        solver = self._method({"n_groups": max(counts), "noise_level": None})
        return walk_counts(solver, regression.problem, counts)
