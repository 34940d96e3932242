"""`groupsparse datasets`: what it lists, fetches and verifies, and how it fails."""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pooch
import pytest
import requests
import scipy.io

from groupsparse.datasets import catalogue
from groupsparse.datasets.samples import lung_discrete

FILE = "lung_discrete.mat"


@pytest.fixture(autouse=True)
def asked(monkeypatch, tmp_path):
    """Two data sets, no network, an empty cache, no variable: the addresses that were asked for."""
    addresses = []
    known = [catalogue.find_dataset(name) for name in ("wisconsin", "lung_discrete")]
    monkeypatch.setattr(catalogue, "DATASETS", tuple(known))

    def refuse(self, url, output_file, pooch, check_only=False):
        addresses.append(url)
        raise requests.ConnectionError("no route to host")

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", refuse)
    monkeypatch.setattr(pooch, "os_cache", lambda name: tmp_path / "cache" / name)
    monkeypatch.delenv("GROUPSPARSE_DATA", raising=False)
    monkeypatch.setattr(pooch.get_logger(), "disabled", True)
    return addresses


@pytest.fixture
def content(monkeypatch, tmp_path) -> bytes:
    """A file that stands in for the real one, which need not be here."""
    path = tmp_path / "stand-in"
    labels = np.arange(73)[:, None] % 7 + 1
    scipy.io.savemat(path, {"X": np.zeros((73, 325)), "Y": labels}, appendmat=False)
    raw = path.read_bytes()
    path.unlink()
    file = replace(lung_discrete.FILE, sha256=hashlib.sha256(raw).hexdigest())
    monkeypatch.setattr(lung_discrete, "FILE", file)
    datasets = [replace(each, file=file) if each.file else each for each in catalogue.DATASETS]
    monkeypatch.setattr(catalogue, "DATASETS", tuple(datasets))
    return raw


@pytest.fixture
def folders(tmp_path, content):
    """Folders in which the file is good, damaged and missing."""
    for name, raw in (("good", content), ("damaged", content[:-1]), ("empty", None)):
        (tmp_path / name).mkdir()
        if raw is not None:
            (tmp_path / name / FILE).write_bytes(raw)


def test_list(groupsparse, folders):
    ran = groupsparse("datasets", "list")
    assert (ran.code, ran.err) == (0, "")
    lines = [line.split() for line in ran.out.splitlines()]
    columns = ["name", "samples", "features", "classes", "licence", "source", "here"]
    assert lines[0] == columns
    assert lines[2][:4] == ["wisconsin", "569", "30", "2"]
    assert "comes with scikit-learn" in ran.out
    assert (lines[3][:4], lines[3][-1]) == (["lung_discrete", "73", "325", "7"], "no")
    ran = groupsparse("datasets", "list", "--folder", "good")
    assert ran.out.splitlines()[3].split()[-1] == f"good/{FILE}"


def test_list_as_json(groupsparse, folders, tmp_path):
    ran = groupsparse("datasets", "list", "--json", "-")
    wisconsin, lung = json.loads(ran.out)["datasets"]
    assert (wisconsin["samples"], lung["licence"], lung["here"]) == (569, "not stated", "no")
    ran = groupsparse("datasets", "list", "--json", "list.json")
    assert "wisconsin" in ran.out
    assert json.loads((tmp_path / "list.json").read_text())["datasets"] == [wisconsin, lung]
    ran = groupsparse("datasets", "list", "--json", "list.json")
    assert (ran.code, ran.out) == (2, "")
    assert "exists already (--overwrite replaces it)" in ran.err


@pytest.mark.parametrize("state", ["good", "damaged", "missing"])
def test_check(groupsparse, folders, contents, asked, state):
    before = contents()
    folder = "empty" if state == "missing" else state
    ran = groupsparse("datasets", "check", "--folder", folder)
    assert ran.code == (0 if state == "good" else 1)
    rows = [line.split()[:2] for line in ran.out.splitlines()[2:]]
    assert rows == [["wisconsin", "good"], ["lung_discrete", state]]
    problem = {"good": "", "damaged": f"damaged/{FILE} is damaged", "missing": "Put the file from"}
    assert problem[state] in ran.err
    assert ran.err.count("\n") == (state != "good")
    assert (contents(), asked) == (before, [])


@pytest.mark.parametrize("verb", ["list", "fetch", "check"])
def test_no_verb_replaces_a_data_set(groupsparse, folders, tmp_path, content, verb):
    options = ("--folder", "good", "--json", f"good/../good/{FILE}", "--overwrite", "--quiet")
    ran = groupsparse("datasets", verb, *options)
    assert ran.code == 2
    assert "is named twice" in ran.err
    assert (tmp_path / "good" / FILE).read_bytes() == content


def test_check_some_as_json(groupsparse, folders):
    ran = groupsparse("datasets", "check", "wisconsin", "--folder", "damaged", "--json", "-")
    assert (ran.code, ran.err) == (0, "")
    ran = groupsparse("datasets", "check", "lung_discrete", "--folder", "damaged", "--json", "-")
    assert ran.code == 1
    (row,) = json.loads(ran.out)["datasets"]
    assert (row["name"], row["state"], row["here"]) == (
        "lung_discrete",
        "damaged",
        f"damaged/{FILE}",
    )
    assert "its sha256 is" in row["problem"]


def test_fetch_downloads_once_what_is_missing(
    groupsparse, folders, content, asked, monkeypatch, tmp_path
):
    def answer(self, url, output_file, pooch, check_only=False):
        asked.append(url)
        with open(output_file, "wb") as file:
            file.write(content)

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", answer)
    place = tmp_path / "cache/groupsparse" / FILE
    for _ in range(2):
        ran = groupsparse("datasets", "fetch")
        assert (ran.code, ran.err) == (0, "")
        assert ran.out == f"wisconsin: comes with scikit-learn\nlung_discrete: {place}\n"
    assert place.read_bytes() == content
    assert asked == [lung_discrete.FILE.address]


def test_fetch_copies_what_is_in_the_default_folder(
    groupsparse, folders, content, asked, monkeypatch, tmp_path
):
    monkeypatch.setenv("GROUPSPARSE_DATA", "good")
    ran = groupsparse("datasets", "fetch", "lung_discrete", "--folder", "empty")
    assert ran == (0, f"lung_discrete: empty/{FILE}\n", "")
    assert (tmp_path / "empty" / FILE).read_bytes() == content
    assert [path.name for path in (tmp_path / "empty").iterdir()] == [FILE]
    assert asked == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["fetch", "--folder", "damaged"], f"damaged/{FILE} is damaged or a different file"),
        (["fetch", "--folder", "empty"], "could not be downloaded (no route to host). Put the"),
        (["fetch", "lung"], "dataset must be one of wisconsin, lung_discrete, got 'lung'"),
        (["check", "lung"], "dataset must be one of wisconsin, lung_discrete, got 'lung'"),
        (["list", "--folder", "none"], "--folder: none is not a folder that exists"),
        (["check", "--folder", f"good/{FILE}"], "is not a folder that exists"),
    ],
)
def test_errors_are_one_line_and_change_no_file(groupsparse, folders, contents, arguments, words):
    before = contents()
    ran = groupsparse("datasets", *arguments)
    assert ran.code == 2
    assert ran.err.startswith("groupsparse: error: ")
    assert ran.err.count("\n") == 1
    assert words in ran.err
    assert contents() == before


@pytest.mark.parametrize("verb", [[], ["list"], ["fetch"], ["check"]])
def test_help_without_numerical_libraries(verb, tmp_path):
    command = [sys.executable, "-X", "importtime", "-m", "groupsparse", "datasets", *verb, "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert f"groupsparse datasets {' '.join(verb)}".strip() in done.stdout
    imported = {
        line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()
    }
    assert "typer" in imported
    assert not imported & {"numpy", "scipy", "pandas", "sklearn", "pooch"}


def test_list_needs_no_heavy_library(tmp_path):
    command = [sys.executable, "-X", "importtime", "-m", "groupsparse", "datasets", "list"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    imported = {
        line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()
    }
    assert "lung_discrete" in done.stdout
    assert not imported & {"numba", "pandas", "sklearn", "matplotlib", "skimage"}
