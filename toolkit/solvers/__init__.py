"""Solvers: frozen settings with `solve(problem, start=None) -> Solution`."""

from .block_coordinate_descent import BlockCoordinateDescent
from .block_omp import BlockOMP
from .cycle_spinning import CycleSpinning
from .exchange import Exchange
from .fista import FISTA
from .in_turn import InTurn
from .orthonormal_groups import OrthonormalGroups
from .primal_dual_active_set import PrimalDualActiveSet
from .reweighted import Reweighted
from .spectral_projected_gradient import SpectralProjectedGradient

__all__ = [
    "FISTA",
    "BlockCoordinateDescent",
    "BlockOMP",
    "CycleSpinning",
    "Exchange",
    "InTurn",
    "OrthonormalGroups",
    "PrimalDualActiveSet",
    "Reweighted",
    "SpectralProjectedGradient",
]
