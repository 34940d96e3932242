"""Write which features were selected: a table of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..files.atomic import check_target, replace_file
from ..files.damage import import_optional
from ..terminal.messages import check_distinct_names, quote_names

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("name", "score", "rank", "selection_frequency")
_SEPARATORS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
SUFFIXES = (*_SEPARATORS, ".parquet")


def write_selection(path: str | Path, table: pd.DataFrame, *, overwrite: bool) -> Path:
    """Write which features were selected, completely or not at all.

    Parameters
    ----------
    path : path-like
        CSV, TSV (also ``.txt``) or Parquet.
    table : DataFrame
        With columns name, score, rank and selection_frequency, a row per
        feature. Features that were scored but not selected have no rank.
        Further columns follow these.
    overwrite : bool
        Whether a file at `path` may be replaced.

    Returns
    -------
    Path
        The file written; its rows are sorted by rank, those without one last.

    Raises
    ------
    FileExistsError
        If the file exists and may not be replaced.
    ValueError
        If the format is unknown, a library for it is not installed, columns
        are not there, or names or ranks are not distinct.

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
    rows = checked_selection(table)
    suffix = target.suffix.lower()
    with replace_file(target, overwrite=overwrite) as temporary:
        if suffix == ".parquet":
            rows.to_parquet(temporary, index=False, engine="pyarrow")
        else:
            rows.to_csv(temporary, sep=_SEPARATORS[suffix], index=False, lineterminator="\n")
    return target


def checked_selection(table: pd.DataFrame) -> pd.DataFrame:
    """Return the selection sorted by rank, with its columns in order.

    Parameters
    ----------
    table : DataFrame
        As in `write_selection`.

    Returns
    -------
    DataFrame
        A copy; ranks are integers that may be missing (Int64), names strings.

    Raises
    ------
    ValueError
        If columns are not there, or names or ranks are not distinct.

    Examples
    --------
    >>> import pandas as pd
    >>> checked_selection(pd.DataFrame({"name": ["MYC"]}))
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
    """Raise at once what writing a selection would raise after long work.

    Parameters
    ----------
    path : path-like
        Where the table, or the AnnData file with the selection, is to go.
    overwrite : bool
        Whether a file there may be replaced.
    source : path-like, optional
        The file that the data come from. Only that of an AnnData file can be
        written back, and no table may take its place.

    Raises
    ------
    OSError
        As in `check_target`.
    ValueError
        If the format is unknown, a library for it is not installed, or the
        source does not allow it.

    Examples
    --------
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
