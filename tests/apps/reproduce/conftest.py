"""The experiments in sizes that take no time, and one that counts its runs."""

from dataclasses import dataclass, field, replace

import pandas as pd
import pytest
from matplotlib.figure import Figure

from groupsparse.apps.reproduce.experiment import Experiment
from groupsparse.apps.reproduce.l0l2_lit_pixels import TABLE_1
from groupsparse.apps.reproduce.l0l2_path_figures import FIGURE_4, FIGURE_5, FIGURE_6
from groupsparse.apps.reproduce.l0l2_phantom import TABLE_2
from groupsparse.apps.reproduce.l0l2_support import FIGURE_1
from groupsparse.apps.reproduce.l0l2_time import FIGURE_2, FIGURE_3
from groupsparse.apps.reproduce.setting import Setting

SETTING = Setting(60, 120, 30, dynamic_range=10.0, sigma=1e-3)

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

    def tasks(self, n_trials):
        return [{"seed": seed} for seed in range(n_trials)]

    def run(self, task):
        if task["seed"] in self.interrupt_at:
            raise KeyboardInterrupt
        self.ran.append(task["seed"])
        return [{"sign": sign, "value": sign * task["seed"] ** self.power} for sign in (1, -1)]

    def summary(self, trials):
        return pd.DataFrame({"mean": [trials["value"].mean()], "published_mean": [0.0]})

    def draw(self, trials, summary):
        return Figure()

    def settings(self):
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
