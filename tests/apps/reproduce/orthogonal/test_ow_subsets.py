"""Figure 5: its trials, its two kinds of seeds, and what it shows."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from groupsparse.apps.reproduce.job import Job, prepare
from groupsparse.apps.reproduce.orthogonal.subsets import FIGURE_5, LABELS, LOADERS
from groupsparse.toolkit.subsets.methods import METHODS

TINY = replace(FIGURE_5, sizes={"WISCONSIN": 8}, methods=("search", "forward"))


@pytest.fixture(scope="module", name="trials")
def all_trials():
    rows = [{**task, "jobs": 1, **row} for task in TINY.list_tasks(2) for row in TINY.run(task)]
    return pd.DataFrame(rows)


def test_tasks_are_seeds_data_sets_and_methods():
    assert set(LABELS) <= set(METHODS)
    assert set(FIGURE_5.sizes) == set(LOADERS)
    tasks = FIGURE_5.list_tasks(1)
    assert len(tasks) == 2 * len(LABELS)
    assert FIGURE_5.list_tasks(3)[: len(tasks)] == tasks


def test_the_first_seed_is_the_data_as_they_are_and_others_balance_the_classes(trials):
    curves = trials[trials["method"] == "search"].pivot(
        index="n_features", columns="seed", values="rmse"
    )
    assert curves.loc[8, 0] <= 0.339
    assert (np.abs(curves[0] - curves[1]) > 1e-6).all()
    assert np.allclose(curves[0], curves[1], rtol=0.1)


def test_the_summary_puts_what_was_seen_beside(trials):
    summary = TINY.summarise(trials)
    assert summary["method"].unique().tolist() == [LABELS["search"], LABELS["forward"]]
    assert summary["published_rmse"].isna().all()  # they are of the paper's method
    first = trials[trials["seed"] == 0].iloc[15]
    assert first["rmse"] == pytest.approx(0.357, abs=6e-4)  # of forward selection, seen before
    columns = {"data": "WISCONSIN", "seed": 0, "method": "ow", "n_features": [8, 9]}
    row = pd.DataFrame({**columns, "rmse": 0.31, "bound": 0.25, "seconds": 1.0})
    assert TINY.summarise(row)["published_rmse"].tolist() == [
        pytest.approx(np.nan, nan_ok=True),
        0.3135,
    ]
    figure = TINY.draw(trials, summary)
    assert [axes.get_title() for axes in figure.axes] == ["WISCONSIN"]


def test_a_data_set_that_cannot_be_loaded_is_left_out_with_a_warning(monkeypatch, trials, tmp_path):
    def fail():
        raise FileNotFoundError("lung_discrete.mat is not here")

    both = replace(TINY, sizes={"LUNG_DISCRETE": 8, "WISCONSIN": 8})
    monkeypatch.setitem(LOADERS, "LUNG_DISCRETE", fail)
    job = Job(both, tmp_path)
    with pytest.warns(UserWarning, match=r"LUNG_DISCRETE is left out: lung_discrete.mat is not"):
        prepared = prepare(job)
    assert [task["data"] for task in prepared.tasks] == ["WISCONSIN"] * 2
    figure = both.draw(trials, both.summarise(trials))
    assert [axes.get_title() for axes in figure.axes] == ["WISCONSIN"]

    monkeypatch.setitem(LOADERS, "WISCONSIN", fail)
    with (
        pytest.warns(UserWarning, match="is left out"),
        pytest.raises(ValueError, match="ow-fig5 cannot be run: none of its data are here"),
    ):
        prepare(job)
