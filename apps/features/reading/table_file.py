"""Read a table of features: a file of any known format, or a data set by its name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ....datasets.catalogue import DATASETS, find_dataset
from ...files.damage import explain_errors, import_optional
from ...files.memory import check_bytes
from ...terminal.hints import blame
from ...terminal.messages import check_distinct_names
from ..table import FeatureTable, ReadOptions
from .columns import make_table_from_frame

if TYPE_CHECKING:
    import pandas as pd

_SEPARATORS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
SUFFIXES = (*_SEPARATORS, *(f"{suffix}.gz" for suffix in _SEPARATORS), ".parquet", ".mat", ".h5ad")


def load_table(source: str, options: ReadOptions | None = None) -> FeatureTable:
    """Return a data set of `groupsparse.datasets`, with its classes as labels, or read a file.

    Of the options, data sets have only `drop`.

    >>> table = load_table("wisconsin")
    >>> table.values.shape, table.label_name
    ((569, 30), 'class')
    """
    options = options or ReadOptions()
    names = [dataset.name for dataset in DATASETS]
    if source in names and not Path(source).is_file():
        return _load_dataset(source, options)
    if not Path(source).suffix and not Path(source).exists():
        raise FileNotFoundError(f"{source}: no such file, and data sets are {', '.join(names)}")
    return _read_file(Path(source), options)


def _load_dataset(name: str, options: ReadOptions) -> FeatureTable:
    """Return a data set without the features to drop."""
    given = [key for key, value in vars(options).items() if value is not None and key != "drop"]
    if given:
        message = f"{name} is a data set, but {', '.join(given)} can be chosen for files only"
        raise blame(ValueError(message), *given)
    bunch = find_dataset(name).load()
    names = [str(feature) for feature in bunch.feature_names]
    unknown = [feature for feature in options.drop if feature not in names]
    if unknown:
        raise blame(ValueError(f"{name} has no feature {unknown[0]!r}"), "drop")
    kept = [place for place, feature in enumerate(names) if feature not in options.drop]
    return FeatureTable(
        bunch.data[:, kept],
        tuple(names[place] for place in kept),
        labels=bunch.target_names[bunch.target],
        label_name="class",
    )


def read_table(
    path: str | Path,
    *,
    label: str | None = None,
    drop: str | Iterable[str] = (),
    index: str | None = None,
    layer: str | None = None,
    key: str | None = None,
) -> FeatureTable:
    r"""Read a table of features from a file.

    Parameters
    ----------
    path : path-like
        CSV, TSV (also ``.txt``, separated by tabs), either compressed
        (``.csv.gz``), Parquet, MATLAB or AnnData. Rows are samples.
    label : str, optional
        Where class labels or a response are: a column, a column of ``.obs``
        (AnnData), or a variable (MATLAB).
    drop : str or iterable of str, optional
        Columns or features to leave out.
    index : str, optional
        Where the names of the samples are, as for `label`. By default a first
        column without a name, the index that pandas wrote to a Parquet file,
        or ``.obs_names``.
    layer : str, optional
        The layer of an AnnData file to read instead of ``.X``.
    key : str, optional
        The variable of a MATLAB file that holds the matrix: by default ``X``,
        otherwise the only matrix with two axes longer than one. Features are
        named by a variable such as ``feature_names`` or ``genes`` that holds
        one string for each of them, otherwise ``feature_1`` and so on.

    Returns
    -------
    FeatureTable
        Dense; booleans and integers are converted to double precision.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the format is unknown, a required library is not installed, the file
        is damaged or does not hold a given name, feature names are not
        distinct, or features hold anything but finite numbers. Messages name
        the columns.

    Examples
    --------
    >>> _ = Path("data.csv").write_text("size,weight,class\n1,3.5,M\n2,4,B\n")
    >>> table = read_table("data.csv", label="class")
    >>> table.feature_names, table.values.shape
    (('size', 'weight'), (2, 2))
    """
    dropped = (drop,) if isinstance(drop, str) else tuple(drop)
    return _read_file(Path(path), ReadOptions(label, index, dropped, layer, key))


def _read_file(source: Path, options: ReadOptions) -> FeatureTable:
    suffix = _find_suffix(source)
    formats = (("layer", options.layer, ".h5ad"), ("key", options.key, ".mat"))
    for argument, value, owner in formats:
        if value is not None and suffix != owner:
            message = f"{source}: {argument} can be chosen for {owner} files only"
            raise blame(ValueError(message), argument)
    if suffix == ".mat":
        from .mat import read_mat

        return read_mat(source, options)
    if suffix == ".h5ad":
        from .h5ad import read_h5ad

        return read_h5ad(source, options)
    if suffix == ".parquet":
        return make_table_from_frame(_read_parquet(source), source, options)
    from .text import read_text

    frame = read_text(source, _SEPARATORS[suffix.removesuffix(".gz")], index=options.index)
    return make_table_from_frame(frame, source, options)


def _find_suffix(path: Path) -> str:
    """Return the suffix that determines the format of an existing file."""
    name = path.name.lower()
    suffix = max((s for s in SUFFIXES if name.endswith(s)), key=len, default=None)
    if suffix is None:
        raise ValueError(f"{path}: the format must be one of {', '.join(SUFFIXES)}")
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    return suffix


def _read_parquet(path: Path) -> pd.DataFrame:
    """Return the table in a Parquet file, with the index it was written with by pandas."""
    parquet = import_optional("pyarrow.parquet", "to read and write .parquet files")
    if not path.stat().st_size:
        raise ValueError(f"{path} is empty")
    # read_table would take folders named a=1 above the file for columns.
    with explain_errors(path, "Parquet"), parquet.ParquetFile(path) as file:
        names = [str(name) for name in file.schema_arrow.names]
        n_rows = file.metadata.num_rows
        groups = [file.metadata.row_group(i) for i in range(file.metadata.num_row_groups)]
        n_bytes = sum(group.total_byte_size for group in groups)
    check_bytes(path, max(n_bytes, 8 * n_rows * len(names)))
    check_distinct_names(names, path, "columns")
    if not n_rows:
        raise ValueError(f"{path} has columns but no rows")
    with explain_errors(path, "Parquet"), parquet.ParquetFile(path) as file:
        frame: pd.DataFrame = file.read().to_pandas()
    if frame.index.nlevels > 1 or frame.columns.nlevels > 1:
        raise ValueError(f"{path} has names of several levels; one level is expected")
    return frame
