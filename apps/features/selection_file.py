"""Write which features were selected: as a table, or into a copy of their AnnData file.

The copy is made byte by byte and only columns of ``.var`` are added, so that nothing else can be
lost or changed: layers, graphs, compression, parts that anndata does not know. The columns are
matched to the features by name; the order of the features in the file does not change.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from ..files.atomic import check_target, replace_file
from ..files.damage import explain_errors, import_optional
from ..files.hdf5 import check_hdf5
from ..terminal.messages import check_distinct_names, quote_names

if TYPE_CHECKING:
    import h5py
    import pandas as pd

    from ...toolkit.arrays import Array

COLUMNS = ("name", "score", "rank", "selection_frequency")
_SEPARATORS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
SUFFIXES = (*_SEPARATORS, ".parquet")
_SPACE = 2**20


def write_selection(path: str | Path, table: pd.DataFrame, *, overwrite: bool) -> Path:
    """Write which features were selected as a table, completely or not at all.

    Parameters
    ----------
    path : path-like
        CSV, TSV (also ``.txt``) or Parquet.
    table : DataFrame
        Columns name, score, rank and selection_frequency, a row per feature.
        Features that were scored but not selected have no rank. Further
        columns are written after these.
    overwrite : bool
        Whether an existing file may be replaced.

    Returns
    -------
    Path
        The file written; its rows are sorted by rank, those without one last.

    Raises
    ------
    FileExistsError
        If the file exists and may not be replaced.
    ValueError
        If the format is unknown, a required library is not installed, columns
        are missing, or names or ranks are not distinct.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame(
    ...     {
    ...         "name": ["MYC", "TP53"],
    ...         "score": [1.5, 2.5],
    ...         "rank": [2, 1],
    ...         "selection_frequency": 1.0,
    ...     }
    ... )
    >>> print(write_selection("genes.csv", table, overwrite=True).read_text(), end="")
    name,score,rank,selection_frequency
    TP53,2.5,1,1.0
    MYC,1.5,2,1.0
    """
    target = Path(path)
    _check_suffix(target, SUFFIXES)
    check_selection_output(target, overwrite=overwrite)
    rows = sort_selection(table)
    suffix = target.suffix.lower()
    with replace_file(target, overwrite=overwrite) as temporary:
        if suffix == ".parquet":
            rows.to_parquet(temporary, index=False, engine="pyarrow")
        else:
            rows.to_csv(temporary, sep=_SEPARATORS[suffix], index=False, lineterminator="\n")
    return target


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
        The AnnData file that the data come from.
    target : path-like
        The copy to write; may be `source` itself if `overwrite` is true.
    selection : DataFrame
        As in `write_selection`. Features with a rank are selected. Features
        that are not in it get score 0, and selection frequency 0 if the
        selection has frequencies, otherwise NaN.
    overwrite : bool
        Whether a file at `target` may be replaced.
    prefix : str, default="groupsparse_"
        Prefix of the column names: selected (bool), rank (NaN if not
        selected), score, selection_frequency. Columns of these names from an
        earlier run are replaced.

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
        If anndata is not installed, the source is damaged or its feature names
        are not distinct, or the selection names features that it does not have.

    Examples
    --------
    >>> write_h5ad("cells.h5ad", "selected.h5ad", selection, overwrite=False)  # doctest: +SKIP
    """
    from .reading.h5ad import PURPOSE, read_var_names

    origin, final = Path(source), Path(target)
    if not origin.is_file():
        raise FileNotFoundError(f"{origin}: no such file")
    if final.suffix.lower() != ".h5ad":
        raise ValueError(f"{final}: the name of an AnnData file must end with .h5ad")
    check_selection_output(final, overwrite=overwrite, source=origin)
    rows = sort_selection(selection)
    h5py = import_optional("h5py", PURPOSE)
    check_hdf5(origin, "AnnData", ["var"])
    with explain_errors(origin, "AnnData"):
        file = h5py.File(origin, "r")
    with file:
        columns = _arrange_columns(rows, read_var_names(file, origin), origin)
    with replace_file(final, overwrite=overwrite) as temporary:
        shutil.copyfile(origin, temporary)
        _reserve_space(temporary, columns)
        with (
            explain_errors(final, "AnnData", action="written"),
            h5py.File(temporary, "r+") as copy,
        ):
            _add(copy["var"], {f"{prefix}{name}": values for name, values in columns.items()})
    return final


def _arrange_columns(rows: pd.DataFrame, names: list[str], source: Path) -> dict[str, Array]:
    """Return the columns for ``.var`` in the order of `names`, the features of the file."""
    import numpy as np

    known = set(names)
    unknown = [name for name in rows["name"] if name not in known]
    if unknown:
        raise ValueError(f"{source} has no features {quote_names(unknown)} to mark as selected")
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


def _reserve_space(path: Path, columns: dict[str, Array]) -> None:
    """Lengthen a file by zeros beyond the end that it knows of, which HDF5 cuts off in the end.

    HDF5 ends the whole process if it finds no space.
    """
    n_bytes = _SPACE + 2 * sum(values.nbytes for values in columns.values())
    with path.open("ab", buffering=0) as file:
        for _ in range(-(-n_bytes // _SPACE)):
            if file.write(bytes(_SPACE)) < _SPACE:
                file.write(bytes(_SPACE))  # raises the error


def _add(var: h5py.Group, columns: dict[str, Array]) -> None:
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


def sort_selection(table: pd.DataFrame) -> pd.DataFrame:
    """Return a copy sorted by rank (Int64, may be missing) with `COLUMNS` first; raise if wrong.

    >>> import pandas as pd
    >>> sort_selection(pd.DataFrame({"name": ["MYC"]}))
    Traceback (most recent call last):
    ValueError: the selection has no column 'score', 'rank', 'selection_frequency'
    """
    absent = [name for name in COLUMNS if name not in table.columns]
    if absent:
        raise ValueError(f"the selection has no column {quote_names(absent)}")
    further = [name for name in table.columns if name not in COLUMNS]
    rows = table[[*COLUMNS, *further]].copy()
    rows["name"] = [str(name) for name in rows["name"]]
    check_distinct_names(list(rows["name"]), "the selection", "features")
    ranks = rows["rank"].astype("Float64").astype("Int64")
    if ranks.dropna().duplicated().any():
        raise ValueError("the selection gives the same rank to several features")
    rows["rank"] = ranks
    return rows.sort_values("rank", kind="stable", na_position="last", ignore_index=True)


def check_selection_output(
    path: str | Path, *, overwrite: bool, source: str | Path | None = None
) -> None:
    """Raise, before long work, whatever writing a selection of features of `source` would raise.

    >>> check_selection_output("genes.csv", overwrite=False)
    >>> check_selection_output("genes.h5ad", overwrite=False, source="data.csv")
    Traceback (most recent call last):
    ValueError: genes.h5ad: only data from a .h5ad file can be written back into one, got data.csv
    """
    target = Path(path)
    _check_suffix(target, (*SUFFIXES, ".h5ad"))
    to_anndata = target.suffix.lower() == ".h5ad"
    if source is not None:
        origin = Path(source)
        if to_anndata and origin.suffix.lower() != ".h5ad":
            raise ValueError(
                f"{target}: only data from a .h5ad file can be written back into one, got {origin}"
            )
        if not to_anndata and target.exists() and origin.exists() and target.samefile(origin):
            raise ValueError(f"{target}: the table would replace the data it was made from")
    check_target(target, overwrite=overwrite)
    if target.suffix.lower() == ".parquet":
        import_optional("pyarrow", "to read and write .parquet files")
    if to_anndata:
        import_optional("anndata", "to read and write .h5ad files")


def _check_suffix(path: Path, allowed: tuple[str, ...]) -> None:
    if path.suffix.lower() not in allowed:
        raise ValueError(f"{path}: the format must be one of {', '.join(allowed)}")
