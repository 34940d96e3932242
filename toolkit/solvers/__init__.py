"""Solvers: frozen settings with `solve(problem, start=None) -> Solution`."""

from .block_coordinate_descent import BlockCoordinateDescent
from .fista import FISTA
from .orthonormal_groups import OrthonormalGroups
from .primal_dual_active_set import PrimalDualActiveSet
from .reweighted import Reweighted
from .spectral_projected_gradient import SpectralProjectedGradient

__all__ = [
    "FISTA",
    "BlockCoordinateDescent",
    "OrthonormalGroups",
    "PrimalDualActiveSet",
    "Reweighted",
    "SpectralProjectedGradient",
]
