"""Solvers: frozen settings with `solve(problem, start=None) -> Solution`."""

from .fista import FISTA
from .primal_dual_active_set import PrimalDualActiveSet

__all__ = ["FISTA", "PrimalDualActiveSet"]
