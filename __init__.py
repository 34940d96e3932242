"""Group-sparse recovery: few groups of unknowns are active, each of them as a whole.

`groupsparse` minimises ``1/2 ||A(X) - Y||^2 + alpha * Omega(X)`` where Omega favours few active
groups. State a `Problem` (operator, data, `Groups`), choose a penalty and a solver, and read the
`Solution`. The parts live in `groupsparse.toolkit`; `groupsparse.apps` composes them into
applications, `groupsparse.datasets` loads and simulates data.

The names below are loaded when they are first asked for, so that ``import groupsparse`` is quick.
"""

from typing import TYPE_CHECKING

__version__ = "0.1.0"

__all__ = [
    "FISTA",
    "L21",
    "MUSIC",
    "BlockCoordinateDescent",
    "BlockOMP",
    "CompressiveMUSIC",
    "ConstrainedGroupLasso",
    "CycleSpinning",
    "Exchange",
    "GammaContinuation",
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
    "Groups",
    "InTurn",
    "LargestGroups",
    "LatentGroupLasso",
    "LatentGroupLassoCV",
    "LatentOverlap",
    "OrthogonallyWeightedL21",
    "OrthogonallyWeightedL21CV",
    "OrthonormalGroups",
    "PrimalDualActiveSet",
    "Problem",
    "RankAwareORMP",
    "RankAwareORMPCV",
    "RankAwareThresholding",
    "Reweighted",
    "SimultaneousNIHT",
    "SimultaneousNIHTCV",
    "SimultaneousOMP",
    "SimultaneousOMPCV",
    "Solution",
    "SparseBayesianLearning",
    "SparseGroup",
    "SparseGroupLasso",
    "SparseGroupLassoCV",
    "SpectralProjectedGradient",
    "StabilitySelection",
    "Status",
    "SubspaceAugmentedMUSIC",
    "SubspaceAugmentedMUSICCV",
    "VariableMetric",
    "WithRidge",
    "__version__",
    "alpha_max",
    "convert_alpha",
    "solution_path",
]

# Which module each public name comes from.
_EXPORTS = {
    "alpha_max": "toolkit.selection",
    "BlockCoordinateDescent": "toolkit.solvers",
    "BlockOMP": "toolkit.solvers",
    "CompressiveMUSIC": "toolkit.solvers",
    "ConstrainedGroupLasso": "toolkit.estimators",
    "convert_alpha": "toolkit.estimators",
    "CycleSpinning": "toolkit.solvers",
    "Exchange": "toolkit.solvers",
    "FISTA": "toolkit.solvers",
    "GammaContinuation": "toolkit.solvers",
    "GroupL0": "toolkit.estimators",
    "GroupL0CV": "toolkit.estimators",
    "GroupLasso": "toolkit.estimators",
    "GroupLassoCV": "toolkit.estimators",
    "GroupMCP": "toolkit.estimators",
    "GroupMCPCV": "toolkit.estimators",
    "GroupOMP": "toolkit.estimators",
    "GroupOMPCV": "toolkit.estimators",
    "Groups": "toolkit.groups",
    "GroupSCAD": "toolkit.estimators",
    "GroupSCADCV": "toolkit.estimators",
    "InTurn": "toolkit.solvers",
    "L21": "toolkit.penalties",
    "LargestGroups": "toolkit.solvers",
    "LatentGroupLasso": "toolkit.estimators",
    "LatentGroupLassoCV": "toolkit.estimators",
    "LatentOverlap": "toolkit.penalties",
    "MUSIC": "toolkit.solvers",
    "OrthogonallyWeightedL21": "toolkit.estimators",
    "OrthogonallyWeightedL21CV": "toolkit.estimators",
    "OrthonormalGroups": "toolkit.solvers",
    "PrimalDualActiveSet": "toolkit.solvers",
    "Problem": "toolkit.problem",
    "RankAwareORMP": "toolkit.estimators",
    "RankAwareORMPCV": "toolkit.estimators",
    "RankAwareThresholding": "toolkit.solvers",
    "Reweighted": "toolkit.solvers",
    "SimultaneousNIHT": "toolkit.estimators",
    "SimultaneousNIHTCV": "toolkit.estimators",
    "SimultaneousOMP": "toolkit.estimators",
    "SimultaneousOMPCV": "toolkit.estimators",
    "Solution": "toolkit.solution",
    "solution_path": "toolkit.selection",
    "SparseBayesianLearning": "toolkit.solvers",
    "SparseGroup": "toolkit.penalties",
    "SparseGroupLasso": "toolkit.estimators",
    "SparseGroupLassoCV": "toolkit.estimators",
    "SpectralProjectedGradient": "toolkit.solvers",
    "StabilitySelection": "toolkit.estimators",
    "Status": "toolkit.solution",
    "SubspaceAugmentedMUSIC": "toolkit.estimators",
    "SubspaceAugmentedMUSICCV": "toolkit.estimators",
    "VariableMetric": "toolkit.solvers",
    "WithRidge": "toolkit.penalties",
}

if TYPE_CHECKING:
    from .toolkit.estimators import (
        ConstrainedGroupLasso,
        GroupL0,
        GroupL0CV,
        GroupLasso,
        GroupLassoCV,
        GroupMCP,
        GroupMCPCV,
        GroupOMP,
        GroupOMPCV,
        GroupSCAD,
        GroupSCADCV,
        LatentGroupLasso,
        LatentGroupLassoCV,
        OrthogonallyWeightedL21,
        OrthogonallyWeightedL21CV,
        RankAwareORMP,
        RankAwareORMPCV,
        SimultaneousNIHT,
        SimultaneousNIHTCV,
        SimultaneousOMP,
        SimultaneousOMPCV,
        SparseGroupLasso,
        SparseGroupLassoCV,
        StabilitySelection,
        SubspaceAugmentedMUSIC,
        SubspaceAugmentedMUSICCV,
        convert_alpha,
    )
    from .toolkit.groups import (
        Groups,
    )
    from .toolkit.penalties import (
        L21,
        LatentOverlap,
        SparseGroup,
        WithRidge,
    )
    from .toolkit.problem import (
        Problem,
    )
    from .toolkit.selection import (
        alpha_max,
        solution_path,
    )
    from .toolkit.solution import (
        Solution,
        Status,
    )
    from .toolkit.solvers import (
        FISTA,
        MUSIC,
        BlockCoordinateDescent,
        BlockOMP,
        CompressiveMUSIC,
        CycleSpinning,
        Exchange,
        GammaContinuation,
        InTurn,
        LargestGroups,
        OrthonormalGroups,
        PrimalDualActiveSet,
        RankAwareThresholding,
        Reweighted,
        SparseBayesianLearning,
        SpectralProjectedGradient,
        VariableMetric,
    )
else:
    from .toolkit.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(__name__, list(_EXPORTS), _EXPORTS)
