"""Phase transitions: scores, tables, panels, and trials that are run only once."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from groupsparse.apps.reproduce.catalogue import find_experiment
from groupsparse.apps.reproduce.job import Job, prepare, run
from groupsparse.apps.reproduce.orthogonal.figures import FIGURE_1, FIGURE_3
from groupsparse.apps.reproduce.orthogonal.methods import METHODS
from groupsparse.apps.reproduce.orthogonal.phase_transition import Panel, run_phase_transition
from groupsparse.apps.reproduce.recovery import summarise_recovery
from groupsparse.datasets import make_group_sparse, make_joint_sparse
from groupsparse.toolkit.solvers import BlockOMP

SIZES = {"n_features": 40, "n_channels": 4, "n_active": 3}
GRID = {"rank": (1, 3), "n_rows": (6, 20)}


def somp(problem, noise_level, n_active):
    return BlockOMP(n_groups=n_active).solve(problem)


class Recorder:
    """A method that remembers what it was given."""

    def __init__(self, solve=somp):
        self.solve, self.given = solve, []

    def __call__(self, problem, noise_level, n_active):
        self.given.append((problem.data.copy(), noise_level, n_active))
        return self.solve(problem, noise_level, n_active)


# Methods over a grid


def test_every_combination_seed_and_method_is_one_row():
    trials = run_phase_transition({"a": somp, "b": somp}, GRID, fixed=SIZES, n_trials=3)
    points = trials[["n_rows", "rank", "seed", "method"]]
    assert len(points.drop_duplicates()) == len(trials) == 2 * 2 * 3 * 2
    measured = trials.drop(columns=["method", "seconds"])
    pd.testing.assert_frame_equal(
        measured[trials["method"] == "a"].reset_index(drop=True),
        measured[trials["method"] == "b"].reset_index(drop=True),
    )
    exact = summarise_recovery(trials, ["n_rows", "rank"]).set_index(["n_rows", "rank"])["exact"]
    assert exact[20, 3] == 1 > exact[6, 1]


def test_methods_are_given_the_problem_its_noise_and_the_number_of_rows():
    method = Recorder()
    grid = {"rank": np.arange(1, 3), "noise": [0.1]}
    run_phase_transition({"one": method}, grid, fixed={**SIZES, "n_rows": 12}, n_trials=2)
    expected = [
        make_joint_sparse(12, **SIZES, rank=rank, noise=0.1, random_state=seed)
        for seed in (0, 1)
        for rank in (1, 2)
    ]
    given = method.given[-4:]
    for data, (values, noise_level, n_active) in zip(expected, given, strict=True):
        np.testing.assert_array_equal(values, data.problem.data)
        assert (noise_level, n_active) == (data.noise_level, 3)


def test_other_problems_than_joint_sparse_ones():
    def make(n_active, random_state):
        return make_group_sparse(60, 120, 30, n_active, random_state=random_state)

    trials = run_phase_transition({"omp": somp}, {"n_active": [2, 4]}, make=make, n_trials=2)
    assert trials["exact"].tolist() == [1] * 4


def test_a_file_is_continued_by_points_trials_and_methods(tmp_path):
    path, first, second = tmp_path / "x" / "trials.jsonl", Recorder(), Recorder()
    options = {"fixed": SIZES, "out": path}
    run_phase_transition({"a": first}, {"n_rows": [20], "rank": [1]}, n_trials=1, **options)
    before = len(first.given)
    trials = run_phase_transition({"a": first}, GRID, n_trials=2, **options)
    assert len(first.given) - before == 7
    both = run_phase_transition({"a": first, "b": second}, GRID, n_trials=2, **options)
    assert len(first.given) - before == 7
    assert len(both) == 2 * len(trials) == 16
    assert len(path.read_text().splitlines()) == 17


def test_rows_are_the_same_for_two_jobs_and_methods_may_be_local(tmp_path):
    def local(problem, noise_level, n_active):
        return BlockOMP(n_groups=n_active).solve(problem)

    alone, both = (
        run_phase_transition({"m": local}, GRID, fixed=SIZES, n_trials=2, jobs=jobs)
        for jobs in (1, 2)
    )
    left_out = ["jobs", "seconds"]
    pd.testing.assert_frame_equal(alone.drop(columns=left_out), both.drop(columns=left_out))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"methods": {}}, "methods and grid must not be empty"),
        ({"grid": {}}, "methods and grid must not be empty"),
        ({"grid": {"rank": []}}, "nor any parameter of the grid"),
        ({"n_trials": 0}, "n_trials must be an integer of at least 1, got 0"),
        ({"jobs": 0}, "jobs must be an integer of at least 1, got 0"),
        ({"grid": {"rank": [9]}}, "rank must be an integer from 1 to 3, got 9"),
    ],
)
def test_what_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        run_phase_transition(**{"methods": {"m": somp}, "grid": GRID, "fixed": SIZES, **arguments})


def test_trials_of_other_problems_are_refused(tmp_path):
    options = {"n_trials": 1, "out": tmp_path / "trials.jsonl"}
    run_phase_transition({"m": somp}, GRID, fixed=SIZES, **options)
    with pytest.raises(ValueError, match="another settings"):
        run_phase_transition({"m": somp}, GRID, fixed={**SIZES, "noise": 0.1}, **options)


# The figures of the paper


def test_published_sizes_and_a_shared_point_that_runs_once():
    points = [(task["rank"], task["n_rows"]) for task in FIGURE_1.list_tasks(1)][::6]
    assert len(set(points)) == len(points) == 30 + 31
    assert {rank for rank, n_rows in points if n_rows == 51} == set(range(1, 31))
    assert [n_rows for rank, n_rows in points if rank == 10 and n_rows != 51] == [*range(30, 91, 2)]
    both = replace(FIGURE_1, panels=(*FIGURE_1.panels, Panel("n_rows", (50, 51), {"rank": 10})))
    assert both.list_tasks(1) == FIGURE_1.list_tasks(1)
    assert FIGURE_1.fixed == {"n_features": 128, "n_channels": 30, "n_active": 30, "noise": 0.0}
    assert FIGURE_3.fixed == {**FIGURE_1.fixed, "noise": 0.1}
    assert list(FIGURE_1.methods) == ["ow", "ra-ormp", "sa-music", "sniht", "l21", "sbl"]
    assert FIGURE_1.default_trials == 40


@pytest.mark.parametrize(("first", "second"), [("ow-fig1", "ow-fig2"), ("ow-fig3", "ow-fig4")])
def test_two_figures_share_their_trials(tiny, tmp_path, first, second):
    assert find_experiment(first).list_tasks(2) == find_experiment(second).list_tasks(2)
    done = prepare(Job(tiny[first], tmp_path, n_trials=1))
    run(Job(tiny[first], tmp_path, n_trials=1), done)
    again = prepare(Job(tiny[second], tmp_path, n_trials=1))
    assert again.n_missing == 0
    run(Job(tiny[second], tmp_path, n_trials=1), again)
    names = {path.name for path in tmp_path.iterdir()}
    assert f"{first}-trials.jsonl" in names
    assert f"{second}-trials.jsonl" not in names
    assert {f"{second}.csv", f"{second}.png", f"{second}-trials.csv"} < names
    pd.testing.assert_frame_equal(pd.read_csv(done.paths[0]), pd.read_csv(again.paths[0]))


def test_trials_without_noise_do_not_stand_in_for_those_with_noise(tiny, tmp_path):
    run(Job(tiny["ow-fig1"], tmp_path, n_trials=1))
    shown_as_its_own = replace(tiny["ow-fig3"], trials_of="ow-fig1")
    with pytest.raises(ValueError, match="another settings"):
        prepare(Job(shown_as_its_own, tmp_path, n_trials=1))


@pytest.mark.parametrize(("name", "metric"), [("ow-fig1", "exact"), ("ow-fig4", "rmse")])
def test_each_panel_has_the_curves_of_its_points(tiny, name, metric):
    experiment = tiny[name]
    trials = pd.DataFrame(
        [{**task, **row} for task in experiment.list_tasks(2) for row in experiment.run(task)]
    )
    summary = experiment.summarise(trials)
    axes = experiment.draw(trials, summary).axes
    assert [one.get_xlabel() for one in axes] == ["rank", "n_rows"]
    assert axes[0].get_yscale() == ("linear" if metric == "exact" else "log")
    for one, panel in zip(axes, experiment.panels, strict=True):
        assert len(one.containers) == len(experiment.methods)
        for bars, method in zip(one.containers, experiment.methods.values(), strict=True):
            x, y = bars[0].get_data()
            assert x.tolist() == list(panel.values)
            for value, height in zip(x, y, strict=True):
                point = {**panel.others, panel.parameter: value, "method": method.label}
                row = summary[(summary[list(point)] == list(point.values())).all(axis=1)]
                assert row[metric].item() == height


def test_published_values_stand_at_their_points_only():
    task = {"n_rows": 51, "rank": 10, "seed": 0, "method": "l21"}
    row = {"exact": 1, "n_found": 3, "rmse": 0.1, "rmse_refit": 0.1, "seconds": 0.1}
    rows = [{**task, **row, "status": "CONVERGED", "n_rows": n_rows} for n_rows in (51, 52)]
    summary = FIGURE_3.summarise(pd.DataFrame(rows))
    assert summary["published_exact"].tolist() == pytest.approx([0.8, np.nan], nan_ok=True)
    assert summary["method"].tolist() == [METHODS["l21"].label] * 2


def test_settings_can_be_written(tiny):
    for name in ("ow-fig1", "ow-fig2"):
        settings = tiny[name].make_header()
        assert json.loads(json.dumps(settings)) == settings
        assert settings["experiment"] == "ow-fig1"
    other = replace(tiny["ow-fig1"], methods={}, panels=PANELS_OF_OTHERS)
    assert other.make_header() == tiny["ow-fig1"].make_header()


PANELS_OF_OTHERS = (Panel("rank", (2,), {"n_rows": 9}),)
