"""A file of every format is reconstructed by the command line and written in its own format."""

import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from groupsparse.apps.mri.commands import app
from groupsparse.apps.mri.files.formats import open_scan

ROOT = Path(__file__).parents[4]


@pytest.fixture
def scans(monkeypatch):
    """The module that writes small scans, which is not part of the installed package."""
    if not (ROOT / "benchmarks" / "damage").is_dir():
        pytest.skip("only in a checkout: no benchmarks beside tests/")
    monkeypatch.syspath_prepend(ROOT)
    from benchmarks.damage import scans

    yield scans
    sys.path_importer_cache.clear()


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("ismrmrd", "a.h5"),
        ("cfl", "a.cfl"),
        ("nifti", "a.nii.gz"),
        ("dicom", "a.dcm"),
        ("zarr", "a.zarr"),
    ],
)
@pytest.mark.filterwarnings("ignore")  # the values are nothing but noise
def test_from_a_format_to_itself(tmp_path, scans, kind, name):
    source, out = tmp_path / name, tmp_path / f"out-{name}"
    getattr(scans, f"make_{kind}")(source)
    words = ["reconstruct", source, "--out", out, "--levels", 1, "--max-iter", 3, "--slice", 0]
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.exception
    assert out.exists()
    if kind != "ismrmrd":  # its images are not read as scans
        before, after = open_scan(source), open_scan(out)
        assert (after.format, after.space) == (before.format, before.space)
        assert np.isfinite(after.read_slice(0).values).all()
