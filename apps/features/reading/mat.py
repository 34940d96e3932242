"""Tables in MATLAB files: which variable is the matrix, and which name its parts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ....toolkit.arrays import Array
from ...files.damage import explain_errors
from ...terminal.hints import blame
from ...terminal.messages import abbreviate, check_known_names, quote
from ..table import FeatureTable
from .labels import label_values
from .mat_variables import MatVariable, mat_variables
from .values import checked_table, dense

# Names of variables that name the features, without underscores, in lower case.
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


def read_mat(
    path: Path, *, label: str | None, index: str | None, drop: Sequence[str], key: str | None
) -> FeatureTable:
    """Read a table from a MATLAB file.

    Parameters
    ----------
    path : Path
        Of version 4 to 7.3; the last needs h5py.
    label, index : str or None
        Which variables hold the labels and the names of the samples.
    drop : sequence of str
        Names of the features that are left out.
    key : str or None
        Which variable holds the matrix (samples by features); by default
        ``X``, or else the only one that has two axes longer than one.

    Returns
    -------
    FeatureTable
        Features are called as a variable such as ``feature_names`` or
        ``genes`` says, if it holds one string for each of them, or else
        ``feature_1`` and so on.

    Raises
    ------
    ValueError
        If the file is damaged, a variable is not there or does not fit, or
        values are missing, infinite or complex.

    Examples
    --------
    >>> from scipy.io import savemat
    >>> savemat("data.mat", {"X": np.eye(2), "genes": np.array(["MYC", "TP53"], object)})
    >>> read_mat(Path("data.mat"), label=None, index=None, drop=(), key=None).feature_names
    ('MYC', 'TP53')
    """
    variables = mat_variables(path)
    asked = {"label": label, "index": index, "key": key}
    for argument, name in asked.items():
        if name is not None:
            check_known_names([name], list(variables), path, "variable", argument=argument)
    chosen = _matrix_name(variables, path, key=key, label=label)
    values = _dense(variables[chosen], path)
    n_samples, n_features = values.shape
    names = _feature_names(variables, n_features)
    samples = None if index is None else _samples(variables[index], n_samples, path)
    labels = None if label is None else _labels(variables[label], n_samples, path)
    check_known_names(drop, names, path, "feature", argument="drop")
    kept = [j for j, name in enumerate(names) if name not in set(drop)]
    return checked_table(
        values[:, kept] if drop else values,
        [names[j] for j in kept],
        path,
        sample_names=samples,
        labels=labels,
        label_name=label,
    )


def _matrix_name(
    variables: dict[str, MatVariable], path: Path, *, key: str | None, label: str | None
) -> str:
    if key is None and "X" in variables and label != "X":
        key = "X"
    if key is not None:
        if not variables[key].is_matrix:
            raise ValueError(
                f"{path}: {quote(key)} is {variables[key].shown}; a matrix of numbers is expected"
            )
        return key
    wide = [
        name
        for name, variable in variables.items()
        if variable.is_matrix and min(variable.shape) > 1 and name != label
    ]
    if len(wide) == 1:
        return wide[0]
    shown = abbreviate(f"{quote(name)} ({variable.shown})" for name, variable in variables.items())
    count = "several matrices" if wide else "no matrix"
    message = f"{path} holds {count} of numbers and none is called 'X': {shown or 'it is empty'}"
    raise blame(ValueError(message), "key")


def _dense(variable: MatVariable, path: Path) -> Array:
    found = variable.load()
    with explain_errors(path, "MAT"):
        return dense(found)


def _feature_names(variables: dict[str, MatVariable], n_features: int) -> list[str]:
    plain = {name.replace("_", "").lower(): name for name in reversed(variables)}
    for candidate in _FEATURE_NAMES:
        if candidate in plain and variables[plain[candidate]].may_be_text:
            strings = _strings(variables[plain[candidate]].load())
            if strings is not None and len(strings) == n_features:
                return strings
    return [f"feature_{j}" for j in range(1, n_features + 1)]


def _samples(variable: MatVariable, n_samples: int, path: Path) -> list[str]:
    found = variable.load()
    strings = _strings(found)
    if strings is None and getattr(found, "dtype", np.dtype("O")).kind in "biuf":
        strings = [str(value) for value in np.ravel(found).tolist()]
    if strings is None or len(strings) != n_samples:
        raise ValueError(
            f"{path}: {quote(variable.name)} must name {n_samples} samples, it is {variable.shown}"
        )
    return strings


def _labels(variable: MatVariable, n_samples: int, path: Path) -> Array:
    import pandas as pd

    found = variable.load()
    strings = _strings(found)
    values: Any = _dense(variable, path) if strings is None else np.array(strings, dtype=object)
    if values.size != n_samples or max(values.shape) != n_samples:
        raise ValueError(
            f"{path}: the label {quote(variable.name)} must hold {n_samples} values, "
            f"it is {variable.shown}"
        )
    return label_values(pd.Series(np.ravel(values)), variable.name, path)


def _strings(found: Any) -> list[str] | None:
    """Return the strings of a character or cell array, None if it is something else."""
    if not isinstance(found, np.ndarray) or found.dtype.kind not in "OSU":
        return None
    result = []
    for cell in found.ravel().tolist():
        inner = np.asarray(cell)
        if inner.dtype.kind not in "SU" or inner.size > 1:
            return None
        result.append(str(inner.item()).rstrip() if inner.size else "")
    return result
