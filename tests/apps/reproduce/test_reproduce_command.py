"""The verb `reproduce`: three files, and what it refuses."""

import json
import re
import warnings

import pandas as pd
import pytest
from PIL import Image

from groupsparse.apps.reproduce.job import Job, prepare, run

FILES = ("counting.csv", "counting-trials.csv", "counting.png", "counting-trials.jsonl")


@pytest.mark.parametrize("arguments", [[], ["list"]])
def test_every_experiment_is_listed_on_one_line(groupsparse, contents, arguments):
    ran = groupsparse("reproduce", *arguments)
    assert (ran.code, ran.err) == (0, "")
    names = [line.split()[0] for line in ran.out.splitlines()[2:]]
    of_l0l2 = [f"l0l2-fig{n}" for n in range(1, 7)] + ["l0l2-table1", "l0l2-table2"]
    assert names == of_l0l2 + [f"ow-fig{n}" for n in range(1, 6)]
    assert contents() == {}


def test_it_writes_table_rows_figure_and_trials(groupsparse, offered, tmp_path):
    ran = groupsparse("reproduce", "counting", "--trials", 3, "--out", "a/b")
    assert (ran.code, ran.err) == (0, "")
    assert {path.name for path in (tmp_path / "a/b").iterdir()} == set(FILES)
    for word in ("Squares (arithmetic)", "published mean", *(f"a/b/{name}" for name in FILES)):
        assert word in ran.out
    assert pd.read_csv(tmp_path / "a/b/counting.csv").columns.tolist() == ["mean", "published_mean"]
    assert len(pd.read_csv(tmp_path / "a/b/counting-trials.csv")) == 6
    Image.open(tmp_path / "a/b/counting.png").verify()


def test_the_number_of_trials_has_a_default(groupsparse, offered, counting):
    assert groupsparse("reproduce", "counting").code == 0
    assert counting.ran == [0, 1, 2, 3]


def test_a_second_run_goes_on_and_replaces_its_own_files(groupsparse, offered, counting, tmp_path):
    for trials in (2, 3):
        assert groupsparse("reproduce", "counting", "--trials", trials, "--out", "x").code == 0
    assert counting.ran == [0, 1, 2]
    assert len(pd.read_csv(tmp_path / "x/counting-trials.csv")) == 6


def test_overwrite_starts_afresh(groupsparse, offered, counting):
    for more in ((), ("--overwrite",)):
        assert groupsparse("reproduce", "counting", "--trials", 2, "--out", "x", *more).code == 0
    assert counting.ran == [0, 1, 0, 1]


def test_quiet_says_nothing(groupsparse, offered, contents):
    assert groupsparse("reproduce", "counting", "--out", "x", "--quiet") == (0, "", "")
    assert len(contents()) == 5


def test_json_holds_the_summary_the_notes_and_the_files(groupsparse, offered, contents):
    ran = groupsparse("reproduce", "counting", "--trials", 2, "--out", "x", "--json", "-")
    assert (ran.code, ran.err, ran.out.count("\n")) == (0, "", 1)
    values = json.loads(ran.out)
    assert set(values) == {"results", "notes", "files"}
    assert len(values["results"]) == 1
    assert set(values["files"].values()) <= set(map(str, contents()))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], "experiment must be one of counting, l0l2-fig1"),
        (["counting", "--trials", 0], "trials must be an integer of at least 1, got 0"),
        (["counting", "--trials", -3], "trials must be an integer of at least 1, got -3"),
        (["counting", "--jobs", 0], "jobs must be an integer of at least 1, got 0"),
        (["counting", "--out", "file"], "file is not a folder"),
        (["counting", "--out", "file/x"], "file is not a folder"),
        (["counting", "--out", "used"], "counting.csv exists already (--overwrite replaces it)"),
        (
            ["counting", "--out", "bad"],
            "does not hold trials (choose another --out, or start again with --overwrite)",
        ),
        (["counting", "--out", "folder"], "exists already and is not a file"),
        (["counting", "--out", "new", "--json", "new/counting.csv"], "is named twice"),
    ],
    ids=str,
)
def test_what_it_refuses(groupsparse, offered, counting, contents, tmp_path, arguments, words):
    (tmp_path / "file").touch()
    for folder in ("used", "bad", "folder/counting-trials.jsonl"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "used/counting.csv").write_text("mine")
    (tmp_path / "bad/counting-trials.jsonl").write_text("{}\n")
    before = contents()
    ran = groupsparse("reproduce", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert re.fullmatch(r"groupsparse: error: [^\n]+\n", ran.err)
    assert words in ran.err
    assert contents() == before
    assert counting.ran == []


def test_an_interruption_says_what_is_kept(groupsparse, offered, counting):
    counting.interrupt_at.append(2)
    ran = groupsparse("reproduce", "counting", "--out", "x")
    assert (ran.code, ran.out) == (130, "")
    assert ran.err.startswith("2 of 4 trials are kept in x/counting-trials.jsonl: the same command")
    counting.interrupt_at.clear()
    assert groupsparse("reproduce", "counting", "--out", "x").code == 0
    assert counting.ran == [0, 1, 2, 3]


def test_an_interruption_at_the_first_trial_leaves_nothing(
    groupsparse, offered, counting, contents
):
    counting.interrupt_at.append(0)
    assert groupsparse("reproduce", "counting", "--out", "x").code == 130
    assert contents() == {}


def test_a_large_experiment_runs_alone(tiny, tmp_path):
    with pytest.warns(UserWarning, match="l0l2-fig3 is too large .*: jobs is 1 instead of 2"):
        assert prepare(Job(tiny["l0l2-fig3"], tmp_path, jobs=2)).jobs == 1


def test_seconds_of_trials_side_by_side_are_marked(tiny, tmp_path):
    """Also trials of earlier runs: here the file says that two ran at the same time."""
    job = Job(tiny["l0l2-fig2"], tmp_path, n_trials=1)
    run(job)
    kept = tmp_path / "l0l2-fig2-trials.jsonl"
    assert len(run(job).notes) == 1
    kept.write_text(kept.read_text().replace('"jobs": 1', '"jobs": 2', 1))
    with warnings.catch_warnings(action="error"):
        notes = run(job).notes
    assert "only trials that run alone have times that can be compared" in notes[-1]
