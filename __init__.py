"""Group-sparse recovery: few groups of unknowns are active, each of them as a whole.

`groupsparse` minimises ``1/2 ||A(X) - Y||^2 + alpha * Omega(X)`` where Omega favours few active
groups. State a `Problem` (operator, data, `Groups`), choose a penalty and a solver, and read the
`Solution`. The parts live in `groupsparse.toolkit`; `groupsparse.apps` composes them into
applications, `groupsparse.datasets` loads and simulates data.

The names below are loaded when they are first asked for, so that ``import groupsparse`` is quick.
"""

from typing import TYPE_CHECKING

__version__ = "0.1.0"


if TYPE_CHECKING:
    from .toolkit.estimators import *  # noqa: F403
    from .toolkit.groups import Groups as Groups
    from .toolkit.losses import (
        Cox as Cox,
        Huber as Huber,
        Logistic as Logistic,
        Multinomial as Multinomial,
        Poisson as Poisson,
        Squared as Squared,
    )
    from .toolkit.penalties import (
        L21 as L21,
        GroupL0 as GroupL0,
        GroupMCP as GroupMCP,
        GroupSCAD as GroupSCAD,
        LatentOverlap as LatentOverlap,
        OrthogonallyWeightedL21 as OrthogonallyWeightedL21,
        SparseGroup as SparseGroup,
        WithBounds as WithBounds,
        WithRidge as WithRidge,
    )
    from .toolkit.problem import Problem as Problem
    from .toolkit.selection import alpha_max as alpha_max, solution_path as solution_path
    from .toolkit.solution import Solution as Solution, Status as Status
    from .toolkit.solvers import *  # noqa: F403
else:
    from .toolkit.lazy_names import make_lazy_names

    __getattr__, __dir__, __all__ = make_lazy_names(__name__)
