"""Tables in AnnData files (``.h5ad``): cells or samples by genes.

Only the parts that are needed are read; a file with many layers and graphs needs no more memory
than its one matrix.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ....toolkit.arrays import Array
from ...files.damage import explain_errors, import_optional
from ...files.hdf5 import check_hdf5
from ...terminal.hints import blame
from ...terminal.messages import check_distinct_names, check_known_names, quote_names
from ..table import FeatureTable, ReadOptions, densify, make_table
from .columns import convert_labels, convert_sample_names

if TYPE_CHECKING:
    import h5py

PURPOSE = "to read and write .h5ad files"


def read_h5ad(path: Path, options: ReadOptions) -> FeatureTable:
    """Return the table in an AnnData file; label and index are columns of ``.obs``."""
    import_optional("anndata", PURPOSE)
    h5py = import_optional("h5py", PURPOSE)
    if not path.stat().st_size:
        raise ValueError(f"{path} is empty")
    place = "X" if options.layer is None else f"layers/{options.layer}"
    check_hdf5(path, "AnnData", ["obs", "var", place])
    with explain_errors(path, "AnnData"):
        file = h5py.File(path, "r")
    with file:
        names = read_var_names(file, path)
        _check_layer(file, path, options.layer)
        obs = _read_frame(file, "obs", path)
        values = _read_matrix(file, place, path, (len(obs), len(names)))
    label, index = options.label, options.index
    for argument, name in (("label", label), ("index", index)):
        if name is not None:
            check_known_names([name], list(obs.columns), path, "column of .obs", argument=argument)
    samples = obs.index.to_series() if index is None else obs[index]
    return make_table(
        values,
        names,
        path,
        drop=options.drop,
        sample_names=convert_sample_names(samples, index or "obs_names", path),
        labels=None if label is None else convert_labels(obs[label], label, path),
        label_name=label,
    )


def read_var_names(file: h5py.File, path: Path) -> list[str]:
    """Return the names of the features of an open AnnData file, which must be distinct."""
    names = [str(name) for name in _read_frame(file, "var", path).index]
    check_distinct_names(names, path, "features (.var_names)")
    return names


def _read_frame(file: h5py.File, part: str, path: Path) -> Any:
    """Return `.obs` or `.var`."""
    import pandas as pd

    with explain_errors(path, "AnnData"):
        frame = _read_element(file[part]) if part in file else None
    if frame is None:
        raise ValueError(f"{path} is not an AnnData file: it has no {part!r}")
    if not isinstance(frame, pd.DataFrame):
        raise ValueError(
            f"{path}: .{part} is not stored as a data frame (a file from before AnnData 0.7 "
            "becomes one when a newer version reads and writes it)"
        )
    return frame


def _check_layer(file: h5py.File, path: Path, layer: str | None) -> None:
    """Raise unless the file has the layer, or ``.X``."""
    with explain_errors(path, "AnnData"):
        layers = list(file["layers"]) if "layers" in file else []
        has_x = "X" in file and file["X"].attrs.get("encoding-type") != "null"
    if layer is None:
        if not has_x:
            message = f"{path} has no .X; choose one of its layers: {quote_names(layers)}"
            raise blame(ValueError(message), "layer")
    elif layer not in layers:
        message = f"{path} has no layer {layer!r}; there are {quote_names(layers)}, and .X"
        raise blame(ValueError(message), "layer")


def _read_matrix(file: h5py.File, place: str, path: Path, shape: tuple[int, int]) -> Array:
    """Return a dense matrix of an open AnnData file, checked to have the expected shape."""
    with explain_errors(path, "AnnData"):
        values = densify(_read_element(file[place]), path)
    if not isinstance(values, np.ndarray) or values.shape != shape:
        raise ValueError(
            f"{path}: {place} has shape {np.shape(values)}, but .obs and .var have lengths {shape}"
        )
    return values


def _read_element(item: h5py.Dataset | h5py.Group) -> Any:
    import warnings

    from anndata.io import read_elem

    with warnings.catch_warnings():
        # On old ways of storing the same values, which anndata understands.
        warnings.filterwarnings("ignore", message=".*(written with|encoding|Oldest).*")
        return read_elem(item)
