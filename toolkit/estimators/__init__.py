"""Estimators with scikit-learn's interface: fit, predict, score, and their parameters."""

from typing import TYPE_CHECKING

from ..lazy_names import lazy_names

__all__ = [
    "ColumnSubsetSelector",
    "ConstrainedGroupLasso",
    "GroupL0Regressor",
    "GroupL0RegressorCV",
    "GroupLasso",
    "GroupLassoCV",
    "GroupMCPRegressor",
    "GroupMCPRegressorCV",
    "GroupOMPRegressor",
    "GroupOMPRegressorCV",
    "GroupSCADRegressor",
    "GroupSCADRegressorCV",
    "JointSparseSelector",
    "LatentGroupLasso",
    "LatentGroupLassoCV",
    "OrthogonallyWeightedRegressor",
    "OrthogonallyWeightedRegressorCV",
    "RankAwareORMPRegressor",
    "RankAwareORMPRegressorCV",
    "SimultaneousNIHTRegressor",
    "SimultaneousNIHTRegressorCV",
    "SimultaneousOMPRegressor",
    "SimultaneousOMPRegressorCV",
    "SparseGroupLasso",
    "SparseGroupLassoCV",
    "StabilitySelection",
    "SubspaceAugmentedMUSICRegressor",
    "SubspaceAugmentedMUSICRegressorCV",
    "convert_alpha",
]


if TYPE_CHECKING:
    from .conversions import convert_alpha
    from .cross_validation.counted import (
        GroupOMPRegressorCV,
        RankAwareORMPRegressorCV,
        SimultaneousNIHTRegressorCV,
        SimultaneousOMPRegressorCV,
        SubspaceAugmentedMUSICRegressorCV,
    )
    from .cross_validation.penalised import (
        GroupL0RegressorCV,
        GroupLassoCV,
        GroupMCPRegressorCV,
        GroupSCADRegressorCV,
        LatentGroupLassoCV,
        OrthogonallyWeightedRegressorCV,
        SparseGroupLassoCV,
    )
    from .regressors.constrained_group_lasso import ConstrainedGroupLasso
    from .regressors.group_l0 import GroupL0Regressor
    from .regressors.group_lasso import GroupLasso
    from .regressors.group_mcp import GroupMCPRegressor
    from .regressors.group_omp import GroupOMPRegressor
    from .regressors.group_scad import GroupSCADRegressor
    from .regressors.latent_group_lasso import LatentGroupLasso
    from .regressors.orthogonally_weighted import OrthogonallyWeightedRegressor
    from .regressors.rank_aware_ormp import RankAwareORMPRegressor
    from .regressors.simultaneous_niht import SimultaneousNIHTRegressor
    from .regressors.simultaneous_omp import SimultaneousOMPRegressor
    from .regressors.sparse_group_lasso import SparseGroupLasso
    from .regressors.subspace_augmented_music import SubspaceAugmentedMUSICRegressor
    from .selectors.column_subset_selector import ColumnSubsetSelector
    from .selectors.joint_sparse_selector import JointSparseSelector
    from .stability.stability_selection import StabilitySelection
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "conversions": ("convert_alpha",),
            "cross_validation.counted": (
                "GroupOMPRegressorCV",
                "RankAwareORMPRegressorCV",
                "SimultaneousNIHTRegressorCV",
                "SimultaneousOMPRegressorCV",
                "SubspaceAugmentedMUSICRegressorCV",
            ),
            "cross_validation.penalised": (
                "GroupL0RegressorCV",
                "GroupLassoCV",
                "GroupMCPRegressorCV",
                "GroupSCADRegressorCV",
                "LatentGroupLassoCV",
                "OrthogonallyWeightedRegressorCV",
                "SparseGroupLassoCV",
            ),
            "regressors.constrained_group_lasso": ("ConstrainedGroupLasso",),
            "regressors.group_l0": ("GroupL0Regressor",),
            "regressors.group_lasso": ("GroupLasso",),
            "regressors.group_mcp": ("GroupMCPRegressor",),
            "regressors.group_omp": ("GroupOMPRegressor",),
            "regressors.group_scad": ("GroupSCADRegressor",),
            "regressors.latent_group_lasso": ("LatentGroupLasso",),
            "regressors.orthogonally_weighted": ("OrthogonallyWeightedRegressor",),
            "regressors.rank_aware_ormp": ("RankAwareORMPRegressor",),
            "regressors.simultaneous_niht": ("SimultaneousNIHTRegressor",),
            "regressors.simultaneous_omp": ("SimultaneousOMPRegressor",),
            "regressors.sparse_group_lasso": ("SparseGroupLasso",),
            "regressors.subspace_augmented_music": ("SubspaceAugmentedMUSICRegressor",),
            "selectors.column_subset_selector": ("ColumnSubsetSelector",),
            "selectors.joint_sparse_selector": ("JointSparseSelector",),
            "stability.stability_selection": ("StabilitySelection",),
        },
    )
