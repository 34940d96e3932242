"""The experiments of the l0(l2) paper in small: rows, tables beside published values, figures."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from groupsparse.apps.reproduce.catalogue import EXPERIMENTS, find_experiment
from groupsparse.apps.reproduce.job import Job, prepare, run
from groupsparse.apps.reproduce.l0l2.setting import METHODS, make_solver
from groupsparse.toolkit.diagnostics import oracle_solution
from groupsparse.toolkit.solvers import PrimalDualActiveSet

NAMES = [experiment.name for experiment in EXPERIMENTS]
PUBLISHED = {
    "l0l2-fig1": ["published_text"],
    "l0l2-fig2": ["published_over_gpdasc"],
    "l0l2-fig3": ["published_over_gpdasc"],
    "l0l2-fig4": ["published_text"],
    "l0l2-fig5": ["published_text"],
    "l0l2-fig6": ["published_text"],
    "l0l2-table1": ["published_psnr", "published_seconds"],
    "l0l2-table2": ["published_psnr", "published_seconds"],
    **{f"ow-fig{n}": ["published_exact"] for n in range(1, 5)},
    "ow-fig5": ["published_rmse"],
}


@pytest.fixture(scope="module")
def results(tmp_path_factory, tiny):
    """The files of an experiment, made when they are first asked for."""
    folder, done = tmp_path_factory.mktemp("results"), {}

    def of(name):
        if name not in done:
            job = Job(tiny[name], folder, n_trials=2 - ("table" in name))
            done[name] = prepare(job)
            run(job, done[name])
        return done[name]

    return of


def tables(prepared) -> tuple[pd.DataFrame, pd.DataFrame]:
    summary, trials, _ = prepared.paths
    return pd.read_csv(summary), pd.read_csv(trials)


@pytest.mark.parametrize("name", NAMES)
def test_summary_and_figure(results, name):
    prepared = results(name)
    summary, trials = tables(prepared)
    assert [column for column in summary if column.startswith("published")] == PUBLISHED[name]
    assert (trials["jobs"] == 1).all()
    with Image.open(prepared.paths[2]) as image:
        image.load()
        assert min(image.size) > 300
        assert len(image.convert("RGB").getcolors(1_000_000)) > 20


@pytest.mark.parametrize("name", NAMES)
def test_one_task_gives_the_same_rows_again(results, tiny, name):
    experiment, (_, trials) = tiny[name], tables(results(name))
    task = experiment.list_tasks(1)[-1]
    again = pd.DataFrame([{**task, **row} for row in experiment.run(task)])
    kept = trials[(trials[list(task)] == list(task.values())).all(axis=1)]
    left_out = ["seconds", "jobs"]
    pd.testing.assert_frame_equal(
        kept.drop(columns=left_out, errors="ignore").reset_index(drop=True),
        again.drop(columns=left_out, errors="ignore"),
        check_dtype=False,
        rtol=1e-6,
        atol=1e-9,
    )


def test_fewer_trials_are_among_more():
    for experiment in EXPERIMENTS:
        few, many = experiment.list_tasks(2), experiment.list_tasks(3)
        assert many[: len(few)] == few
        assert len(many) * 2 == len(few) * 3


def test_published_sizes():
    """Of figures 1, 2 and 3: (n, p, N, T, s, DR, theta, sigma)."""
    first, second, third = map(find_experiment, ("l0l2-fig1", "l0l2-fig2", "l0l2-fig3"))
    assert len(first.list_tasks(1)) == 20
    assert {task["n_active"] for task in first.list_tasks(1)} == set(range(10, 101, 10))
    assert [task["n_active"] for task in second.list_tasks(1)][::4] == [150, 200, 250, 300, 350]
    assert [task["n_active"] for task in third.list_tasks(1)][::4] == list(range(500, 801, 50))
    for experiment, s in ((first, 4), (second, 4), (third, 4)):
        assert experiment.setting.n_features == s * experiment.setting.n_groups
    assert (first.thetas, second.theta, third.theta) == ((0.0, 3.0), 1.0, 10.0)


def test_shares_of_exact_supports(results):
    summary, trials = tables(results("l0l2-fig1"))
    assert len(summary) == 2 * 2 * 4
    assert (summary["n_trials"] == 2).all()
    assert summary["exact"].between(summary["exact_low"], summary["exact_high"]).all()
    few = summary[(summary["n_active"] == 2) & (summary["theta"] == 0)].set_index("method")
    assert few["exact"][METHODS["gpdasc"]] == few["exact"][METHODS["mcp"]] == 1
    found = trials["n_found"] - trials["n_wrong"] + trials["n_missed"]
    assert (found == trials["n_active"]).all()
    assert ((trials["n_wrong"] + trials["n_missed"] == 0) == (trials["exact"] == 1)).all()


def test_times_are_compared_with_gpdasc(results):
    summary, _ = tables(results("l0l2-fig2"))
    for _, rows in summary.groupby("n_active"):
        own = rows.loc[rows["method"] == METHODS["gpdasc"], "seconds"].item()
        np.testing.assert_allclose(rows["seconds_over_gpdasc"], rows["seconds"] / own)
    said = summary.set_index("method")["published_over_gpdasc"]
    assert set(said[METHODS["gomp"]]) == {"at least 3 to 4"}
    assert said[METHODS["l21"]].isna().all()


@pytest.mark.parametrize("name", ["l0l2-fig4", "l0l2-fig5", "l0l2-fig6"])
def test_the_path_is_the_solvers(results, tiny, name):
    """Every strength of the grid down to the last, and at the last the solver's own result."""
    experiment, (_, trials) = tiny[name], tables(results(name))
    for (theta, seed), path in trials.groupby(["theta", "seed"]):
        data = experiment.setting.make_problem(theta=theta, n_active=4, seed=seed)
        solver = PrimalDualActiveSet(noise_level=data.noise_level, max_inner=5)
        solution = solver.solve(data.problem)
        assert path["step"].tolist() == list(range(1, len(path) + 1))
        last = path.iloc[-1]
        first = 0.5 * data.problem.data @ data.problem.data
        assert last["alpha_ratio"] == pytest.approx(solution.alpha / first)
        assert path["inner"].sum() == solution.iterations
        assert (path["entered"] - path["left"]).cumsum().tolist() == path["n_active"].tolist()
        assert last["n_active"] == solution.active_groups.size
        assert last["residual_ratio"] <= 1 < path["residual_ratio"].iloc[-2]
        oracle = oracle_solution(data.problem, data.active_groups)
        error = np.linalg.norm(solution.coef - oracle) / np.linalg.norm(oracle)
        assert last["oracle_error"] == pytest.approx(error, abs=1e-12)
        assert path["oracle_error"].iloc[0] == 1


def test_path_summaries(results):
    inner, changes, error = (tables(results(f"l0l2-fig{n}"))[0] for n in (4, 5, 6))
    shares = inner[[column for column in inner if column.startswith("share")]]
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert (changes["largest_entered"] >= 1).all()
    assert (error["first_error"] == 1).all()
    assert (error["last_error"] < 1e-9).all()


def test_the_picture_is_recovered_as_well_as_by_the_oracle(results):
    summary, trials = tables(results("l0l2-table1"))
    psnr = trials.set_index("method")["psnr"]
    assert psnr["gpdasc"] == pytest.approx(psnr["oracle"], abs=0.01)
    assert psnr["gpdasc"] > 48
    assert (trials["exact"] == 1).all()
    published = summary.set_index("method")["published_psnr"].dropna()
    assert published.tolist() == [48.2, 47.9, 22.2, 48.1]


def test_the_phantom_stands_beside_the_oracle_and_what_was_published(results):
    summary, _ = tables(results("l0l2-table2"))
    first = summary.iloc[0]
    assert first["zero_filled_psnr"] + 10 < first["psnr"] < first["oracle_psnr"]
    assert summary["published_psnr"].tolist() == [38.7, 37.3, 20.1, 38.2]
    assert summary["published_seconds"].tolist() == [48.5, 203.0, 14.3, 212.0]


def test_unknown_names():
    with pytest.raises(ValueError, match=r"experiment must be one of l0l2-fig1, .* got 'x'"):
        find_experiment("x")
    with pytest.raises(ValueError, match="method must be one of gpdasc, gomp, l21, mcp, got 'x'"):
        make_solver("x", 1.0)
