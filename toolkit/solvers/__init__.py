"""Solvers: frozen settings with `solve(problem, start=None) -> Solution`."""

from typing import TYPE_CHECKING

from ..lazy_names import make_lazy_names

if TYPE_CHECKING:
    from .active_set.exchange import Exchange as Exchange
    from .active_set.primal_dual_active_set import PrimalDualActiveSet as PrimalDualActiveSet
    from .bayesian.fast_marginal_likelihood import FastMarginalLikelihood as FastMarginalLikelihood
    from .bayesian.sparse_bayesian_learning import SparseBayesianLearning as SparseBayesianLearning
    from .constrained.spectral_projected_gradient import (
        SpectralProjectedGradient as SpectralProjectedGradient,
    )
    from .descent.block_coordinate_descent import BlockCoordinateDescent as BlockCoordinateDescent
    from .greedy.block_omp import BlockOMP as BlockOMP
    from .greedy.largest_groups import LargestGroups as LargestGroups
    from .greedy.rank_aware_ormp import RankAwareORMP as RankAwareORMP
    from .greedy.simultaneous_niht import SimultaneousNIHT as SimultaneousNIHT
    from .greedy.simultaneous_ols import SimultaneousOLS as SimultaneousOLS
    from .greedy.simultaneous_omp import SimultaneousOMP as SimultaneousOMP
    from .orthogonal.gamma_continuation import GammaContinuation as GammaContinuation
    from .orthogonal.variable_metric import VariableMetric as VariableMetric
    from .proximal.admm import ADMM as ADMM
    from .proximal.cycle_spinning import CycleSpinning as CycleSpinning
    from .proximal.fista import FISTA as FISTA
    from .subset.subset_search import SubsetSearch as SubsetSearch
    from .subspace.compressive_music import CompressiveMUSIC as CompressiveMUSIC
    from .subspace.music import MUSIC as MUSIC
    from .subspace.rank_aware_thresholding import RankAwareThresholding as RankAwareThresholding
    from .subspace.subspace_augmented_music import SubspaceAugmentedMUSIC as SubspaceAugmentedMUSIC
    from .wrappers.in_turn import InTurn as InTurn
    from .wrappers.orthonormal_groups import OrthonormalGroups as OrthonormalGroups
    from .wrappers.reweighted import Reweighted as Reweighted
    from .wrappers.robust import Robust as Robust
else:
    __getattr__, __dir__, __all__ = make_lazy_names(__name__)
