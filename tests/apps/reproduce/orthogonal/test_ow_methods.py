"""Every method of the comparison finds rows that are easy to find."""

import numpy as np
import pytest

from groupsparse.apps.reproduce.orthogonal.figures import FIGURE_1, FIGURE_3
from groupsparse.apps.reproduce.orthogonal.methods import COMPARED, METHODS
from groupsparse.apps.reproduce.orthogonal.phase_transition import run_phase_transition
from groupsparse.apps.reproduce.recovery import summarise_recovery
from groupsparse.datasets import make_joint_sparse


@pytest.mark.parametrize("snr_db", [None, 30.0], ids=["exact data", "noisy data"])
@pytest.mark.parametrize("name", METHODS)
def test_every_method_finds_easy_rows(name, snr_db):
    """As many channels as active rows, and five measurements for each of them."""
    data = make_joint_sparse(40, 60, 8, 8, rank=8, snr_db=snr_db, random_state=2)
    solution = METHODS[name].solve(data.problem, data.noise_level, 8)
    norms = np.linalg.norm(solution.coef, axis=1)
    assert set(np.argsort(-norms)[:8]) == set(data.active_groups)


def test_methods_of_the_figures_are_those_of_the_paper_and_one_more():
    assert list(FIGURE_1.methods) == list(FIGURE_3.methods) == list(COMPARED)
    assert set(COMPARED) - {"sbl"} == {"ow", "ra-ormp", "sa-music", "sniht", "l21"}


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_recovery_in_the_paper_s_setting(noise):
    """At M = 51 and rank 6 the published implementation finds .83 without noise, 1 with it."""
    names = ("ow", "sbl", "ra-ormp-level")
    trials = run_phase_transition(
        {name: METHODS[name].solve for name in names},
        {"rank": [6, 10]},
        fixed={"noise": noise},
        n_trials=4,
    )
    assert (summarise_recovery(trials, ["rank", "method"])["exact"] == 1).all()
