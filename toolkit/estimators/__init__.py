"""Estimators with scikit-learn's interface: fit, predict, score, and their parameters."""

from typing import TYPE_CHECKING

from ..lazy_names import lazy_names

__all__ = [
    "ColumnSubsetSelector",
    "ConstrainedGroupLasso",
    "GroupL0",
    "GroupL0CV",
    "GroupLasso",
    "GroupLassoCV",
    "GroupMCP",
    "GroupMCPCV",
    "GroupOMP",
    "GroupOMPCV",
    "GroupSCAD",
    "GroupSCADCV",
    "JointSparseSelector",
    "LatentGroupLasso",
    "LatentGroupLassoCV",
    "OrthogonallyWeightedL21",
    "OrthogonallyWeightedL21CV",
    "RankAwareORMP",
    "RankAwareORMPCV",
    "SimultaneousNIHT",
    "SimultaneousNIHTCV",
    "SimultaneousOMP",
    "SimultaneousOMPCV",
    "SparseGroupLasso",
    "SparseGroupLassoCV",
    "StabilitySelection",
    "SubspaceAugmentedMUSIC",
    "SubspaceAugmentedMUSICCV",
    "convert_alpha",
]

_COUNTING = (
    "GroupOMPCV",
    "RankAwareORMPCV",
    "SimultaneousNIHTCV",
    "SimultaneousOMPCV",
    "SubspaceAugmentedMUSICCV",
)

if TYPE_CHECKING:
    from .column_subset_selector import ColumnSubsetSelector
    from .constrained_group_lasso import ConstrainedGroupLasso
    from .conversions import convert_alpha
    from .cross_validated import (
        GroupL0CV,
        GroupLassoCV,
        GroupMCPCV,
        GroupSCADCV,
        LatentGroupLassoCV,
        OrthogonallyWeightedL21CV,
        SparseGroupLassoCV,
    )
    from .cross_validated_counts import (
        GroupOMPCV,
        RankAwareORMPCV,
        SimultaneousNIHTCV,
        SimultaneousOMPCV,
        SubspaceAugmentedMUSICCV,
    )
    from .group_l0 import GroupL0
    from .group_lasso import GroupLasso
    from .group_mcp import GroupMCP
    from .group_omp import GroupOMP
    from .group_scad import GroupSCAD
    from .joint_sparse_selector import JointSparseSelector
    from .latent_group_lasso import LatentGroupLasso
    from .orthogonally_weighted_l21 import OrthogonallyWeightedL21
    from .rank_aware_ormp import RankAwareORMP
    from .simultaneous_niht import SimultaneousNIHT
    from .simultaneous_omp import SimultaneousOMP
    from .sparse_group_lasso import SparseGroupLasso
    from .stability_selection import StabilitySelection
    from .subspace_augmented_music import SubspaceAugmentedMUSIC
else:
    _MODULES = {name: "cross_validated" for name in __all__ if name.endswith("CV")}
    _MODULES |= dict.fromkeys(_COUNTING, "cross_validated_counts")
    _MODULES["convert_alpha"] = "conversions"
    __getattr__, __dir__ = lazy_names(__name__, __all__, _MODULES)
