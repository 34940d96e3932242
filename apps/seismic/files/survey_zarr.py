"""Surveys as Zarr directory stores, which Dask and other tools read gather by gather.

A store is one array with the axes (shot, trace, time). A chunk holds all shots and samples of some
neighbouring traces, so that the gathers of one place are in one file. The attributes hold the axes.
"""

from __future__ import annotations

import os
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ....toolkit.arrays import Array
from ...files.damage import explain_errors
from ...files.memory import check_array
from ...files.packed import check_packed
from ...files.zarr_store import load_zarr, replace_store
from ...terminal.hints import blame
from ..survey import Survey

if TYPE_CHECKING:
    import zarr

_AXES = ["shot", "trace", "time"]
_CHUNK_BYTES = 2**20


def read_zarr(path: str | Path, *, sample_interval: float | None = None) -> Survey:
    """Read a survey from a Zarr store of format 2 or 3 that holds one array.

    The attributes ``sample_interval``, ``shots``, ``traces``, ``offsets``, ``start_time`` and
    ``dead`` (pairs of positions) are used if there are any; `sample_interval` in seconds replaces
    the first.
    """
    source = Path(path)
    if not source.is_dir():
        raise FileNotFoundError(f"{source}: there is no such directory")
    zarr = load_zarr()
    with explain_errors(source, "Zarr"):
        array = zarr.open_array(str(source), mode="r")
        n_files, n_expected = len(_list_chunk_files(source)), _count_expected_files(array)
        empty = array.fill_value is not None and bool(np.isnan(array.fill_value))
        attributes = dict(array.attrs)
        shape, chunks, itemsize = array.shape, array.chunks, np.dtype(array.dtype).itemsize
    for sizes in (shape, chunks):
        check_array(source, sizes, itemsize)
    # We write every chunk; other programs leave out those with only the fill value.
    if n_files < n_expected and (empty or not n_files):
        raise ValueError(
            f"{source} is damaged: {n_expected - n_files} of {n_expected} chunks are missing"
        )
    with explain_errors(source, "Zarr"):
        for path in _list_chunk_files(source):
            with path.open("rb") as file:
                check_packed(source, file, path.stat().st_size)
        data = np.asarray(array[...])
    return _make_survey(data, attributes, source, sample_interval)


def write_zarr(path: str | Path, survey: Survey, *, overwrite: bool = False) -> Path:
    """Write a survey, in its own precision, as a Zarr store of format 2, completely or not at all.

    A Zarr store at `path` is replaced if `overwrite` is true; anything else never is.
    """
    final = Path(path)
    zarr = load_zarr()
    one_place = survey.n_shots * survey.n_samples * survey.data.itemsize
    width = min(max(_CHUNK_BYTES // one_place, 1), survey.n_traces)
    with (
        replace_store(final, overwrite=overwrite) as temporary,
        explain_errors(final, "Zarr", action="written"),
    ):
        array = zarr.open_array(
            str(temporary),
            mode="w",
            shape=survey.data.shape,
            chunks=(survey.n_shots, width, survey.n_samples),
            dtype=survey.data.dtype,
            # No sample is NaN, so no chunk consists of the fill value and is left out.
            fill_value=float("nan"),
            zarr_format=2,
        )
        for first in range(0, survey.n_traces, width):
            array[:, first : first + width] = survey.data[:, first : first + width]
        array.attrs.update(_list_attributes(survey))
    return final


def _list_chunk_files(source: Path) -> list[Path]:
    """Return the files of a store that hold data rather than metadata."""
    every = (Path(folder, name) for folder, _, names in os.walk(source) for name in names)
    return [file for file in every if not (file.name.startswith(".") or file.name == "zarr.json")]


def _count_expected_files(array: zarr.Array[Any]) -> int:
    """Return the number of chunks of a store, or of shards if a file holds several chunks."""
    sizes = getattr(array, "shards", None) or array.chunks
    return prod(-(-n // size) for n, size in zip(array.shape, sizes, strict=True))


def _list_attributes(survey: Survey) -> dict[str, Any]:
    return {
        "axes": _AXES,
        "sample_interval": survey.sample_interval,
        "start_time": survey.start_time,
        "shots": survey.shots.tolist(),
        "traces": survey.traces.tolist(),
        "offsets": None if survey.offsets is None else survey.offsets.tolist(),
        "dead": np.argwhere(survey.dead).tolist(),
        "units": {"sample_interval": "s", "start_time": "s", "offsets": "m"},
    }


def _make_survey(
    data: Array, attributes: dict[str, Any], source: Path, sample_interval: float | None
) -> Survey:
    """Return the survey of the data and attributes of a store."""
    interval = attributes.get("sample_interval") if sample_interval is None else sample_interval
    if interval is None:
        error = ValueError(f"{source} has no attribute sample_interval; give it in seconds")
        raise blame(error, "sample_interval")
    names = ("offsets", "shots", "traces", "start_time")
    known = {name: attributes[name] for name in names if name in attributes}
    dead = _read_dead(data, attributes.get("dead"), source)
    return Survey(data, interval, **known, source=str(source), dead=dead)


def _read_dead(data: Array, pairs: Any, source: Path) -> Any:
    """Return the mask of the dead traces, or None if the store has none."""
    if pairs is None or data.ndim != 3:
        return None
    with explain_errors(source, "Zarr"):
        places = np.asarray(pairs, dtype=np.intp).reshape(-1, 2)
        if (places < 0).any():
            raise ValueError(f"positions of dead traces must not be negative, got {places.min()}")
        dead = np.zeros(data.shape[:2], dtype=np.bool_)
        dead[places[:, 0], places[:, 1]] = True
    return dead
