"""Groups that are included in an order fixed beforehand."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..arrays import Array, IntArray
from ..ties import falling_order
from ._greedy_fit import GreedyFit

_ROUNDING = 100.0


class OrderedChoice:
    """The next group is the one with the largest score that is left, of equals the first.

    Parameters
    ----------
    fit : GreedyFit
        The fit, to which groups are added through this object from now on.
    known : ndarray of int
        Groups that have been fitted before.
    scores : ndarray of float, shape (n_groups,)
        Groups whose score is not positive are never included.
    """

    sees_signal = False

    def __init__(self, fit: GreedyFit, known: IntArray, scores: Array) -> None:
        self.fit, self.is_finite = fit, bool(np.isfinite(scores).all())
        self._floor = _ROUNDING * float(np.finfo(fit.residual.dtype).eps) * fit.data_norm
        usable = scores > 0 if self.is_finite else np.zeros(scores.shape, dtype=bool)
        usable[known] = False
        places = np.flatnonzero(usable)
        order = places[falling_order(scores[places])]
        self._left: Iterator[int] = iter(order.tolist())

    def best(self) -> int | None:
        """Return the next group, if more than rounding is left to be explained."""
        return next(self._left, None) if self.fit.residual_norm > self._floor else None

    def include(self, group: int) -> bool:
        """Include a group in the fit; return whether that has changed the fit."""
        before = self.fit.qr.size
        self.fit.include(self.fit.view.groups.members(group))
        return self.fit.qr.size > before
