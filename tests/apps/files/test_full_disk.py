"""A device without space is one line that says so, whatever the format, and nothing is left."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from groupsparse.apps.features.selection_file import write_h5ad, write_selection
from groupsparse.apps.files.atomic import replace_file
from groupsparse.apps.mri.files.images import write_image
from groupsparse.apps.report.page import write_page
from groupsparse.apps.reproduce.trials_file import FinishedTrial, TrialsFile
from groupsparse.apps.seismic.files.survey_file import write_survey
from groupsparse.apps.seismic.inverting.batch import InvertedBatch
from groupsparse.apps.seismic.inverting.checkpoint import Checkpoint
from groupsparse.apps.seismic.survey import Survey
from groupsparse.apps.terminal.json_output import write_json

RNG = np.random.default_rng(0)
IMAGE = RNG.random((1, 200, 200))
SURVEY = Survey(RNG.standard_normal((4, 20, 100)), 0.002)
NAMES = [f"g{i}" for i in range(4000)]
SELECTION = pd.DataFrame(
    {
        "name": NAMES,
        "score": RNG.random(4000),
        "rank": np.arange(1.0, 4001.0),
        "selection_frequency": RNG.random(4000),
    }
)
LIMIT = 10_000


@contextmanager
def file_size_limit(n_bytes: int) -> Iterator[None]:
    """Let no file become longer, as if the device were full."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def save_image(path):
    write_image(path, IMAGE, channel_axis=None, peak=1.0, overwrite=True)


def save_survey(path):
    write_survey(path, SURVEY, overwrite=True)


def save_selection(path):
    write_selection(path, SELECTION, overwrite=True)


def save_page(path):
    write_page(path, "Title", "Much text. " * 5000, [], overwrite=True)


def save_json(path):
    write_json(str(path), {"text": "x" * 50_000}, overwrite=True)


WRITERS = {
    "image.npy": save_image,
    "image.png": save_image,
    "image.tif": save_image,
    "survey.npy": save_survey,
    "survey.npz": save_survey,
    "survey.sgy": save_survey,
    "selection.csv": save_selection,
    "selection.tsv": save_selection,
    "selection.parquet": save_selection,
    "page.html": save_page,
    "result.json": save_json,
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_keeps_the_old_file(tmp_path, name):
    for library in {"image.tif": ["tifffile"], "survey.sgy": ["segyio"]}.get(name, []):
        pytest.importorskip(library)
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    target = tmp_path / name
    target.write_text("old")
    with (
        file_size_limit(LIMIT),
        pytest.raises(OSError, match=r"^cannot write .*: it would exceed the limit") as caught,
    ):
        WRITERS[name](target)
    assert str(target) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.errno == errno.EFBIG
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {name: b"old"}


def test_a_full_disk_keeps_the_old_store(tmp_path):
    pytest.importorskip("zarr")
    target = tmp_path / "survey.zarr"
    small = Survey(SURVEY.data[:1, :1], 0.002)
    write_survey(target, small)
    with file_size_limit(1000), pytest.raises(OSError, match="cannot write"):
        save_survey(target)
    assert [path.name for path in tmp_path.iterdir()] == ["survey.zarr"]


@pytest.mark.parametrize("beyond", [0, 4096, 2**20])
def test_a_full_disk_does_not_end_the_process_in_hdf5(tmp_path, beyond):
    anndata = pytest.importorskip("anndata")
    source, target = tmp_path / "in.h5ad", tmp_path / "out.h5ad"
    anndata.AnnData(np.ones((2, 4000)), var=pd.DataFrame(index=NAMES)).write_h5ad(source)
    with (
        file_size_limit(source.stat().st_size + beyond),
        pytest.raises(OSError, match="cannot write"),
    ):
        write_h5ad(source, target, SELECTION, overwrite=False)
    assert [path.name for path in tmp_path.iterdir()] == ["in.h5ad"]
    write_h5ad(source, target, SELECTION, overwrite=False)
    assert target.stat().st_size < source.stat().st_size + 2**18  # reserved space is given back


def test_a_full_disk_keeps_finished_trials(tmp_path):
    path = tmp_path / "trials.jsonl"
    file = TrialsFile(path, {"name": "none"})
    file.add(FinishedTrial({"seed": 1}, 1, [{"x": 1}]))
    before = path.read_bytes()
    with file_size_limit(LIMIT), pytest.raises(OSError, match=r"cannot write .*trials\.jsonl"):
        file.add(FinishedTrial({"seed": 2}, 1, [{"x": "y" * LIMIT}]))
    assert path.read_bytes() == before


def test_a_full_disk_leaves_no_part_of_a_checkpoint(tmp_path):
    checkpoint = Checkpoint(tmp_path, "key")
    part = InvertedBatch(RNG.random((100, 100)), [np.zeros(1, int)], np.zeros((100, 100), bool), 0)
    with file_size_limit(LIMIT), pytest.raises(OSError, match="cannot write"):
        checkpoint.save(0, part)
    assert not list(checkpoint.folder.iterdir())


def fail(path: Path, error: Exception, cause: Exception | None = None) -> None:
    with replace_file(path, overwrite=False) as temporary:
        temporary.write_text("half")
        raise error from cause


def test_a_full_disk_is_recognised_below_other_errors(tmp_path):
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(OSError, match=r"^cannot write .*a\.txt: no space left on the device$"):
        fail(tmp_path / "new" / "a.txt", ValueError("cannot be written as ABC"), full)
    assert not list(tmp_path.iterdir())


def test_other_errors_stay_what_they_are(tmp_path):
    with pytest.raises(ValueError, match=r"^out of range$"):
        fail(tmp_path / "a.txt", ValueError("out of range"))
    assert not list(tmp_path.iterdir())
