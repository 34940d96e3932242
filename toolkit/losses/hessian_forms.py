"""Forms of Hessians that are not diagonal, for compiled block coordinate descent."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from ..arrays import Array

if TYPE_CHECKING:  # they need Numba
    from .survival.kernels import Shares
    from .survival.risk_sets import RiskSets


class DiagonalHessian(NamedTuple):
    """A number for every datum and channel: `weights` (n_channels, n_rows)."""

    weights: Array


class ClassHessian(NamedTuple):
    """``m_i (diag(p_i) - p_i p_i^T)`` for every datum, over its channels.

    `shares` (n_channels, n_rows) are the ``p_i``, `counts` (n_rows,) the ``m_i``.
    """

    shares: Array
    counts: Array


class RiskHessian(NamedTuple):
    """That of Cox's loss, which couples the data, in one channel."""

    shares: Shares
    sets: RiskSets


HessianForm: TypeAlias = DiagonalHessian | ClassHessian | RiskHessian
