"""Read a table of features from a file, whatever its format."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ...terminal.hints import blame
from ..table import FeatureTable
from .columns import table_from_frame

_SEPARATORS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
SUFFIXES = (*_SEPARATORS, *(f"{suffix}.gz" for suffix in _SEPARATORS), ".parquet", ".mat", ".h5ad")


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
        What holds class labels or a response: a column, a column of ``.obs``
        (AnnData), or a variable (MATLAB).
    drop : str or iterable of str, optional
        Columns or features that are left out.
    index : str, optional
        What holds the names of the samples, as for `label`. By default a
        first column without a name, the index that pandas wrote to a Parquet
        file, or ``.obs_names``.
    layer : str, optional
        Which layer of an AnnData file is read instead of ``.X``.
    key : str, optional
        Which variable of a MATLAB file holds the matrix: by default ``X``, or
        else the only matrix.

    Returns
    -------
    FeatureTable
        Dense; booleans and integers have become numbers of double precision.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the format is unknown, a library for it is not installed, the file
        is damaged, a name asked for is not in it, names of features occur
        twice, or features hold something else than finite numbers. Messages
        name the columns.

    Examples
    --------
    >>> _ = Path("data.csv").write_text("size,weight,class\n1,3.5,M\n2,4,B\n")
    >>> table = read_table("data.csv", label="class")
    >>> table.feature_names, table.values.shape
    (('size', 'weight'), (2, 2))
    """
    source = Path(path)
    suffix = _suffix(source)
    for argument, value, owner in (("layer", layer, ".h5ad"), ("key", key, ".mat")):
        if value is not None and suffix != owner:
            message = f"{source}: {argument} can be chosen for {owner} files only"
            raise blame(ValueError(message), argument)
    dropped = (drop,) if isinstance(drop, str) else tuple(drop)
    if suffix == ".mat":
        from .mat import read_mat

        return read_mat(source, label=label, index=index, drop=dropped, key=key)
    if suffix == ".h5ad":
        from .h5ad import read_h5ad

        return read_h5ad(source, label=label, index=index, drop=dropped, layer=layer)
    if suffix == ".parquet":
        from .parquet import read_parquet

        frame = read_parquet(source)
    else:
        from .text import read_text

        frame = read_text(source, _SEPARATORS[suffix.removesuffix(".gz")], index=index)
    return table_from_frame(frame, source, label=label, index=index, drop=dropped)


def _suffix(path: Path) -> str:
    """Return the suffix that tells the format of a file that exists."""
    name = path.name.lower()
    suffix = max((s for s in SUFFIXES if name.endswith(s)), key=len, default=None)
    if suffix is None:
        raise ValueError(f"{path}: the format must be one of {', '.join(SUFFIXES)}")
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file")
    return suffix
