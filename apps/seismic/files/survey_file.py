"""Surveys from and to files in SEG-Y, NumPy and Zarr, chosen by the suffix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...files.atomic import check_target, replace_file
from ...files.damage import import_optional
from ...files.numpy_file import read_npy, read_npz
from ...files.zarr_store import check_store, load_zarr
from ...terminal.hints import blame
from ..survey import Survey
from .segy.layout import PURPOSE
from .segy.limits import check_segy
from .segy.reading import read_segy
from .segy.writing import write_segy
from .survey_zarr import read_zarr, write_zarr

_SEGY = (".sgy", ".segy")
FORMATS = (*_SEGY, ".npy", ".npz", ".zarr")
_PARTS = ("data", "sample_interval", "offsets", "shots", "traces", "start_time", "dead")


def read_survey(
    path: str | Path,
    *,
    sample_interval: float | None = None,
    shot_header: str | int | None = None,
    trace_header: str | int | None = None,
) -> Survey:
    """Read a survey from a file.

    Parameters
    ----------
    path : path-like
        ``.sgy``, ``.segy``, ``.npz`` (arrays ``data``, ``sample_interval`` and optionally
        ``offsets``, ``shots``, ``traces``, ``start_time``, ``dead``), ``.npy`` (data alone) or
        ``.zarr`` (see `read_zarr`). Data have the axes (shot, trace, time), or (shot, time).
    sample_interval : float, optional
        Seconds; required for ``.npy``, otherwise it replaces that of the file.
    shot_header, trace_header : str or int, optional
        The SEG-Y trace headers that number the shots and the traces of a shot, by their names in
        segyio or their first bytes. By default FieldRecord (byte 9) and CDP (21); if one is
        constant and does not fit, EnergySourcePoint (17) or offset (37), and TraceNumber (13).

    Returns
    -------
    Survey

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the format is unknown, the file is damaged or holds no survey, or headers are named for
        a file that is not SEG-Y.

    Examples
    --------
    >>> np.save("gather.npy", np.eye(4))
    >>> read_survey("gather.npy", sample_interval=0.002).data.shape
    (4, 1, 4)
    """
    source = Path(path)
    suffix = _check_suffix(source)
    if suffix in _SEGY:
        return read_segy(
            source,
            sample_interval=sample_interval,
            shot_header=shot_header,
            trace_header=trace_header,
        )
    if shot_header is not None or trace_header is not None:
        raise ValueError(
            f"{source}: shot_header and trace_header are for SEG-Y files ({', '.join(_SEGY)})"
        )
    if suffix == ".zarr":
        return read_zarr(source, sample_interval=sample_interval)
    if not source.is_file():
        raise FileNotFoundError(f"{source}: no such file")
    parts: dict[str, Any] = {"data": read_npy(source)} if suffix == ".npy" else read_npz(source)
    if sample_interval is not None:
        parts["sample_interval"] = sample_interval
    return _make_survey(parts, source)


def write_survey(
    path: str | Path,
    survey: Survey,
    *,
    overwrite: bool = False,
    like: str | Path | None = None,
    shot_header: str | int | None = None,
    trace_header: str | int | None = None,
) -> Path:
    """Write a survey to a file, completely or not at all.

    Parameters
    ----------
    path : path-like
        ``.sgy`` or ``.segy`` (single precision, see `write_segy`), ``.npz``, ``.npy`` (the data
        alone) or ``.zarr``.
    survey : Survey
        Gathers, or reflectivities over the same axes.
    overwrite : bool, default False
        Whether an existing file may be replaced.
    like : path-like, optional
        A SEG-Y file with at least the same shots and traces, whose trace headers and order of
        traces are copied into a SEG-Y file.
    shot_header, trace_header : str or int, optional
        The headers that number shots and traces of `like`, as for `read_survey`.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    FileExistsError
        If the file exists and may not be replaced.
    ValueError
        If the format is unknown or cannot hold the survey, or `like` does not fit.

    Examples
    --------
    >>> survey = Survey(np.eye(4), sample_interval=0.002, offsets=[100, 200, 300, 400])
    >>> read_survey(write_survey("survey.npz", survey)).offsets
    array([100., 200., 300., 400.])
    """
    final = Path(path)
    suffix = _check_suffix(final)
    if suffix in _SEGY:
        return write_segy(
            final,
            survey,
            overwrite=overwrite,
            like=like,
            shot_header=shot_header,
            trace_header=trace_header,
        )
    if suffix == ".zarr":
        return write_zarr(final, survey, overwrite=overwrite)
    parts = {name: getattr(survey, name) for name in _PARTS}
    with replace_file(final, overwrite=overwrite) as temporary, temporary.open("wb") as file:
        if suffix == ".npy":
            np.save(file, survey.data)
        else:
            np.savez(file, **{name: part for name, part in parts.items() if part is not None})
    return final


def check_survey_output(
    path: str | Path,
    *,
    overwrite: bool = False,
    survey: Survey | None = None,
    like: str | Path | None = None,
) -> None:
    """Raise now what `write_survey` would raise later, for a survey with the axes of `survey`.

    Examples
    --------
    >>> check_survey_output("reflectivity.dat")
    Traceback (most recent call last):
    ValueError: reflectivity.dat: the format must be one of .sgy, .segy, .npy, .npz, .zarr
    """
    final = Path(path)
    suffix = _check_suffix(final)
    if suffix == ".zarr":
        load_zarr()
        check_store(final, overwrite=overwrite)
    else:
        if suffix in _SEGY:
            import_optional("segyio", PURPOSE)
        check_target(final, overwrite=overwrite)
    if survey is not None and suffix in _SEGY:
        check_segy(final, survey, like=like)


def _make_survey(parts: dict[str, Any], source: Path) -> Survey:
    """Return the survey of the arrays of a file."""
    if "data" not in parts:
        raise ValueError(f"{source} has no array 'data'; it has {', '.join(parts) or 'none'}")
    if "sample_interval" not in parts:
        error = ValueError(f"{source} has no sample interval: give sample_interval in seconds")
        raise blame(error, "sample_interval")
    known = {name: parts[name] for name in _PARTS if name in parts}
    for name in ("sample_interval", "start_time"):
        if np.ndim(known.get(name, 0)) == 0 and name in known:
            known[name] = np.asarray(known[name]).item()
    return Survey(**known, source=str(source))


def _check_suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise ValueError(f"{path}: the format must be one of {', '.join(FORMATS)}")
    return suffix
