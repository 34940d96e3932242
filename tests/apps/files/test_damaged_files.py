"""Every reader reads a damaged file as it is or refuses it by one line, a few of each kind."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
N_SEEDS = 40
N_SLOW_SEEDS = 6  # another process tries each file of these
SLOW = ("mat-7.3", "h5ad", "h5ad-sparse", "h5ad-written-back", "scan-fastmri", "scan-ismrmrd")
NEEDED = {
    "parquet": "pyarrow",
    "mat-7.3": "h5py",
    "h5ad": "anndata",
    "segy": "segyio",
    "zarr": "zarr",
    "scan-fastmri": "h5py",
    "scan-ismrmrd": "ismrmrd",
    "scan-nifti": "nibabel",
    "scan-dicom": "pydicom",
    "scan-zarr": "zarr",
}


@pytest.fixture
def worker(monkeypatch):
    """The module that damages files and reads them, which is not part of the installed package."""
    if not (ROOT / "benchmarks" / "damage").is_dir():
        pytest.skip("only in a checkout: no benchmarks beside tests/")
    monkeypatch.syspath_prepend(ROOT)
    from benchmarks.damage import worker

    return worker


READERS = [
    *("csv", "csv.gz", "tsv", "parquet", "mat-4", "mat-5", "mat-7", "segy", "survey-npy"),
    *("survey-npz", "zarr-2", "zarr-3", "wavelets-csv", "wavelets-txt", "wavelets-npy"),
    *("wavelets-npz", "velocity", "checkpoint", "trials", "image-npy", "image-png", "image-tif"),
    *("image-tif-zlib", "mask-png", *SLOW),
    *("scan-bart", "scan-nifti", "scan-nifti-gz", "scan-dicom", "scan-zarr", "scan-npy"),
    "scan-npz",
]


@pytest.mark.parametrize("name", READERS)
def test_a_damaged_file_is_read_or_refused(tmp_path, worker, name):
    for start, library in NEEDED.items():
        if name.startswith(start):
            pytest.importorskip(library)
    for seed in range(N_SLOW_SEEDS if name in SLOW else N_SEEDS):
        found = worker.try_reader(name, tmp_path, seed)
        assert found["outcome"] in ("read", "refused"), (seed, found["why"])


def test_no_reader_is_left_out(worker):
    assert set(worker.READERS) == set(READERS)
