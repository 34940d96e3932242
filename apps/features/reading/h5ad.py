"""Tables in AnnData files (``.h5ad``): cells or samples by genes.

Only the parts that are needed are read; a file with many layers and graphs
takes no more memory than its one matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ....toolkit.arrays import Array
from ...files.damage import explain_errors, import_optional
from ...terminal.hints import blame
from ...terminal.messages import check_distinct_names, check_known_names, quote_names
from ..table import FeatureTable
from .labels import label_values, sample_names
from .values import checked_table, dense

PURPOSE = "to read and write .h5ad files"


def read_h5ad(
    path: Path, *, label: str | None, index: str | None, drop: Sequence[str], layer: str | None
) -> FeatureTable:
    """Read a table from an AnnData file.

    Parameters
    ----------
    path : Path
        The file.
    label : str or None
        Which column of ``.obs`` holds the labels.
    index : str or None
        Which column of ``.obs`` holds the names of the samples, instead of
        ``.obs_names``.
    drop : sequence of str
        Names of the features (``.var_names``) that are left out.
    layer : str or None
        Which layer is read, instead of ``.X``.

    Returns
    -------
    FeatureTable
        Dense.

    Raises
    ------
    ValueError
        If anndata is not installed, the file is damaged, two features have
        one name, a name asked for is not there, or values are missing,
        infinite or complex.

    Examples
    --------
    >>> read_h5ad(
    ...     Path("cells.h5ad"), label="cell_type", index=None, drop=(), layer="counts"
    ... )  # doctest: +SKIP
    """
    import_optional("anndata", PURPOSE)
    h5py = import_optional("h5py", PURPOSE)
    if not path.stat().st_size:
        raise ValueError(f"{path} is empty")
    with explain_errors(path, "AnnData"):
        file = h5py.File(path, "r")
    with file:
        names = var_names(file, path)
        where = _matrix_place(file, path, layer)
        obs = _frame(file, "obs", path)
        values = dense_part(file, where, path, (len(obs), len(names)))
    for argument, name in (("label", label), ("index", index)):
        if name is not None:
            check_known_names([name], list(obs.columns), path, "column of .obs", argument=argument)
    check_known_names(drop, names, path, "feature", argument="drop")
    kept = [j for j, name in enumerate(names) if name not in set(drop)]
    own = obs.index.to_series() if index is None else obs[index]
    return checked_table(
        values[:, kept] if drop else values,
        [names[j] for j in kept],
        path,
        sample_names=sample_names(own, index or "obs_names", path),
        labels=None if label is None else label_values(obs[label], label, path),
        label_name=label,
    )


def var_names(file: Any, path: Path) -> list[str]:
    """Return the names of the features of an open AnnData file.

    Parameters
    ----------
    file : h5py.File
        Open for reading.
    path : Path
        For the message.

    Returns
    -------
    list of str
        Distinct.

    Raises
    ------
    ValueError
        If it is no AnnData file, or two features have one name.

    Examples
    --------
    >>> var_names(h5py.File("cells.h5ad"), Path("cells.h5ad"))  # doctest: +SKIP
    """
    names = [str(name) for name in _frame(file, "var", path).index]
    check_distinct_names(names, path, "features (.var_names)")
    return names


def _frame(file: Any, part: str, path: Path) -> Any:
    """Return `.obs` or `.var`."""
    import pandas as pd

    with explain_errors(path, "AnnData"):
        frame = _element(file[part]) if part in file else None
    if frame is None:
        raise ValueError(f"{path} is not an AnnData file: it has no {part!r}")
    if not isinstance(frame, pd.DataFrame):
        raise ValueError(
            f"{path}: .{part} is not stored as a data frame (a file from before AnnData 0.7 "
            "becomes one when a newer version reads and writes it)"
        )
    return frame


def _matrix_place(file: Any, path: Path, layer: str | None) -> str:
    with explain_errors(path, "AnnData"):
        layers = list(file["layers"]) if "layers" in file else []
        has_x = "X" in file and file["X"].attrs.get("encoding-type") != "null"
    if layer is None:
        if not has_x:
            message = f"{path} has no .X; choose one of its layers: {quote_names(layers)}"
            raise blame(ValueError(message), "layer")
        return "X"
    if layer not in layers:
        message = f"{path} has no layer {layer!r}; there are {quote_names(layers)}, and .X"
        raise blame(ValueError(message), "layer")
    return f"layers/{layer}"


def dense_part(file: Any, place: str, path: Path, shape: tuple[int, int]) -> Array:
    """Return a matrix of an open AnnData file.

    Parameters
    ----------
    file : h5py.File
        Open for reading.
    place : str
        ``X``, or where the layer is.
    path : Path
        For the messages.
    shape : tuple of int
        How many samples and features the file names.

    Returns
    -------
    ndarray
        Dense.

    Raises
    ------
    ValueError
        If it cannot be read or has another shape.

    Examples
    --------
    >>> dense_part(h5py.File("cells.h5ad"), "X", Path("cells.h5ad"), (3, 2))  # doctest: +SKIP
    """
    with explain_errors(path, "AnnData"):
        values = dense(_element(file[place]))
    if not isinstance(values, np.ndarray) or values.shape != shape:
        raise ValueError(
            f"{path}: {place} has shape {np.shape(values)}, but .obs and .var name {shape}"
        )
    return values


def _element(item: Any) -> Any:
    import warnings

    from anndata.io import read_elem

    with warnings.catch_warnings():
        # About old ways to store the same, which it understands.
        warnings.filterwarnings("ignore", message=".*(written with|encoding|Oldest).*")
        return read_elem(item)
