"""The working set for channels that are scaled, such as by weights of their noise.

With scales ``s_k`` of the channels, the least squares are ``1/2 sum_k ||y_k - s_k A x_k||^2``. The
blocks of channel k are ``s_k^2 A_g^H A_g``: one eigendecomposition serves all channels. The state
of sweeps is ``s_k (y_k - s_k A x_k)``, so that a change of ``x_k`` subtracts ``s_k^2`` columns.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...arrays import Array, squared_magnitude
from ...penalties import Penalty
from ...reformulations.scaled_view import ScaledView
from .block_steps import ScaledWorkspace, Workspace
from .working_set import Sweeps, WorkingSet


class ScaledSet(WorkingSet):
    """A working set whose residuals are those of the scaled channels."""

    view: ScaledView

    def __init__(self, view: ScaledView, penalty: Penalty, dtype: np.dtype[Any]) -> None:
        self.factors = view.factors
        super().__init__(view, penalty, dtype)

    def _make_workspace(self, shape: tuple[int, int]) -> ScaledWorkspace:
        room = Workspace(*(np.empty(shape, self.dtype) for _ in Workspace._fields))
        return ScaledWorkspace(room.b, room.c, room.z, self.factors.ravel() ** 2)

    def _combine(self) -> Array:
        """Return the image of the point, in scaled channels."""
        return super()._combine() * self.factors

    def correlate_own(self) -> Array:
        """Return the correlations of the working features alone, by their Gram matrix."""
        n = self.features.size
        changes = (self.x @ self.gram()[:n, :n]) * self.factors**2
        result: Array = self.data_correlations[:, self.features] - changes
        return result

    @property
    def scales(self) -> Array:
        """What the Gram matrices are multiplied by in every channel."""
        return np.square(self.factors.ravel(), dtype=float)

    def begin_sweeps(self) -> Sweeps:
        """Return sweeps from the present point."""
        return ScaledSweeps(self)

    def keep(self, sweeps: Sweeps, done: int, *, drifts: bool) -> None:
        """Keep the residual after so many sweeps, if it is known and precise enough."""
        if not sweeps.rows.are_gram:
            seen = self.factors.ravel() > 0
            self.residual[seen] = sweeps.state[seen] / self.factors[seen]
        super().keep(sweeps, done, drifts=drifts)


class ScaledSweeps(Sweeps):
    """Sweeps over channels that are scaled."""

    working: ScaledSet

    def _begin(self) -> None:
        """Choose the table and the state of the sweeps."""
        super()._begin()
        if not self.rows.are_gram:
            self.state = self.working.residual * self.working.factors

    def _measure_misfit(self, state: Array) -> float:
        """Return the least squares that a state belongs to."""
        seen = self.working.factors.ravel() > 0
        squares = squared_magnitude(state[seen]) / self.working.factors[seen] ** 2
        return float(squares.sum()) / 2
