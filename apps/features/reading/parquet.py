"""Tables in Parquet files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...files.damage import explain_errors, import_optional
from ...terminal.messages import check_distinct_names

if TYPE_CHECKING:
    import pandas as pd


def read_parquet(path: Path) -> pd.DataFrame:
    """Read a table from a Parquet file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    DataFrame
        With the index it was written with, if pandas wrote it.

    Raises
    ------
    ValueError
        If the library is not installed, the file is damaged, without rows, or
        two of its columns have one name.

    Examples
    --------
    >>> read_parquet(Path("data.parquet"))  # doctest: +SKIP
    """
    parquet = import_optional("pyarrow.parquet", "to read and write .parquet files")
    if not path.stat().st_size:
        raise ValueError(f"{path} is empty")
    # read_table would take folders named a=1 above the file for columns.
    with explain_errors(path, "Parquet"), parquet.ParquetFile(path) as file:
        names = [str(name) for name in file.schema_arrow.names]
        n_rows = file.metadata.num_rows
    check_distinct_names(names, path, "columns")
    if not n_rows:
        raise ValueError(f"{path} has columns but no rows")
    with explain_errors(path, "Parquet"), parquet.ParquetFile(path) as file:
        frame: pd.DataFrame = file.read().to_pandas()
    if frame.index.nlevels > 1 or frame.columns.nlevels > 1:
        raise ValueError(f"{path} has names of several levels; one level is expected")
    return frame
