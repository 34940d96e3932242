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
    from .active_set.exchange import Exchange
    from .active_set.primal_dual_active_set import PrimalDualActiveSet
    from .bayesian.fast_marginal_likelihood import FastMarginalLikelihood
    from .bayesian.sparse_bayesian_learning import SparseBayesianLearning
    from .constrained.spectral_projected_gradient import SpectralProjectedGradient
    from .descent.block_coordinate_descent import BlockCoordinateDescent
    from .greedy.block_omp import BlockOMP
    from .greedy.largest_groups import LargestGroups
    from .greedy.rank_aware_ormp import RankAwareORMP
    from .greedy.simultaneous_niht import SimultaneousNIHT
    from .greedy.simultaneous_ols import SimultaneousOLS
    from .greedy.simultaneous_omp import SimultaneousOMP
    from .orthogonal.gamma_continuation import GammaContinuation
    from .orthogonal.variable_metric import VariableMetric
    from .proximal.cycle_spinning import CycleSpinning
    from .proximal.fista import FISTA
    from .subset.subset_search import SubsetSearch
    from .subspace.compressive_music import CompressiveMUSIC
    from .subspace.music import MUSIC
    from .subspace.rank_aware_thresholding import RankAwareThresholding
    from .subspace.subspace_augmented_music import SubspaceAugmentedMUSIC
    from .wrappers.in_turn import InTurn
    from .wrappers.orthonormal_groups import OrthonormalGroups
    from .wrappers.reweighted import Reweighted
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "active_set.exchange": ("Exchange",),
            "active_set.primal_dual_active_set": ("PrimalDualActiveSet",),
            "bayesian.fast_marginal_likelihood": ("FastMarginalLikelihood",),
            "bayesian.sparse_bayesian_learning": ("SparseBayesianLearning",),
            "constrained.spectral_projected_gradient": ("SpectralProjectedGradient",),
            "descent.block_coordinate_descent": ("BlockCoordinateDescent",),
            "greedy.block_omp": ("BlockOMP",),
            "greedy.largest_groups": ("LargestGroups",),
            "greedy.rank_aware_ormp": ("RankAwareORMP",),
            "greedy.simultaneous_niht": ("SimultaneousNIHT",),
            "greedy.simultaneous_ols": ("SimultaneousOLS",),
            "greedy.simultaneous_omp": ("SimultaneousOMP",),
            "orthogonal.gamma_continuation": ("GammaContinuation",),
            "orthogonal.variable_metric": ("VariableMetric",),
            "proximal.cycle_spinning": ("CycleSpinning",),
            "proximal.fista": ("FISTA",),
            "subset.subset_search": ("SubsetSearch",),
            "subspace.compressive_music": ("CompressiveMUSIC",),
            "subspace.music": ("MUSIC",),
            "subspace.rank_aware_thresholding": ("RankAwareThresholding",),
            "subspace.subspace_augmented_music": ("SubspaceAugmentedMUSIC",),
            "wrappers.in_turn": ("InTurn",),
            "wrappers.orthonormal_groups": ("OrthonormalGroups",),
            "wrappers.reweighted": ("Reweighted",),
        },
    )
