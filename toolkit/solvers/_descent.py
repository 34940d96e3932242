"""What the two descents of the orthogonally weighted problem have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, Protocol, TypeVar

import numpy as np

from ..arrays import Array
from ..penalties._channel_metric import ChannelMetric
from ._orthogonal_point import Setting


class _Figures(Protocol):
    """What any descent knows of its present point."""

    @property
    def residual(self) -> Array: ...

    @property
    def objective(self) -> float: ...

    @property
    def norms(self) -> Array: ...

    @property
    def metric(self) -> ChannelMetric: ...


P = TypeVar("P", bound=_Figures)


class Descent(ABC, Generic[P]):
    """The state of a descent, from one strength and relaxation to the next."""

    _point: P

    @property
    @abstractmethod
    def rows(self) -> Array:
        """The coefficients, shape (K, n_features)."""

    @property
    def residual(self) -> Array:
        """What the coefficients leave of the data, shape (K, n_rows)."""
        return self._point.residual

    @property
    def objective(self) -> float:
        """``||residual||^2 / (2 alpha) + Psi`` at the present point."""
        return self._point.objective

    @property
    def n_active(self) -> int:
        """The number of groups that are not zero."""
        return int(np.count_nonzero(self._point.norms))

    @property
    def rank_margin(self) -> float:
        """The smallest over the largest eigenvalue of the metric."""
        return self._point.metric.margin

    @abstractmethod
    def begin(self, setting: Setting) -> None:
        """Take the next steps at another strength and relaxation."""

    @abstractmethod
    def step(self, tol: float) -> bool:
        """Do one step; return whether the point has settled."""

    @abstractmethod
    def violation(self) -> float:
        """Return by how much the first-order conditions fail, relative to the strength."""
