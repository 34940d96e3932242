"""Estimators with scikit-learn's interface: fit, predict, score, and their parameters."""

from typing import TYPE_CHECKING

from ..lazy_names import make_lazy_names

if TYPE_CHECKING:
    from .conversions import convert_alpha as convert_alpha
    from .cross_validation.counted import (
        GroupOMPRegressorCV as GroupOMPRegressorCV,
        RankAwareORMPRegressorCV as RankAwareORMPRegressorCV,
        SimultaneousNIHTRegressorCV as SimultaneousNIHTRegressorCV,
        SimultaneousOMPRegressorCV as SimultaneousOMPRegressorCV,
        SubspaceAugmentedMUSICRegressorCV as SubspaceAugmentedMUSICRegressorCV,
    )
    from .cross_validation.penalised import (
        GroupL0RegressorCV as GroupL0RegressorCV,
        GroupLassoCV as GroupLassoCV,
        GroupMCPRegressorCV as GroupMCPRegressorCV,
        GroupSCADRegressorCV as GroupSCADRegressorCV,
        LatentGroupLassoCV as LatentGroupLassoCV,
        OrthogonallyWeightedRegressorCV as OrthogonallyWeightedRegressorCV,
        SparseGroupLassoCV as SparseGroupLassoCV,
    )
    from .regressors.constrained_group_lasso import ConstrainedGroupLasso as ConstrainedGroupLasso
    from .regressors.group_l0 import GroupL0Regressor as GroupL0Regressor
    from .regressors.group_lasso import GroupLasso as GroupLasso
    from .regressors.group_mcp import GroupMCPRegressor as GroupMCPRegressor
    from .regressors.group_omp import GroupOMPRegressor as GroupOMPRegressor
    from .regressors.group_scad import GroupSCADRegressor as GroupSCADRegressor
    from .regressors.latent_group_lasso import LatentGroupLasso as LatentGroupLasso
    from .regressors.orthogonally_weighted import (
        OrthogonallyWeightedRegressor as OrthogonallyWeightedRegressor,
    )
    from .regressors.rank_aware_ormp import RankAwareORMPRegressor as RankAwareORMPRegressor
    from .regressors.simultaneous_niht import SimultaneousNIHTRegressor as SimultaneousNIHTRegressor
    from .regressors.simultaneous_omp import SimultaneousOMPRegressor as SimultaneousOMPRegressor
    from .regressors.sparse_group_lasso import SparseGroupLasso as SparseGroupLasso
    from .regressors.subspace_augmented_music import (
        SubspaceAugmentedMUSICRegressor as SubspaceAugmentedMUSICRegressor,
    )
    from .selectors.column_subset_selector import ColumnSubsetSelector as ColumnSubsetSelector
    from .selectors.joint_sparse_selector import JointSparseSelector as JointSparseSelector
    from .stability.stability_selection import StabilitySelection as StabilitySelection
else:
    __getattr__, __dir__, __all__ = make_lazy_names(__name__)
