"""The variables of a MATLAB file, listed without reading them.

SciPy reads versions 4 to 7. Version 7.3 is HDF5 with special conventions: arrays are transposed,
text is an array of UTF-16 units, a cell array holds references, a sparse matrix is a group.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ....toolkit.arrays import Array
from ...files.damage import explain_errors, import_optional
from ...files.hdf5 import check_hdf5
from ...files.memory import check_array
from .mat_structure import check_mat_structure

if TYPE_CHECKING:
    import h5py

_HDF5 = b"\x89HDF\r\n\x1a\n"
_NUMERIC = ("double", "single", "logical", "sparse", "int", "uint", "float", "bool")


@dataclass(frozen=True)
class MatVariable:
    """One variable; `kind` is its class in MATLAB, and `load` reads an ndarray or sparse matrix.

    >>> print(MatVariable("X", (3, 2), "double", lambda: np.zeros((3, 2))))
    double 3x2
    """

    name: str
    shape: tuple[int, ...]
    kind: str
    load: Callable[[], Any]

    @property
    def is_matrix(self) -> bool:
        """Whether the variable holds numbers along two axes."""
        return self.kind.startswith(_NUMERIC) and len(self.shape) == 2

    @property
    def may_be_text(self) -> bool:
        """Whether the variable may hold strings."""
        return self.kind in ("cell", "char")

    def __str__(self) -> str:
        """Class and shape, for messages."""
        return f"{self.kind} {'x'.join(map(str, self.shape))}"


def list_variables(path: Path) -> dict[str, MatVariable]:
    """Return the variables of a MATLAB file of version 4 to 7.3 by name.

    >>> from scipy.io import savemat
    >>> savemat("data.mat", {"X": np.eye(2)})
    >>> list_variables(Path("data.mat"))["X"].load()
    array([[1., 0.],
           [0., 1.]])
    """
    with path.open("rb") as file:
        start = file.read(520)
    if not start:
        raise ValueError(f"{path} is empty")
    if _HDF5 in (start[:8], start[512:]):
        return _list_hdf5_variables(path)
    from scipy.io import whosmat

    with explain_errors(path, "MAT"), warnings.catch_warnings(action="error"):
        check_mat_structure(path)
        found = whosmat(str(path), appendmat=False)
    return {
        name: MatVariable(name, tuple(shape), kind, partial(_read_variable, path, name))
        for name, shape, kind in found
    }


def _read_variable(path: Path, name: str) -> Any:
    """Return one variable; SciPy only warns about those that it cannot read."""
    from scipy.io import loadmat

    with explain_errors(path, "MAT"), warnings.catch_warnings(action="error"):
        # SciPy 1.18 announces another type for sparse variables; either type will do.
        warnings.simplefilter("ignore", DeprecationWarning)
        return loadmat(str(path), variable_names=[name], appendmat=False)[name]


def _list_hdf5_variables(path: Path) -> dict[str, MatVariable]:
    h5py = import_optional("h5py", "to read .mat files of version 7.3")
    check_hdf5(path, "MAT 7.3")
    with explain_errors(path, "MAT 7.3"), h5py.File(path, "r") as file:
        return {
            name: MatVariable(
                name, _find_shape(item), _find_kind(item), partial(_read_hdf5_variable, path, name)
            )
            for name, item in file.items()
            if not name.startswith("#")
        }


def _find_kind(item: h5py.Dataset | h5py.Group) -> str:
    if "MATLAB_sparse" in item.attrs:
        return "sparse"
    named = item.attrs.get("MATLAB_class")
    if named is not None:
        return bytes(named).decode()
    if not hasattr(item, "dtype"):
        return "struct"
    return "cell" if item.dtype.kind in "OS" else str(item.dtype)


def _find_shape(item: h5py.Dataset | h5py.Group) -> tuple[int, ...]:
    if "MATLAB_sparse" in item.attrs:
        return int(item.attrs["MATLAB_sparse"]), len(item["jc"]) - 1
    if not hasattr(item, "shape") or item.shape is None:
        return ()
    if "MATLAB_empty" in item.attrs:
        return tuple(int(length) for length in item[()])
    return tuple(item.shape[::-1])


def _read_hdf5_variable(path: Path, name: str) -> Any:
    h5py = import_optional("h5py", "to read .mat files of version 7.3")
    with explain_errors(path, "MAT 7.3"), h5py.File(path, "r") as file:
        item = file[name]
        check_array(path, _find_shape(item), item.dtype.itemsize if hasattr(item, "dtype") else 8)
        if "MATLAB_empty" in item.attrs:
            return np.zeros(_find_shape(item))
        if _find_kind(item) == "sparse":
            return _read_sparse(item)
        if _find_kind(item) == "cell":
            return _read_cells(file, item[()].T)
        if _find_kind(item) == "char":
            return np.array([_decode_text(row) for row in np.atleast_2d(item[()].T)])
        values = np.asarray(item[()]).T
        if values.dtype.names == ("real", "imag"):
            return values["real"] + 1j * values["imag"]
        return values


def _read_sparse(item: h5py.Dataset | h5py.Group) -> Any:
    from scipy.sparse import csc_array

    parts = item["data"][()], item["ir"][()], item["jc"][()]
    n_rows, n_columns = _find_shape(item)
    return csc_array(parts, shape=(n_rows, n_columns))


def _read_cells(file: h5py.File, cells: Array) -> Array:
    """Return the cells, those that hold text as strings."""
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
        elif _find_kind(item) == "char":
            result[place] = _decode_text(item[()].T.ravel())
        else:
            result[place] = np.asarray(item[()])
    return result


def _decode_text(units: Array) -> str:
    return units.astype("<u2").tobytes().decode("utf-16-le")
