"""Tables in MATLAB files: the matrix, the names of its features and samples, the labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ....toolkit.arrays import Array
from ...files.damage import explain_errors
from ...terminal.hints import blame
from ...terminal.messages import abbreviate, check_known_names, quote
from ..table import FeatureTable, ReadOptions, densify, make_table
from .columns import convert_labels
from .mat_variables import MatVariable, list_variables

# Variables that hold the names of the features, without underscores and in lower case.
_FEATURE_NAMES = (
    "featurenames",
    "genenames",
    "varnames",
    "variablenames",
    "columnnames",
    "features",
    "genes",
    "columns",
    "names",
)


def read_mat(path: Path, options: ReadOptions) -> FeatureTable:
    """Return the table in a MATLAB file; label, index and key are variables.

    >>> from scipy.io import savemat
    >>> savemat("data.mat", {"X": np.eye(2), "genes": np.array(["MYC", "TP53"], object)})
    >>> read_mat(Path("data.mat"), ReadOptions()).feature_names
    ('MYC', 'TP53')
    """
    variables = list_variables(path)
    label, index, key = options.label, options.index, options.key
    for argument, name in (("label", label), ("index", index), ("key", key)):
        if name is not None:
            check_known_names([name], list(variables), path, "variable", argument=argument)
    values = _read_matrix(variables[_find_matrix(variables, path, options)], path)
    n_samples, n_features = values.shape
    samples = None if index is None else _read_samples(variables[index], n_samples, path)
    return make_table(
        values,
        _find_feature_names(variables, n_features),
        path,
        drop=options.drop,
        sample_names=samples,
        labels=None if label is None else _read_labels(variables[label], n_samples, path),
        label_name=label,
    )


def _find_matrix(variables: dict[str, MatVariable], path: Path, options: ReadOptions) -> str:
    """Return the name of the variable that holds the matrix."""
    key, label = options.key, options.label
    if key is None and "X" in variables and label != "X":
        key = "X"
    if key is not None:
        if not variables[key].is_matrix:
            raise ValueError(
                f"{path}: {quote(key)} is {variables[key]}; a matrix of numbers is expected"
            )
        return key
    wide = [
        name
        for name, variable in variables.items()
        if variable.is_matrix and min(variable.shape) > 1 and name != label
    ]
    if len(wide) == 1:
        return wide[0]
    shown = abbreviate(f"{quote(name)} ({variable})" for name, variable in variables.items())
    count = "several matrices" if wide else "no matrix"
    message = f"{path} holds {count} of numbers and none is called 'X': {shown or 'it is empty'}"
    raise blame(ValueError(message), "key")


def _read_matrix(variable: MatVariable, path: Path) -> Array:
    found = variable.load()
    with explain_errors(path, "MAT"):
        return densify(found, path)


def _find_feature_names(variables: dict[str, MatVariable], n_features: int) -> list[str]:
    plain = {name.replace("_", "").lower(): name for name in reversed(variables)}
    for candidate in _FEATURE_NAMES:
        if candidate in plain and variables[plain[candidate]].may_be_text:
            strings = _extract_strings(variables[plain[candidate]].load())
            if strings is not None and len(strings) == n_features:
                return strings
    return [f"feature_{j}" for j in range(1, n_features + 1)]


def _read_samples(variable: MatVariable, n_samples: int, path: Path) -> list[str]:
    found = variable.load()
    strings = _extract_strings(found)
    if strings is None and getattr(found, "dtype", np.dtype("O")).kind in "biuf":
        strings = [str(value) for value in np.ravel(found).tolist()]
    if strings is None or len(strings) != n_samples:
        raise ValueError(
            f"{path}: {quote(variable.name)} must name {n_samples} samples, it is {variable}"
        )
    return strings


def _read_labels(variable: MatVariable, n_samples: int, path: Path) -> Array:
    import pandas as pd

    found = variable.load()
    strings = _extract_strings(found)
    values: Any = (
        _read_matrix(variable, path) if strings is None else np.array(strings, dtype=object)
    )
    if values.size != n_samples or max(values.shape) != n_samples:
        raise ValueError(
            f"{path}: the label {quote(variable.name)} must hold {n_samples} values, "
            f"it is {variable}"
        )
    return convert_labels(pd.Series(np.ravel(values)), variable.name, path)


def _extract_strings(found: Any) -> list[str] | None:
    """Return the strings of a character or cell array, or None for anything else."""
    if not isinstance(found, np.ndarray) or found.dtype.kind not in "OSU":
        return None
    result = []
    for cell in found.ravel().tolist():
        inner = np.asarray(cell)
        if inner.dtype.kind not in "SU" or inner.size > 1:
            return None
        result.append(str(inner.item()).rstrip() if inner.size else "")
    return result
