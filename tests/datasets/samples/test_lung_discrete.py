"""LUNG_DISCRETE: where it is looked for, that it is fetched once, and verified at every read.

Nothing here uses the network: the download is replaced below pooch, so that pooch's own temporary
file and checksum are part of what is tested.
"""

import hashlib
import io
import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pooch
import pytest
import requests
import scipy.io

from groupsparse.datasets.catalogue import DATASETS, find_dataset
from groupsparse.datasets.samples import lung_discrete
from groupsparse.datasets.samples.lung_discrete import load_lung_discrete

SHA256 = "93c6a65eb1f6f9f95ac897010c337254a57c57e7f8c0c9a7963a0e03de8233f4"
COMMIT = "266c9a384e579832e2412433b4ee8d40f9c840fe"


def mat_file(n_samples: int = 73, n_features: int = 325, n_classes: int = 7) -> bytes:
    """Return a file of the form of the real one."""
    values = np.random.default_rng(0).choice([-2, 0, 2], (n_samples, n_features))
    labels = np.arange(n_samples)[:, None] % n_classes + 1
    stream = io.BytesIO()
    scipy.io.savemat(stream, {"X": values.astype(np.int16), "Y": labels})
    return stream.getvalue()


@pytest.fixture
def stand_in(monkeypatch):
    """Let the loader expect another file, whose bytes a test knows."""

    def expect(content: bytes) -> bytes:
        file = replace(lung_discrete.FILE, sha256=hashlib.sha256(content).hexdigest())
        monkeypatch.setattr(lung_discrete, "FILE", file)
        return content

    return expect


@pytest.fixture(autouse=True)
def asked(monkeypatch, tmp_path):
    """No network, an empty cache and no variable: returns the addresses that were asked for."""
    addresses = []

    def refuse(self, url, output_file, pooch, check_only=False):
        addresses.append(url)
        with open(output_file, "wb") as file:
            file.write(b"half of")
        raise requests.ConnectionError("no route to host")

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", refuse)
    monkeypatch.setattr(pooch, "os_cache", lambda name: tmp_path / "cache" / name)
    monkeypatch.delenv("GROUPSPARSE_DATA", raising=False)
    return addresses


@pytest.fixture
def online(monkeypatch, asked):
    """Let downloads succeed with given bytes."""

    def serve(content: bytes) -> None:
        def answer(self, url, output_file, pooch, check_only=False):
            asked.append(url)
            with open(output_file, "wb") as file:
                file.write(content)

        monkeypatch.setattr(pooch.HTTPDownloader, "__call__", answer)

    return serve


def files(folder) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_real_file(data_dir):
    bunch = load_lung_discrete(data_home=data_dir)
    contents = scipy.io.loadmat(data_dir / "lung_discrete.mat")
    assert bunch.data.dtype == np.float64
    np.testing.assert_array_equal(bunch.data, contents["X"])
    np.testing.assert_array_equal(np.unique(bunch.data), [-2, 0, 2])
    np.testing.assert_array_equal(bunch.target, contents["Y"].ravel().astype(int) - 1)
    assert (bunch.feature_names[0], bunch.feature_names[-1]) == ("gene_001", "gene_325")
    assert len(set(bunch.feature_names)) == 325
    assert list(bunch.target_names) == [f"class {label}" for label in range(1, 8)]
    assert "Computing Surveys" in bunch.DESCR
    centred = bunch.data - bunch.data.mean(axis=0)
    assert np.linalg.matrix_rank(centred) == 72  # the paper's effective rank


def test_the_real_file_balanced_as_in_the_paper(data_dir):
    bunch = load_lung_discrete(
        data_home=data_dir, as_frame=True, balance="oversample", random_state=0
    )
    assert bunch.frame.shape == (147, 326)
    assert bunch.target.value_counts().to_dict() == dict.fromkeys(range(7), 21)


def test_the_file_is_pinned():
    assert lung_discrete.FILE.sha256 == SHA256
    assert COMMIT in lung_discrete.FILE.address
    assert lung_discrete.FILE.address.startswith("https://")


@pytest.mark.parametrize("name", ["lung_discrete.mat", "lung_small.mat"])
@pytest.mark.parametrize("by", ["data_home", "variable", "cache"])
def test_where_it_is_looked_for(name, by, stand_in, monkeypatch, tmp_path, asked):
    folder = tmp_path / "cache/groupsparse" if by == "cache" else tmp_path / "mine"
    folder.mkdir(parents=True)
    (folder / name).write_bytes(stand_in(mat_file()))
    if by == "variable":
        monkeypatch.setenv("GROUPSPARSE_DATA", str(folder))
    home = {"data_home": folder} if by == "data_home" else {}
    data, target = load_lung_discrete(return_X_y=True, as_frame=True, **home)
    assert isinstance(data, pd.DataFrame)
    assert (data.shape, target.nunique()) == ((73, 325), 7)
    assert asked == []


def test_the_argument_goes_before_the_variable(stand_in, monkeypatch, tmp_path):
    (tmp_path / "lung_discrete.mat").write_bytes(stand_in(mat_file()))
    monkeypatch.setenv("GROUPSPARSE_DATA", str(tmp_path / "none"))
    assert load_lung_discrete(data_home=str(tmp_path)).data.shape == (73, 325)


@pytest.mark.parametrize("home", [None, "mine"])
def test_it_is_fetched_once(home, stand_in, online, asked, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    online(stand_in(mat_file()))
    first = load_lung_discrete(data_home=home)
    second = load_lung_discrete(data_home=home)
    np.testing.assert_array_equal(first.data, second.data)
    assert asked == [lung_discrete.FILE.address]
    assert files(tmp_path) == [f"{home or 'cache/groupsparse'}/lung_discrete.mat"]


@pytest.mark.parametrize("home", [None, "mine"])
def test_without_network_the_error_says_what_to_put_where(home, tmp_path, monkeypatch, asked):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    folder = tmp_path / "cache/groupsparse" if home is None else home
    with pytest.raises(FileNotFoundError) as caught:
        load_lung_discrete(data_home=home)
    assert isinstance(caught.value.__cause__, requests.ConnectionError)
    address = lung_discrete.FILE.address
    assert asked == [address]
    for words in (
        f"lung_discrete.mat (or lung_small.mat) is not in {folder} and could not be downloaded",
        "(no route to host)",
        f"Put the file from {address} there as {folder}/lung_discrete.mat, sha256 {SHA256}",
        "by data_home or the environment variable GROUPSPARSE_DATA",
    ):
        assert words in str(caught.value)
    assert files(tmp_path) == []


@pytest.fixture(params=["an error", "a folder called ~"])
def no_home(request, monkeypatch):
    """No home folder, as pooch says it with new and with old versions of platformdirs."""

    def find(name):
        if request.param == "an error":
            raise RuntimeError("could not determine the home directory")
        return Path("~/.cache") / name

    monkeypatch.setattr(pooch, "os_cache", find)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)


def test_without_a_home_folder_the_error_says_what_to_name(no_home, monkeypatch, tmp_path, asked):
    monkeypatch.chdir(tmp_path)
    assert lung_discrete.FILE.find() is None
    with pytest.raises(NotADirectoryError, match="or the environment variable GROUPSPARSE_DATA"):
        load_lung_discrete()
    monkeypatch.setenv("GROUPSPARSE_DATA", "~/data")
    with pytest.raises(NotADirectoryError, match="GROUPSPARSE_DATA names ~/data, which does not"):
        load_lung_discrete()
    assert (asked, list(tmp_path.iterdir())) == ([], [])


def test_without_a_home_folder_a_named_one_is_used(no_home, monkeypatch, tmp_path, stand_in):
    (tmp_path / "lung_discrete.mat").write_bytes(stand_in(mat_file()))
    monkeypatch.setenv("GROUPSPARSE_DATA", str(tmp_path))
    assert load_lung_discrete().data.shape == (73, 325)


def test_a_missing_file_is_not_downloaded_against_the_caller_s_will(tmp_path, asked):
    with pytest.raises(FileNotFoundError, match=r"is not in \S+\. Put the file from https"):
        load_lung_discrete(data_home=tmp_path, download_if_missing=False)
    assert asked == []


def test_a_download_with_another_checksum_does_not_remain(online, tmp_path):
    online(b"<html>Please log in</html>")
    with pytest.raises(FileNotFoundError, match="does not match the known hash") as caught:
        load_lung_discrete(data_home=tmp_path)
    assert isinstance(caught.value.__cause__, ValueError)
    assert files(tmp_path) == []


@pytest.mark.parametrize("change", [lambda raw: raw[:-1], lambda raw: raw + b"x", lambda raw: b""])
def test_a_damaged_file_is_refused_and_kept(change, stand_in, tmp_path, asked):
    content = change(stand_in(mat_file()))
    path = tmp_path / "lung_discrete.mat"
    path.write_bytes(content)
    found, expected = hashlib.sha256(content).hexdigest(), lung_discrete.FILE.sha256
    message = f"{path} is damaged or a different file: its sha256 is {found}, expected {expected}"
    with pytest.raises(ValueError, match=re.escape(message)):
        load_lung_discrete(data_home=tmp_path)
    assert path.read_bytes() == content
    assert asked == []


def test_it_is_verified_at_every_read(stand_in, tmp_path):
    path = tmp_path / "lung_discrete.mat"
    path.write_bytes(stand_in(mat_file()))
    load_lung_discrete(data_home=tmp_path)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(ValueError, match="damaged"):
        load_lung_discrete(data_home=tmp_path)


@pytest.mark.parametrize("sizes", [(72, 325, 7), (73, 324, 7), (73, 325, 6)])
def test_the_shape_is_verified(sizes, stand_in, tmp_path):
    (tmp_path / "lung_discrete.mat").write_bytes(stand_in(mat_file(*sizes)))
    message = r"X of shape \(73, 325\) and labels 1 to 7, got shape "
    with pytest.raises(ValueError, match=message + re.escape(str(sizes[:2]))):
        load_lung_discrete(data_home=tmp_path)


@pytest.mark.parametrize("source", ["data_home", "GROUPSPARSE_DATA"])
@pytest.mark.parametrize("kind", ["nothing", "file"])
def test_a_folder_that_is_none(source, kind, tmp_path, monkeypatch, asked):
    folder = tmp_path / "named"
    if kind == "file":
        folder.touch()
    problem = "does not exist" if kind == "nothing" else "is not a folder"
    home = folder if source == "data_home" else None
    if home is None:
        monkeypatch.setenv("GROUPSPARSE_DATA", str(folder))
    with pytest.raises(NotADirectoryError, match=f"{source} names {folder}, which {problem}"):
        load_lung_discrete(data_home=home)
    assert asked == []


def test_a_home_folder_may_be_written_with_a_tilde(stand_in, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "lung_discrete.mat").write_bytes(stand_in(mat_file()))
    assert load_lung_discrete(data_home="~").data.shape == (73, 325)


def test_bad_options_are_refused_before_anything_is_looked_for(asked):
    for options in ({"balance": "x"}, {"as_frame": 1}, {"download_if_missing": "no"}):
        with pytest.raises(ValueError, match=next(iter(options))):
            load_lung_discrete(**options)
    assert asked == []


def test_the_catalogue_says_what_the_loaders_give(data_dir):
    for dataset in DATASETS:
        bunch = find_dataset(dataset.name).load(data_home=data_dir)
        assert bunch.data.shape == (dataset.n_samples, dataset.n_features)
        assert len(np.unique(bunch.target)) == len(bunch.target_names) == dataset.n_classes
        dataset.verify(data_dir)
        assert find_dataset(dataset.name) is dataset


def test_a_wrong_size_is_noticed():
    with pytest.raises(ValueError, match=r"= \(570, 30, 2\), got \(569, 30, 2\)"):
        replace(find_dataset("wisconsin"), n_samples=570).verify()


def test_an_unknown_name():
    names = ", ".join(dataset.name for dataset in DATASETS)
    with pytest.raises(ValueError, match=f"one of {names}, got 'lung'"):
        find_dataset("lung")
