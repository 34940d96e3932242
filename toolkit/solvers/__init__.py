"""Solvers: frozen settings with `solve(problem, start=None) -> Solution`."""

from typing import TYPE_CHECKING

from ..lazy_names import lazy_names

__all__ = [
    "FISTA",
    "MUSIC",
    "BlockCoordinateDescent",
    "BlockOMP",
    "CompressiveMUSIC",
    "CycleSpinning",
    "Exchange",
    "FastMarginalLikelihood",
    "GammaContinuation",
    "InTurn",
    "LargestGroups",
    "OrthonormalGroups",
    "PrimalDualActiveSet",
    "RankAwareORMP",
    "RankAwareThresholding",
    "Reweighted",
    "SimultaneousNIHT",
    "SimultaneousOLS",
    "SimultaneousOMP",
    "SparseBayesianLearning",
    "SpectralProjectedGradient",
    "SubsetSearch",
    "SubspaceAugmentedMUSIC",
    "VariableMetric",
]

if TYPE_CHECKING:
    from .block_coordinate_descent import BlockCoordinateDescent
    from .block_omp import BlockOMP
    from .compressive_music import CompressiveMUSIC
    from .cycle_spinning import CycleSpinning
    from .exchange import Exchange
    from .fast_marginal_likelihood import FastMarginalLikelihood
    from .fista import FISTA
    from .gamma_continuation import GammaContinuation
    from .in_turn import InTurn
    from .largest_groups import LargestGroups
    from .music import MUSIC
    from .orthonormal_groups import OrthonormalGroups
    from .primal_dual_active_set import PrimalDualActiveSet
    from .rank_aware_ormp import RankAwareORMP
    from .rank_aware_thresholding import RankAwareThresholding
    from .reweighted import Reweighted
    from .simultaneous_niht import SimultaneousNIHT
    from .simultaneous_ols import SimultaneousOLS
    from .simultaneous_omp import SimultaneousOMP
    from .sparse_bayesian_learning import SparseBayesianLearning
    from .spectral_projected_gradient import SpectralProjectedGradient
    from .subset_search import SubsetSearch
    from .subspace_augmented_music import SubspaceAugmentedMUSIC
    from .variable_metric import VariableMetric
else:
    __getattr__, __dir__ = lazy_names(__name__, __all__)
