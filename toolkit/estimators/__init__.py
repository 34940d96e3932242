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


if TYPE_CHECKING:
    from .conversions import convert_alpha
    from .cross_validation.counted import (
        GroupOMPCV,
        RankAwareORMPCV,
        SimultaneousNIHTCV,
        SimultaneousOMPCV,
        SubspaceAugmentedMUSICCV,
    )
    from .cross_validation.penalised import (
        GroupL0CV,
        GroupLassoCV,
        GroupMCPCV,
        GroupSCADCV,
        LatentGroupLassoCV,
        OrthogonallyWeightedL21CV,
        SparseGroupLassoCV,
    )
    from .regressors.constrained_group_lasso import ConstrainedGroupLasso
    from .regressors.group_l0 import GroupL0
    from .regressors.group_lasso import GroupLasso
    from .regressors.group_mcp import GroupMCP
    from .regressors.group_omp import GroupOMP
    from .regressors.group_scad import GroupSCAD
    from .regressors.latent_group_lasso import LatentGroupLasso
    from .regressors.orthogonally_weighted import OrthogonallyWeightedL21
    from .regressors.rank_aware_ormp import RankAwareORMP
    from .regressors.simultaneous_niht import SimultaneousNIHT
    from .regressors.simultaneous_omp import SimultaneousOMP
    from .regressors.sparse_group_lasso import SparseGroupLasso
    from .regressors.subspace_augmented_music import SubspaceAugmentedMUSIC
    from .selectors.column_subset_selector import ColumnSubsetSelector
    from .selectors.joint_sparse_selector import JointSparseSelector
    from .stability.stability_selection import StabilitySelection
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "conversions": ("convert_alpha",),
            "cross_validation.counted": (
                "GroupOMPCV",
                "RankAwareORMPCV",
                "SimultaneousNIHTCV",
                "SimultaneousOMPCV",
                "SubspaceAugmentedMUSICCV",
            ),
            "cross_validation.penalised": (
                "GroupL0CV",
                "GroupLassoCV",
                "GroupMCPCV",
                "GroupSCADCV",
                "LatentGroupLassoCV",
                "OrthogonallyWeightedL21CV",
                "SparseGroupLassoCV",
            ),
            "regressors.constrained_group_lasso": ("ConstrainedGroupLasso",),
            "regressors.group_l0": ("GroupL0",),
            "regressors.group_lasso": ("GroupLasso",),
            "regressors.group_mcp": ("GroupMCP",),
            "regressors.group_omp": ("GroupOMP",),
            "regressors.group_scad": ("GroupSCAD",),
            "regressors.latent_group_lasso": ("LatentGroupLasso",),
            "regressors.orthogonally_weighted": ("OrthogonallyWeightedL21",),
            "regressors.rank_aware_ormp": ("RankAwareORMP",),
            "regressors.simultaneous_niht": ("SimultaneousNIHT",),
            "regressors.simultaneous_omp": ("SimultaneousOMP",),
            "regressors.sparse_group_lasso": ("SparseGroupLasso",),
            "regressors.subspace_augmented_music": ("SubspaceAugmentedMUSIC",),
            "selectors.column_subset_selector": ("ColumnSubsetSelector",),
            "selectors.joint_sparse_selector": ("JointSparseSelector",),
            "stability.stability_selection": ("StabilitySelection",),
        },
    )
