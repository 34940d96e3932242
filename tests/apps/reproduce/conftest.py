"""The experiments in sizes that take no time, and one that counts its runs."""

from dataclasses import dataclass, field, replace

import pandas as pd
import pytest
from matplotlib.figure import Figure

from groupsparse.apps.reproduce.experiment import Experiment
from groupsparse.apps.reproduce.l0l2.lit_pixels import TABLE_1
from groupsparse.apps.reproduce.l0l2.path_figures import FIGURE_4, FIGURE_5, FIGURE_6
from groupsparse.apps.reproduce.l0l2.phantom import TABLE_2
from groupsparse.apps.reproduce.l0l2.setting import TrialSetting
from groupsparse.apps.reproduce.l0l2.support import FIGURE_1
from groupsparse.apps.reproduce.l0l2.time import FIGURE_2, FIGURE_3
from groupsparse.apps.reproduce.orthogonal.figures import (
    FIGURE_1 as OW_FIGURE_1,
    FIGURE_2 as OW_FIGURE_2,
    FIGURE_3 as OW_FIGURE_3,
    FIGURE_4 as OW_FIGURE_4,
)
from groupsparse.apps.reproduce.orthogonal.methods import METHODS
from groupsparse.apps.reproduce.orthogonal.phase_transition import Panel
from groupsparse.apps.reproduce.orthogonal.subsets import FIGURE_5 as OW_FIGURE_5

PANELS = (
    Panel("rank", (1, 3), {"n_rows": 20}),
    Panel("n_rows", (8, 14, 20), {"rank": 3}),
)
SETTING = TrialSetting(60, 120, 30, dynamic_range=10.0, sigma=1e-3)

TINY = {
    experiment.name: experiment
    for experiment in (
        replace(FIGURE_1, setting=SETTING, n_active=(2, 5)),
        replace(FIGURE_2, setting=SETTING, n_active=(2, 5)),
        replace(FIGURE_3, setting=SETTING, n_active=(2, 5), theta=3.0),
        *(
            replace(figure, setting=SETTING, n_active=4)
            for figure in (FIGURE_4, FIGURE_5, FIGURE_6)
        ),
        replace(TABLE_1, methods=("gpdasc", "oracle")),
        replace(TABLE_2, methods=("gpdasc",)),
        replace(OW_FIGURE_5, sizes={"WISCONSIN": 4}, methods=("forward", "pivoted-qr")),
        *(
            replace(
                figure,
                panels=PANELS,
                methods={name: METHODS[name] for name in ("l21", "somp")},
                fixed={**figure.fixed, "n_features": 40, "n_channels": 5, "n_active": 4},
            )
            for figure in (OW_FIGURE_1, OW_FIGURE_2, OW_FIGURE_3, OW_FIGURE_4)
        ),
    )
}


@dataclass(frozen=True, kw_only=True)
class Counting(Experiment):
    """Two rows per seed; remembers which seeds were run, and may be interrupted at one."""

    name: str = "counting"
    title: str = "Squares"
    source: str = "arithmetic"
    default_trials: int = 4
    power: int = 2
    ran: list = field(default_factory=list)
    interrupt_at: list = field(default_factory=list)

    def list_tasks(self, n_trials):
        return [{"seed": seed} for seed in range(n_trials)]

    def run(self, task):
        if task["seed"] in self.interrupt_at:
            raise KeyboardInterrupt
        self.ran.append(task["seed"])
        return [{"sign": sign, "value": sign * task["seed"] ** self.power} for sign in (1, -1)]

    def summarise(self, trials):
        return pd.DataFrame({"mean": [trials["value"].mean()], "published_mean": [0.0]})

    def draw(self, trials, summary):
        return Figure()

    def make_header(self):
        return {"experiment": self.name, "version": self.version, "settings": {"power": self.power}}


@pytest.fixture
def counting() -> Counting:
    return Counting()


@pytest.fixture
def offered(monkeypatch, counting):
    """What the command line offers: the counting experiment and the tiny ones."""
    experiments = (counting, *TINY.values())
    monkeypatch.setattr("groupsparse.apps.reproduce.catalogue.EXPERIMENTS", experiments)
    return experiments


@pytest.fixture(scope="session")
def tiny() -> dict[str, Experiment]:
    return TINY
