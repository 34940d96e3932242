"""All readers of the applications, each with a small valid file."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from groupsparse.apps.features.reading.table_file import read_table
from groupsparse.apps.mri.files.images import read_image, read_mask
from groupsparse.apps.seismic.files.survey_file import read_survey, write_survey
from groupsparse.apps.seismic.files.velocity_file import read_velocity
from groupsparse.apps.seismic.files.wavelet_file import read_wavelets
from groupsparse.apps.seismic.survey import Survey

from . import scans

_SHAPE = (12, 6)
_NAMES = [f"gene{j}" for j in range(_SHAPE[1])]


class Reader(NamedTuple):
    """A reader: the name of its file, and how the file is made and read."""

    file: str
    make: Callable[[Path], object]
    read: Callable[[Path], object]


def _numbers() -> Any:
    return np.random.default_rng(0).standard_normal(_SHAPE)


def _frame() -> Any:
    import pandas as pd

    frame = pd.DataFrame(_numbers(), columns=_NAMES)
    frame["class"] = ["a", "b"] * (_SHAPE[0] // 2)
    return frame


def _survey() -> Survey:
    data = np.random.default_rng(1).standard_normal((2, 3, 50)).astype(np.float32)
    return Survey(data, 0.002, offsets=[100.0, 200.0])


def _make_gzip(path: Path) -> None:
    path.write_bytes(gzip.compress(_frame().to_csv(index=False).encode(), mtime=0))


def _make_mat(path: Path, **options: Any) -> None:
    from scipy.io import savemat
    from scipy.sparse import csc_array

    genes = np.array(_NAMES, dtype=object)
    values = {"X": _numbers(), "genes": genes, "y": np.arange(_SHAPE[0])}
    if not options:
        savemat(path, {**values, "S": csc_array(np.eye(5))})
    elif "format" in options:
        savemat(path, {"X": values["X"], "y": values["y"]}, **options)
    else:
        savemat(path, values, **options)


def _make_mat73(path: Path) -> None:
    import h5py

    with h5py.File(path, "w", userblock_size=512) as file:
        references = file.create_group("#refs#")
        cells = []
        for name in _NAMES:
            units = np.frombuffer(name.encode("utf-16-le"), "<u2")[:, None]
            cells.append(references.create_dataset(name, data=units))
            cells[-1].attrs["MATLAB_class"] = np.bytes_("char")
        values = file.create_dataset("X", data=_numbers().T, chunks=(3, 6), compression="gzip")
        values.attrs["MATLAB_class"] = np.bytes_("double")
        genes = file.create_dataset("genes", (len(cells), 1), dtype=h5py.ref_dtype)
        genes[:, 0] = [cell.ref for cell in cells]
        genes.attrs["MATLAB_class"] = np.bytes_("cell")


def _make_h5ad(path: Path, *, sparse: bool = False, **options: Any) -> None:
    import anndata
    import pandas as pd
    from scipy.sparse import csr_array

    obs = pd.DataFrame({"class": ["a", "b"] * (_SHAPE[0] // 2)})
    obs.index = [f"cell{i}" for i in range(_SHAPE[0])]
    values = csr_array(np.round(_numbers())) if sparse else _numbers()
    anndata.AnnData(values, obs=obs, var=pd.DataFrame(index=_NAMES)).write_h5ad(path, **options)


def _read_labelled(path: Path) -> object:
    return read_table(path, label="class")


def _write_back(path: Path) -> object:
    """Write a selection into a copy of an AnnData file."""
    import pandas as pd

    from groupsparse.apps.features.selection_file import write_h5ad

    rows = {"name": _NAMES[:2], "score": 1.0, "rank": [1, 2], "selection_frequency": 1.0}
    copy = path.with_name("copy.h5ad")
    try:
        return write_h5ad(path, copy, pd.DataFrame(rows), overwrite=True)
    finally:
        copy.unlink(missing_ok=True)


def _make_zarr(path: Path, version: int) -> None:
    import zarr

    if version == 2:
        write_survey(path, _survey())
        return
    array = zarr.create_array(
        str(path), data=_survey().data, chunks=(2, 1, 50), fill_value=float("nan")
    )
    array.attrs.update({"sample_interval": 0.002, "shots": [1, 2]})


def _make_png(path: Path) -> None:
    from PIL import Image

    levels = np.random.default_rng(2).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    Image.fromarray(levels).save(path)


def _make_tiff(path: Path, compression: str | None) -> None:
    import tifffile

    pixels = np.random.default_rng(3).random((3, 16, 16), dtype=np.float32)
    tifffile.imwrite(path, pixels, photometric="minisblack", compression=compression)


def _make_trials(path: Path) -> None:
    lines: list[dict[str, object]] = [{"name": "none", "version": 1}]
    lines += [{"task": {"seed": i}, "jobs": 1, "rows": [{"x": i}]} for i in range(5)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def _read_trials(path: Path) -> object:
    from groupsparse.apps.reproduce.trials_file import TrialsFile

    return TrialsFile(path, {"name": "none", "version": 1})


def _make_checkpoint(path: Path) -> None:
    np.savez(
        path,
        reflectivity=np.zeros((2, 50)),
        reflectors=np.arange(5),
        ends=np.array([2, 5]),
        n_unconverged=0,
    )


def _read_checkpoint(path: Path) -> object:
    from groupsparse.apps.seismic.inverting.checkpoint import Checkpoint

    kept = Checkpoint(path.parent / "kept", "key")
    try:
        (kept.folder / "000000.npz").write_bytes(path.read_bytes())
        return kept.load(0)
    finally:
        kept.remove()


def _make_text_wavelets(path: Path) -> None:
    np.savetxt(path, _numbers()[:, :2], delimiter="," if path.suffix == ".csv" else " ")


def _make_velocity(path: Path) -> None:
    path.write_text("time,velocity\n0.0,1500\n0.5,2000.5\n1.0,2500\n", encoding="utf-8")


def _read_velocity(path: Path) -> object:
    return read_velocity(str(path), np.linspace(0, 1, 5))


def _read_bare(path: Path) -> object:
    return read_survey(path, sample_interval=0.002)


def _save_image(path: Path) -> None:
    np.save(path, np.random.default_rng(4).random((3, 16, 16)))


READERS = {
    "csv": Reader("a.csv", lambda path: _frame().to_csv(path, index=False), _read_labelled),
    "csv.gz": Reader("a.csv.gz", _make_gzip, _read_labelled),
    "tsv": Reader(
        "a.tsv", lambda path: _frame().to_csv(path, index=False, sep="\t"), _read_labelled
    ),
    "parquet": Reader("a.parquet", lambda path: _frame().to_parquet(path), _read_labelled),
    "mat-4": Reader("a.mat", lambda path: _make_mat(path, format="4"), read_table),
    "mat-5": Reader("a.mat", _make_mat, lambda path: read_table(path, label="y")),
    "mat-7": Reader(
        "a.mat",
        lambda path: _make_mat(path, do_compression=True),
        lambda path: read_table(path, label="y"),
    ),
    "mat-7.3": Reader("a.mat", _make_mat73, read_table),
    "h5ad": Reader("a.h5ad", _make_h5ad, _read_labelled),
    "h5ad-sparse": Reader(
        "a.h5ad", lambda path: _make_h5ad(path, sparse=True, compression="gzip"), _read_labelled
    ),
    "h5ad-written-back": Reader("a.h5ad", _make_h5ad, _write_back),
    "segy": Reader("a.sgy", lambda path: write_survey(path, _survey()), read_survey),
    "survey-npy": Reader("a.npy", lambda path: np.save(path, _survey().data), _read_bare),
    "survey-npz": Reader("a.npz", lambda path: write_survey(path, _survey()), read_survey),
    "zarr-2": Reader("a.zarr", lambda path: _make_zarr(path, 2), read_survey),
    "zarr-3": Reader("a.zarr", lambda path: _make_zarr(path, 3), read_survey),
    "wavelets-csv": Reader("a.csv", _make_text_wavelets, read_wavelets),
    "wavelets-txt": Reader("a.txt", _make_text_wavelets, read_wavelets),
    "wavelets-npy": Reader("a.npy", lambda path: np.save(path, _numbers()), read_wavelets),
    "wavelets-npz": Reader(
        "a.npz", lambda path: np.savez_compressed(path, wavelets=_numbers()), read_wavelets
    ),
    "velocity": Reader("a.csv", _make_velocity, _read_velocity),
    "checkpoint": Reader("a.npz", _make_checkpoint, _read_checkpoint),
    "trials": Reader("a.jsonl", _make_trials, _read_trials),
    "image-npy": Reader("a.npy", _save_image, read_image),
    "image-png": Reader("a.png", _make_png, read_image),
    "image-tif": Reader("a.tif", lambda path: _make_tiff(path, None), read_image),
    "image-tif-zlib": Reader("a.tif", lambda path: _make_tiff(path, "zlib"), read_image),
    "mask-png": Reader("a.png", _make_png, read_mask),
    "scan-fastmri": Reader("a.h5", scans.make_fastmri, scans.read_scan),
    "scan-ismrmrd": Reader("a.h5", scans.make_ismrmrd, scans.read_scan),
    "scan-bart": Reader("a.cfl", scans.make_cfl, scans.read_scan),
    "scan-nifti": Reader("a.nii", scans.make_nifti, scans.read_scan),
    "scan-nifti-gz": Reader("a.nii.gz", scans.make_nifti, scans.read_scan),
    "scan-dicom": Reader("a.dcm", scans.make_dicom, scans.read_scan),
    "scan-zarr": Reader("a.zarr", scans.make_zarr, scans.read_scan),
    "scan-npy": Reader(
        "a.npy", lambda path: np.save(path, scans.make_kspace(2, 6, 8)), scans.read_scan
    ),
    "scan-npz": Reader(
        "a.npz",
        lambda path: np.savez_compressed(path, kspace=scans.make_kspace(2, 6, 8)),
        scans.read_scan,
    ),
}
