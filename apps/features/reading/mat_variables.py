"""The variables of a MATLAB file, listed without reading them.

Versions 4 to 7 are read by SciPy. Version 7.3 is HDF5 with conventions of its
own: arrays are transposed, text is an array of UTF-16 units, a cell array holds
references, a sparse matrix is a group.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ....toolkit.arrays import Array
from ...files.damage import explain_errors, import_optional
from .mat_elements import check_elements

_HDF5 = b"\x89HDF\r\n\x1a\n"
_NUMERIC = ("double", "single", "logical", "sparse", "int", "uint", "float", "bool")


@dataclass(frozen=True)
class MatVariable:
    """One variable.

    Attributes
    ----------
    name : str
        What it is called.
    shape : tuple of int
        Its shape.
    kind : str
        Its class in MATLAB.
    load : callable
        Reads it: an ndarray, or a SciPy sparse matrix.

    Examples
    --------
    >>> MatVariable("X", (3, 2), "double", lambda: np.zeros((3, 2))).shown
    'double 3x2'
    """

    name: str
    shape: tuple[int, ...]
    kind: str
    load: Callable[[], Any]

    @property
    def is_matrix(self) -> bool:
        """Whether it holds numbers along two axes."""
        return self.kind.startswith(_NUMERIC) and len(self.shape) == 2

    @property
    def may_be_text(self) -> bool:
        """Whether it may hold strings."""
        return self.kind in ("cell", "char")

    @property
    def shown(self) -> str:
        """Class and shape, for messages."""
        return f"{self.kind} {'x'.join(map(str, self.shape))}"


def mat_variables(path: Path) -> dict[str, MatVariable]:
    """List the variables of a MATLAB file.

    Parameters
    ----------
    path : Path
        Of version 4 to 7.3.

    Returns
    -------
    dict of MatVariable
        By name.

    Raises
    ------
    ValueError
        If the file is damaged or empty, or h5py is needed and not installed.

    Examples
    --------
    >>> from scipy.io import savemat
    >>> savemat("data.mat", {"X": np.eye(2)})
    >>> mat_variables(Path("data.mat"))["X"].load()
    array([[1., 0.],
           [0., 1.]])
    """
    with path.open("rb") as file:
        start = file.read(520)
    if not start:
        raise ValueError(f"{path} is empty")
    if _HDF5 in (start[:8], start[512:]):
        return _of_hdf5(path)
    from scipy.io import whosmat

    with explain_errors(path, "MAT"), warnings.catch_warnings(action="error"):
        check_elements(path)
        found = whosmat(str(path), appendmat=False)
    return {
        name: MatVariable(name, tuple(shape), kind, partial(_load, path, name))
        for name, shape, kind in found
    }


def _load(path: Path, name: str) -> Any:
    """Read one variable; SciPy only warns about those that it cannot read."""
    from scipy.io import loadmat

    with explain_errors(path, "MAT"), warnings.catch_warnings(action="error"):
        return loadmat(str(path), variable_names=[name], appendmat=False)[name]


def _of_hdf5(path: Path) -> dict[str, MatVariable]:
    h5py = import_optional("h5py", "to read .mat files of version 7.3")
    with explain_errors(path, "MAT 7.3"), h5py.File(path, "r") as file:
        return {
            name: MatVariable(name, _shape(item), _kind(item), partial(_load_hdf5, path, name))
            for name, item in file.items()
            if not name.startswith("#")
        }


def _kind(item: Any) -> str:
    if "MATLAB_sparse" in item.attrs:
        return "sparse"
    named = item.attrs.get("MATLAB_class")
    if named is not None:
        return bytes(named).decode()
    if not hasattr(item, "dtype"):
        return "struct"
    return "cell" if item.dtype.kind in "OS" else str(item.dtype)


def _shape(item: Any) -> tuple[int, ...]:
    if "MATLAB_sparse" in item.attrs:
        return int(item.attrs["MATLAB_sparse"]), len(item["jc"]) - 1
    if not hasattr(item, "shape") or item.shape is None:
        return ()
    if "MATLAB_empty" in item.attrs:
        return tuple(int(length) for length in item[()])
    return tuple(item.shape[::-1])


def _load_hdf5(path: Path, name: str) -> Any:
    h5py = import_optional("h5py", "to read .mat files of version 7.3")
    with explain_errors(path, "MAT 7.3"), h5py.File(path, "r") as file:
        item = file[name]
        if "MATLAB_empty" in item.attrs:
            return np.zeros(_shape(item))
        if _kind(item) == "sparse":
            return _sparse(item)
        if _kind(item) == "cell":
            return _cells(file, item[()].T)
        if _kind(item) == "char":
            return np.array([_text(row) for row in np.atleast_2d(item[()].T)])
        values = np.asarray(item[()]).T
        if values.dtype.names == ("real", "imag"):
            return values["real"] + 1j * values["imag"]
        return values


def _sparse(item: Any) -> Any:
    from scipy.sparse import csc_array

    parts = item["data"][()], item["ir"][()], item["jc"][()]
    n_rows, n_columns = _shape(item)
    return csc_array(parts, shape=(n_rows, n_columns))


def _cells(file: Any, cells: Array) -> Array:
    """Return the cells with text as strings, others as they are."""
    result = np.empty(cells.shape, dtype=object)
    for place in np.ndindex(cells.shape):
        cell = cells[place]
        if isinstance(cell, bytes):
            result[place] = cell.decode()
            continue
        if isinstance(cell, str):
            result[place] = cell
            continue
        item = file[cell]
        if "MATLAB_empty" in item.attrs:
            result[place] = ""
        elif _kind(item) == "char":
            result[place] = _text(item[()].T.ravel())
        else:
            result[place] = np.asarray(item[()])
    return result


def _text(units: Array) -> str:
    return units.astype("<u2").tobytes().decode("utf-16-le")
