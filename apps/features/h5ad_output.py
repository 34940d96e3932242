"""Write which features were selected into a copy of the AnnData file they came from.

The copy is made byte by byte and only columns of ``.var`` are added, so nothing
else can be lost or change: layers, graphs, compression, parts that anndata does
not know. The columns are matched to the features by name; the order of the
features in the file stays as it is.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...toolkit.arrays import Array
from ..files.atomic import replace_file
from ..files.damage import explain_errors, import_optional
from ..terminal.messages import quote_names
from .reading.h5ad import PURPOSE, var_names
from .selection_file import check_selection_output, checked_selection

if TYPE_CHECKING:
    import pandas as pd


def write_h5ad(
    source: str | Path,
    target: str | Path,
    selection: pd.DataFrame,
    *,
    overwrite: bool,
    prefix: str = "groupsparse_",
) -> Path:
    """Write an AnnData file with the selection in ``.var``, completely or not at all.

    Parameters
    ----------
    source : path-like
        The AnnData file.
    target : path-like
        Where the copy goes; may be `source` itself if `overwrite` is true.
    selection : DataFrame
        As in `write_selection`. Features with a rank are selected. Others may
        be left out: they get score 0, and selection frequency 0 if the
        selection has frequencies, else NaN.
    overwrite : bool
        Whether a file at `target` may be replaced.
    prefix : str, default="groupsparse_"
        What the names of the columns begin with: selected (bool), rank (NaN if
        not selected), score, selection_frequency. Columns of these names from
        an earlier run are replaced.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    FileNotFoundError
        If `source` does not exist.
    FileExistsError
        If `target` exists and may not be replaced.
    ValueError
        If anndata is not installed, the source is damaged or has two features
        of one name, or the selection names features that it does not have.

    Examples
    --------
    >>> write_h5ad("cells.h5ad", "selected.h5ad", selection, overwrite=False)  # doctest: +SKIP
    """
    origin, final = Path(source), Path(target)
    if not origin.is_file():
        raise FileNotFoundError(f"{origin}: there is no such file")
    if final.suffix.lower() != ".h5ad":
        raise ValueError(f"{final}: an AnnData file is named .h5ad")
    check_selection_output(final, overwrite=overwrite, source=origin)
    rows = checked_selection(selection)
    h5py = import_optional("h5py", PURPOSE)
    with explain_errors(origin, "AnnData"):
        file = h5py.File(origin, "r")
    with file:
        columns = selection_columns(rows, var_names(file, origin), origin)
    with replace_file(final, overwrite=overwrite) as temporary:
        shutil.copyfile(origin, temporary)
        with (
            explain_errors(final, "AnnData", action="written"),
            h5py.File(temporary, "r+") as copy,
        ):
            _add(copy["var"], {f"{prefix}{name}": values for name, values in columns.items()})
    return final


def selection_columns(rows: pd.DataFrame, names: list[str], source: Path) -> dict[str, Array]:
    """Return the columns for ``.var``, in the order of the names.

    Parameters
    ----------
    rows : DataFrame
        From `checked_selection`.
    names : list of str
        The features of the file.
    source : Path
        The file, for the message.

    Returns
    -------
    dict of ndarray
        selected, rank, score and selection_frequency.

    Raises
    ------
    ValueError
        If the selection names other features.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame(
    ...     {"name": ["TP53"], "rank": [1], "score": [2.0], "selection_frequency": [1.0]}
    ... )
    >>> selection_columns(rows, ["MYC", "TP53"], Path("cells.h5ad"))["selected"]
    array([False,  True])
    """
    known = set(names)
    strangers = [name for name in rows["name"] if name not in known]
    if strangers:
        raise ValueError(f"{source} has no features {quote_names(strangers)} to mark as selected")
    by_name = rows.set_index("name").reindex(names)
    rank = by_name["rank"].to_numpy(dtype=np.float64, na_value=np.nan)
    absent = ~np.isin(names, rows["name"].to_list())
    score = np.array(by_name["score"], dtype=np.float64)
    score[absent] = 0
    frequency = np.array(by_name["selection_frequency"], dtype=np.float64)
    if rows["selection_frequency"].notna().any():
        frequency[absent] = 0
    return {
        "selected": ~np.isnan(rank),
        "rank": rank,
        "score": score,
        "selection_frequency": frequency,
    }


def _add(var: Any, columns: dict[str, Array]) -> None:
    """Add columns to a stored data frame, or replace them."""
    import h5py
    from anndata.io import write_elem

    order = [str(name) for name in var.attrs["column-order"]]
    for name, values in columns.items():
        if name in var:
            del var[name]
        write_elem(var, name, values)
    whole = [*order, *(name for name in columns if name not in order)]
    var.attrs.create("column-order", whole, dtype=h5py.string_dtype())
