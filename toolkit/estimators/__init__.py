"""Estimators with scikit-learn's interface: fit, predict, score, and their parameters."""

from typing import TYPE_CHECKING

from ..lazy_names import make_lazy_names

if TYPE_CHECKING:
    from .classifiers.penalised import (
        GroupL0Classifier as GroupL0Classifier,
        GroupLassoClassifier as GroupLassoClassifier,
        GroupMCPClassifier as GroupMCPClassifier,
        GroupSCADClassifier as GroupSCADClassifier,
        LatentGroupLassoClassifier as LatentGroupLassoClassifier,
        SparseGroupLassoClassifier as SparseGroupLassoClassifier,
    )
    from .conversions import convert_alpha as convert_alpha
    from .cross_validation.classifiers import (
        GroupL0ClassifierCV as GroupL0ClassifierCV,
        GroupLassoClassifierCV as GroupLassoClassifierCV,
        GroupMCPClassifierCV as GroupMCPClassifierCV,
        GroupSCADClassifierCV as GroupSCADClassifierCV,
        LatentGroupLassoClassifierCV as LatentGroupLassoClassifierCV,
        SparseGroupLassoClassifierCV as SparseGroupLassoClassifierCV,
    )
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
    from .cross_validation.survival import (
        GroupL0SurvivalCV as GroupL0SurvivalCV,
        GroupLassoSurvivalCV as GroupLassoSurvivalCV,
        GroupMCPSurvivalCV as GroupMCPSurvivalCV,
        GroupSCADSurvivalCV as GroupSCADSurvivalCV,
        LatentGroupLassoSurvivalCV as LatentGroupLassoSurvivalCV,
        SparseGroupLassoSurvivalCV as SparseGroupLassoSurvivalCV,
    )
    from .regressors.constrained_group_lasso import ConstrainedGroupLasso as ConstrainedGroupLasso
    from .regressors.counted import (
        GroupOMPRegressor as GroupOMPRegressor,
        RankAwareORMPRegressor as RankAwareORMPRegressor,
        SimultaneousNIHTRegressor as SimultaneousNIHTRegressor,
        SimultaneousOMPRegressor as SimultaneousOMPRegressor,
        SubspaceAugmentedMUSICRegressor as SubspaceAugmentedMUSICRegressor,
    )
    from .regressors.folded_concave import (
        GroupMCPRegressor as GroupMCPRegressor,
        GroupSCADRegressor as GroupSCADRegressor,
    )
    from .regressors.group_l0 import GroupL0Regressor as GroupL0Regressor
    from .regressors.orthogonally_weighted import (
        OrthogonallyWeightedRegressor as OrthogonallyWeightedRegressor,
    )
    from .regressors.penalised import (
        GroupLasso as GroupLasso,
        LatentGroupLasso as LatentGroupLasso,
        SparseGroupLasso as SparseGroupLasso,
    )
    from .selectors.column_subset_selector import ColumnSubsetSelector as ColumnSubsetSelector
    from .selectors.joint_sparse_selector import JointSparseSelector as JointSparseSelector
    from .stability.stability_selection import StabilitySelection as StabilitySelection
    from .survival.penalised import (
        GroupL0Survival as GroupL0Survival,
        GroupLassoSurvival as GroupLassoSurvival,
        GroupMCPSurvival as GroupMCPSurvival,
        GroupSCADSurvival as GroupSCADSurvival,
        LatentGroupLassoSurvival as LatentGroupLassoSurvival,
        SparseGroupLassoSurvival as SparseGroupLassoSurvival,
    )
else:
    __getattr__, __dir__, __all__ = make_lazy_names(__name__)
