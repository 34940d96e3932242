"""The wavelets of the shots from a file: NumPy arrays, or text with a column per shot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ....toolkit.arrays import Array, inexact_dtype
from ....toolkit.execution.caller import warn_caller
from ...files.damage import explain_errors
from ...files.memory import check_bytes
from ...files.numpy_file import read_npy, read_npz
from ...terminal.messages import quote

FORMATS = (".npy", ".npz", ".csv", ".txt")
# Two files may round the same interval differently.
_SAME_INTERVAL = 1e-6
# Of a text whose numbers have one digit each, while it is read.
_BYTES_PER_LETTER = 30


def read_wavelets(
    path: str | Path, n_shots: int | None = None, *, sample_interval: float | None = None
) -> list[Array]:
    """Read one wavelet for all shots, or one for each.

    Parameters
    ----------
    path : path-like
        ``.npy`` of shape (shot, lag) or (lag,); ``.npz`` with an array ``wavelets`` of such a
        shape, or with one array (lag,) of any length per shot, in order; ``.csv`` or ``.txt`` with
        a column per shot, separated by commas, semicolons or blanks. The first line of a text may
        hold names, none of them a number; comments begin with ``#``.
    n_shots : int, optional
        The number of shots. A single wavelet is repeated for all of them.
    sample_interval : float, optional
        Seconds between the samples of the data, compared with ``sample_interval`` of an ``.npz``
        file.

    Returns
    -------
    list of ndarray, each of shape (lag,)
        Time zero is at sample ``size // 2``, counted from 0. float32 and float64 are kept, other
        numbers are converted to one of them.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the format is unknown, the file is damaged, a wavelet is not finite or all zero, their
        number is neither 1 nor `n_shots`, or their sample interval differs from that of the data.

    Warns
    -----
    UserWarning
        If a wavelet has an even number of samples, so that none is in the middle.

    Examples
    --------
    >>> np.savetxt("wavelets.csv", [[0, 0], [1, 2], [0, -1]], delimiter=",")
    >>> read_wavelets("wavelets.csv")
    [array([0., 1., 0.]), array([ 0.,  2., -1.])]
    """
    source = Path(path)
    suffix = source.suffix.lower()
    if suffix not in FORMATS:
        raise ValueError(f"{source}: the format must be one of {', '.join(FORMATS)}")
    if not source.is_file():
        raise FileNotFoundError(f"{source}: no such file")
    if suffix == ".npy":
        rows = _split_rows(read_npy(source), source)
    elif suffix == ".npz":
        rows = _read_archive(read_npz(source), source, sample_interval)
    else:
        rows = list(read_number_table(source).T)
    wavelets = [
        _check_wavelet(row, f"{source}: wavelet {i}") for i, row in enumerate(rows, start=1)
    ]
    if n_shots is None or len(wavelets) == n_shots:
        return wavelets
    if len(wavelets) == 1:
        return wavelets * n_shots
    raise ValueError(
        f"{source} has {len(wavelets)} wavelets, expected 1 or one for each of {n_shots} shots"
    )


def _split_rows(array: Array, source: Path) -> list[Array]:
    """Return the wavelets of an array."""
    if array.ndim not in (1, 2) or array.size == 0:
        raise ValueError(
            f"{source}: wavelets must have shape (shot, lag) or (lag,), got {array.shape}"
        )
    return [array] if array.ndim == 1 else list(array)


def _read_archive(
    parts: dict[str, Any], source: Path, sample_interval: float | None
) -> list[Array]:
    """Return the wavelets of the arrays of an NPZ file."""
    interval = parts.pop("sample_interval", None)
    if interval is not None and sample_interval is not None:
        said = _check_interval(interval, source)
        if not abs(said - sample_interval) <= _SAME_INTERVAL * sample_interval:
            raise ValueError(
                f"{source}: the wavelets are sampled every {said} s, the data every "
                f"{sample_interval} s"
            )
    if "wavelets" in parts:
        return _split_rows(parts["wavelets"], source)
    for name, part in parts.items():
        if part.ndim != 1:
            raise ValueError(
                f"{source}: an array 'wavelets' or one array (lag,) per shot is expected, "
                f"got {quote(name)} of shape {part.shape}"
            )
    if not parts:
        raise ValueError(f"{source} has no wavelets")
    return list(parts.values())


def _check_interval(value: Any, source: Path) -> float:
    if np.shape(value) != () or np.asarray(value).dtype.kind not in "iuf":
        raise ValueError(f"{source}: sample_interval must be a number of seconds")
    return float(value)


def read_number_table(source: Path) -> Array:
    """Return the numbers of a text, shape (line, column)."""
    check_bytes(source, _BYTES_PER_LETTER * source.stat().st_size)
    with explain_errors(source, "text"):
        lines = source.read_text(encoding="utf-8-sig").splitlines()
    rows: list[list[float]] = []
    named = False
    for number, line in enumerate(lines, start=1):
        cells = _split_cells(line)
        values = [value for value in map(_parse_number, cells) if value is not None]
        if not values and not rows and not named and not any(map(_has_decimal_comma, cells)):
            named = bool(cells)  # the names of the columns, at most one line
            continue
        if len(values) < len(cells):
            wrong = next(cell for cell in cells if _parse_number(cell) is None)
            raise ValueError(f"{source}, line {number}: {quote(wrong)} is not a number")
        if rows and cells and len(values) != len(rows[0]):
            raise ValueError(
                f"{source}, line {number} has {len(values)} columns, the lines before have "
                f"{len(rows[0])}: a column for every shot is expected"
            )
        if values:
            rows.append(values)
    if not rows:
        raise ValueError(f"{source} has no numbers")
    return np.array(rows)


def _split_cells(line: str) -> list[str]:
    """Return the cells of a line without its comment."""
    text = line.partition("#")[0].strip()
    # Beside semicolons a comma is a decimal comma, which is an error, not a separator.
    separator = next((mark for mark in ";," if mark in text), None)
    return [cell.strip() for cell in text.split(separator)] if text else []


def _parse_number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _has_decimal_comma(cell: str) -> bool:
    """Return whether a cell would be a number with a point instead of its comma."""
    return _parse_number(cell.replace(",", ".")) is not None


def _check_wavelet(row: Array, name: str) -> Array:
    """Return a wavelet as floating-point numbers, or raise if it cannot be one."""
    if row.dtype.kind not in "iuf":
        raise ValueError(f"{name} must hold real numbers, got dtype {row.dtype}")
    wavelet: Array = row.astype(inexact_dtype(row.dtype))
    bad = np.flatnonzero(~np.isfinite(wavelet))
    if bad.size:
        raise ValueError(
            f"{name} has the value {wavelet[bad[0]]} at sample {bad[0]} (counted from 0); "
            "all must be finite"
        )
    if not wavelet.any():
        raise ValueError(f"{name} is zero at all {wavelet.size} samples")
    if wavelet.size % 2 == 0:
        warn_caller(
            f"{name} has an even number of samples, {wavelet.size}: time zero is taken at sample "
            f"{wavelet.size // 2} (counted from 0); with an odd number it is the middle one",
        )
    return wavelet
