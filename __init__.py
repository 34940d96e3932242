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
    "GroupLasso",
    "GroupMCP",
    "GroupOMP",
    "GroupSCAD",
    "Groups",
    "InTurn",
    "LargestGroups",
    "LatentGroupLasso",
    "LatentOverlap",
    "OrthogonallyWeightedL21",
    "OrthonormalGroups",
    "PrimalDualActiveSet",
    "Problem",
    "RankAwareORMP",
    "RankAwareThresholding",
    "Reweighted",
    "SimultaneousNIHT",
    "SimultaneousOMP",
    "Solution",
    "SparseBayesianLearning",
    "SparseGroup",
    "SparseGroupLasso",
    "SpectralProjectedGradient",
    "Status",
    "SubspaceAugmentedMUSIC",
    "VariableMetric",
    "WithRidge",
    "__version__",
    "alpha_max",
    "solution_path",
]

# Which module each public name comes from.
_EXPORTS = {
    "alpha_max": ".toolkit.selection",
    "BlockCoordinateDescent": ".toolkit.solvers",
    "BlockOMP": ".toolkit.solvers",
    "CompressiveMUSIC": ".toolkit.solvers",
    "ConstrainedGroupLasso": ".toolkit.estimators",
    "CycleSpinning": ".toolkit.solvers",
    "Exchange": ".toolkit.solvers",
    "FISTA": ".toolkit.solvers",
    "GammaContinuation": ".toolkit.solvers",
    "GroupL0": ".toolkit.estimators",
    "GroupLasso": ".toolkit.estimators",
    "GroupMCP": ".toolkit.estimators",
    "GroupOMP": ".toolkit.estimators",
    "Groups": ".toolkit.groups",
    "GroupSCAD": ".toolkit.estimators",
    "InTurn": ".toolkit.solvers",
    "L21": ".toolkit.penalties",
    "LargestGroups": ".toolkit.solvers",
    "LatentGroupLasso": ".toolkit.estimators",
    "LatentOverlap": ".toolkit.penalties",
    "MUSIC": ".toolkit.solvers",
    "OrthogonallyWeightedL21": ".toolkit.estimators",
    "OrthonormalGroups": ".toolkit.solvers",
    "PrimalDualActiveSet": ".toolkit.solvers",
    "Problem": ".toolkit.problem",
    "RankAwareORMP": ".toolkit.estimators",
    "RankAwareThresholding": ".toolkit.solvers",
    "Reweighted": ".toolkit.solvers",
    "SimultaneousNIHT": ".toolkit.estimators",
    "SimultaneousOMP": ".toolkit.estimators",
    "Solution": ".toolkit.solution",
    "solution_path": ".toolkit.selection",
    "SparseBayesianLearning": ".toolkit.solvers",
    "SparseGroup": ".toolkit.penalties",
    "SparseGroupLasso": ".toolkit.estimators",
    "SpectralProjectedGradient": ".toolkit.solvers",
    "Status": ".toolkit.solution",
    "SubspaceAugmentedMUSIC": ".toolkit.estimators",
    "VariableMetric": ".toolkit.solvers",
    "WithRidge": ".toolkit.penalties",
}

if TYPE_CHECKING:
    from .toolkit.estimators import (
        ConstrainedGroupLasso,
        GroupL0,
        GroupLasso,
        GroupMCP,
        GroupOMP,
        GroupSCAD,
        LatentGroupLasso,
        OrthogonallyWeightedL21,
        RankAwareORMP,
        SimultaneousNIHT,
        SimultaneousOMP,
        SparseGroupLasso,
        SubspaceAugmentedMUSIC,
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

    def __getattr__(name):
        if name not in _EXPORTS:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = getattr(import_module(_EXPORTS[name], __name__), name)
        globals()[name] = value  # the next access no longer comes here
        return value

    def __dir__():
        return sorted({*globals(), *_EXPORTS})
