"""Every experiment by its name."""

from __future__ import annotations

from .experiment import Experiment
from .l0l2.lit_pixels import TABLE_1
from .l0l2.path_figures import FIGURE_4, FIGURE_5, FIGURE_6
from .l0l2.phantom import TABLE_2
from .l0l2.support import FIGURE_1
from .l0l2.time import FIGURE_2, FIGURE_3
from .orthogonal.figures import (
    FIGURE_1 as OW_FIGURE_1,
    FIGURE_2 as OW_FIGURE_2,
    FIGURE_3 as OW_FIGURE_3,
    FIGURE_4 as OW_FIGURE_4,
)
from .orthogonal.subsets import FIGURE_5 as OW_FIGURE_5

EXPERIMENTS: tuple[Experiment, ...] = (
    FIGURE_1,
    FIGURE_2,
    FIGURE_3,
    FIGURE_4,
    FIGURE_5,
    FIGURE_6,
    TABLE_1,
    TABLE_2,
    OW_FIGURE_1,
    OW_FIGURE_2,
    OW_FIGURE_3,
    OW_FIGURE_4,
    OW_FIGURE_5,
)


def find_experiment(name: str) -> Experiment:
    """Return an experiment by its name.

    >>> find_experiment("l0l2-fig1").default_trials
    100
    """
    found = {experiment.name: experiment for experiment in EXPERIMENTS}
    if name not in found:
        raise ValueError(f"experiment must be one of {', '.join(found)}, got {name!r}")
    return found[name]
