"""Trials: none is run twice, none is lost, and their rows do not depend on how they are run."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config

from groupsparse.apps.reproduce.trials import find_missing_tasks, run_trials, tabulate_trials
from groupsparse.apps.reproduce.trials_file import FinishedTrial, TrialsFile


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new" / "trials.jsonl"


def run(experiment, path, n_trials, **options) -> pd.DataFrame:
    file = TrialsFile(path, experiment.make_header())
    return run_trials(experiment, experiment.list_tasks(n_trials), file, **options)


def test_rows_come_in_the_order_of_tasks_with_their_parameters(counting, path):
    trials = run(counting, path, 3)
    assert trials.columns.tolist() == ["seed", "jobs", "sign", "value"]
    assert trials["value"].tolist() == [0, 0, 1, -1, 4, -4]


def test_the_file_is_a_header_and_one_line_per_trial(counting, path):
    run(counting, path, 3)
    header, *lines = map(json.loads, path.read_text().splitlines())
    assert header == counting.make_header()
    assert [line["task"] for line in lines] == counting.list_tasks(3)


def test_more_trials_later_run_only_what_is_missing(counting, path):
    run(counting, path, 2)
    ended = []
    trials = run(counting, path, 5, on_done=lambda: ended.append(1))
    assert counting.ran == [0, 1, 2, 3, 4]
    assert len(ended) == 3
    assert trials["seed"].unique().tolist() == [0, 1, 2, 3, 4]


def test_fewer_trials_later_run_nothing_and_keep_all(counting, path):
    before = run(counting, path, 4)
    content = path.read_bytes()
    pd.testing.assert_frame_equal(run(counting, path, 2), before[:4])
    assert counting.ran == [0, 1, 2, 3]
    assert path.read_bytes() == content


def test_an_interruption_keeps_what_is_done(counting, path):
    counting.interrupt_at.append(2)
    with pytest.raises(KeyboardInterrupt):
        run(counting, path, 4)
    counting.interrupt_at.clear()
    trials = run(counting, path, 4)
    assert counting.ran == [0, 1, 2, 3]
    assert len(trials) == 8


@pytest.mark.parametrize("lost", [1, 2, 10, 60])
def test_a_line_torn_by_a_kill_is_run_and_written_again(counting, path, lost):
    """Even one that lacks only its line end."""
    expected = run(counting, path, 3)
    whole = path.read_bytes()
    path.write_bytes(whole[:-lost])
    pd.testing.assert_frame_equal(run(counting, path, 3), expected)
    assert counting.ran == [0, 1, 2, 2]
    assert path.read_bytes() == whole


def test_a_torn_line_alone_changes_no_file(counting, path):
    run(counting, path, 3)
    path.write_bytes(torn := path.read_bytes()[:-4])
    TrialsFile(path, counting.make_header())
    assert path.read_bytes() == torn


@pytest.mark.parametrize(
    ("change", "words"),
    [({"version": 2}, "another version"), ({"power": 3}, "another settings")],
)
def test_trials_of_another_kind_are_refused(counting, path, change, words):
    run(counting, path, 2)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=f"holds trials with {words}$"):
        run(replace(counting, **change), path, 2)
    assert path.read_bytes() == before


@pytest.mark.parametrize("change", [{"version": 2}, {"power": 3}])
def test_a_restart_replaces_them_when_the_first_trial_is_done(counting, path, change):
    run(counting, path, 2)
    before = path.read_bytes()
    other = replace(counting, **change)
    file = TrialsFile(path, other.make_header(), restart=True)
    assert path.read_bytes() == before
    run_trials(other, other.list_tasks(1), file)
    assert list(TrialsFile(path, other.make_header()).finished) == ['{"seed": 0}']


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no line end", "does not hold trials"),
        (b"no JSON\n", "cannot be read in line 1"),
        (b'{"a": 1}\n', "does not hold trials"),
        (b"[1]\n", "does not hold trials"),
        (b"%(header)s\n\xff\n", "cannot be read in line 2"),
        (b'%(header)s\n{"seed": 0}\n', "does not hold a trial in line 2"),
        (b"%(header)s\n3\n", "does not hold a trial in line 2"),
    ],
)
def test_what_holds_no_trials_is_refused(counting, tmp_path, content, words):
    path = tmp_path / "other.jsonl"
    header = json.dumps(counting.make_header()).encode()
    path.write_bytes(content.replace(b"%(header)s", header))
    with pytest.raises(ValueError, match=words):
        TrialsFile(path, counting.make_header())


def test_an_empty_file_is_no_obstacle(counting, path):
    path.parent.mkdir()
    path.touch()
    assert len(run(counting, path, 1)) == 2


def test_nothing_is_made_before_the_first_trial_is_done(counting, path):
    counting.interrupt_at.append(0)
    with pytest.raises(KeyboardInterrupt):
        run(counting, path, 4)
    assert not path.parent.exists()


def test_numbers_of_numpy_are_kept_as_numbers(path):
    row = {"count": np.int64(3), "flag": np.bool_(True), "x": np.float32(0.5), "psnr": np.inf}
    TrialsFile(path, {}).add(FinishedTrial({"seed": 0}, 1, [row]))
    (trial,) = TrialsFile(path, {}).finished.values()
    assert trial.rows == [{"count": 3, "flag": True, "x": 0.5, "psnr": np.inf}]


def test_rows_do_not_depend_on_the_number_of_jobs(tiny, tmp_path):
    """Up to durations, to the last bit, although two processes end in any order."""
    experiment = tiny["l0l2-fig1"]
    alone = run(experiment, tmp_path / "1.jsonl", 2, jobs=1)
    both = run(experiment, tmp_path / "2.jsonl", 2, jobs=2)
    assert (set(alone["jobs"]), set(both["jobs"])) == ({1}, {2})
    left_out = ["jobs", "seconds"]
    pd.testing.assert_frame_equal(
        alone.drop(columns=left_out), both.drop(columns=left_out), check_exact=True
    )


def test_joblib_s_context_decides_where_trials_run(counting, path):
    """Such as a Dask cluster; here threads, which can be counted in this process."""
    with parallel_config(backend="threading"):
        trials = run(counting, path, 5, jobs=2)
    assert sorted(counting.ran) == [0, 1, 2, 3, 4]
    assert trials["value"].tolist() == [0, 0, 1, -1, 4, -4, 9, -9, 16, -16]


def test_missing_tasks(counting, path):
    file = TrialsFile(path, counting.make_header())
    assert find_missing_tasks(counting.list_tasks(2), file) == [{"seed": 0}, {"seed": 1}]
    file.add(FinishedTrial({"seed": 0}, 1, []))
    assert find_missing_tasks(counting.list_tasks(2), file) == [{"seed": 1}]


def test_a_trial_may_have_no_row():
    assert tabulate_trials([FinishedTrial({"seed": 0}, 1, [])]).empty
