"""Estimators with scikit-learn's interface: fit, predict, score, and their parameters."""

from typing import TYPE_CHECKING

from ..lazy_names import lazy_names

__all__ = [
    "ConstrainedGroupLasso",
    "GroupL0",
    "GroupLasso",
    "GroupMCP",
    "GroupOMP",
    "GroupSCAD",
    "LatentGroupLasso",
    "OrthogonallyWeightedL21",
    "RankAwareORMP",
    "SimultaneousNIHT",
    "SimultaneousOMP",
    "SparseGroupLasso",
    "SubspaceAugmentedMUSIC",
]

if TYPE_CHECKING:
    from .constrained_group_lasso import ConstrainedGroupLasso
    from .group_l0 import GroupL0
    from .group_lasso import GroupLasso
    from .group_mcp import GroupMCP
    from .group_omp import GroupOMP
    from .group_scad import GroupSCAD
    from .latent_group_lasso import LatentGroupLasso
    from .orthogonally_weighted_l21 import OrthogonallyWeightedL21
    from .rank_aware_ormp import RankAwareORMP
    from .simultaneous_niht import SimultaneousNIHT
    from .simultaneous_omp import SimultaneousOMP
    from .sparse_group_lasso import SparseGroupLasso
    from .subspace_augmented_music import SubspaceAugmentedMUSIC
else:
    __getattr__, __dir__ = lazy_names(__name__, __all__)
