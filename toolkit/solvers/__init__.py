"""Solvers: frozen settings with `solve(problem, start=None) -> Solution`."""

from .block_coordinate_descent import BlockCoordinateDescent
from .fista import FISTA
from .primal_dual_active_set import PrimalDualActiveSet

__all__ = ["FISTA", "BlockCoordinateDescent", "PrimalDualActiveSet"]
