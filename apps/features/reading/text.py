"""Tables in text files, separated by commas or tabs.

pandas reads the numbers. What it would accept silently is checked here first: duplicate names (it
renames them), rows with too few fields (it fills them up), a header one field shorter than the rows
(it shifts the names), the wrong separator (it reads one column).
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...files.damage import explain_errors
from ...files.memory import check_array, check_bytes, read_unpacked
from ...terminal.messages import check_distinct_names, quote
from .columns import UNNAMED

if TYPE_CHECKING:
    import pandas as pd

_BOM = b"\xef\xbb\xbf"
_NUMBER = re.compile(
    r"\s*[-+]?(\d+\.?\d*|\.\d+|inf|infinity)(e[-+]?\d+)?\s*", re.IGNORECASE | re.ASCII
)
_SEPARATORS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars", " ": "spaces"}


def read_text(path: Path, separator: str, *, index: str | None) -> pd.DataFrame:
    r"""Read a delimited text file with a header row into a data frame.

    The column named `index` is not converted to numbers ("007"). A first column without a name is
    called "". So is the first one if the header is one field shorter than the rows, as R writes it.

    >>> _ = Path("data.csv").write_text("id,size,weight\n007,1.5,3\n")
    >>> read_text(Path("data.csv"), ",", index="id")["id"].to_list()
    ['007']
    """
    content = _read_content(path)
    names, n_fields = _read_header(content, separator, path)
    shifted = n_fields == len(names) + 1
    if shifted:
        names = ["", *names]
    unnamed = names[0] in UNNAMED
    _check_names(names[unnamed:], path, first=1 + unnamed)
    texts = [position for position, name in enumerate(names) if name == index]
    frame = _parse(content, separator, len(names), [*texts, *([0] if unnamed else [])], path)
    if shifted and not _are_row_names(frame):
        raise ValueError(
            f"{path}: every row has {n_fields} fields, but the header has {n_fields - 1}"
        )
    return frame.set_axis(names, axis="columns")


def _read_content(path: Path) -> bytes:
    """Return the text in UTF-8, without a byte order mark."""
    if path.suffix.lower() == ".gz":
        with explain_errors(path, "gzip"), gzip.open(path) as file:
            content = read_unpacked(path, file)
    else:
        check_bytes(path, path.stat().st_size)
        content = path.read_bytes()
    content = content.removeprefix(_BOM)
    if not (content[:1000].strip() or content.strip()):
        raise ValueError(f"{path} is empty")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content:
        raise ValueError(f"{path} is not text in UTF-8 (it holds UTF-16 or binary data)")
    if not content.isascii():
        try:
            content.decode("utf-8")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise ValueError(
                f"{path} is not text in UTF-8: byte 0x{content[error.start]:02x} in line {line}"
            ) from error
    return content


def _read_header(content: bytes, separator: str, path: Path) -> tuple[list[str], int]:
    """Return the names of the columns and how many fields all rows have."""
    with explain_errors(path, "text"):
        rows = _split_rows(content, separator)
        header = next((row for row in rows if not _is_blank(row)), None)
    if header is None:
        raise ValueError(f"{path} is empty")
    names = [name.strip() for name in header]
    if len(names) == 1:
        raise ValueError(_describe_one_column(names[0], separator, path))
    with explain_errors(path, "text"):
        n_fields, n_rows, uneven = _compare_rows(content, separator, len(names))
    if uneven:
        line, length = uneven
        raise ValueError(f"{path}: line {line} has {length} fields, the header {len(names)}")
    if not n_rows:
        raise ValueError(f"{path} has a header but no rows")
    check_array(path, (n_rows, n_fields), 8)
    return names, n_fields


def _compare_rows(
    content: bytes, separator: str, n_names: int
) -> tuple[int, int, tuple[int, int] | None]:
    """Return how many fields a row has and how many rows there are, up to the first uneven one.

    That is its line and number of fields, or None.
    """
    lengths = _count_fields(content, separator)
    next(lengths)
    n_fields = n_rows = 0
    for line, length in lengths:
        n_fields = n_fields or length
        if length != n_fields or length not in (n_names, n_names + 1):
            return n_fields, n_rows, (line, length)
        n_rows += 1
    return n_fields, n_rows, None


def _describe_one_column(name: str, separator: str, path: Path) -> str:
    found = [
        other for other in _SEPARATORS if other != separator and name.strip("\"'").count(other)
    ]
    message = f"{path} has only one column, {quote(name)}"
    if not found:
        return message
    most = max(found, key=name.count)
    rename = {",": " (such a file is named .csv)", "\t": " (such a file is named .tsv)"}
    return (
        f"{message}: expected fields separated by {_SEPARATORS[separator]}, but they seem to be "
        f"separated by {_SEPARATORS[most]}{rename.get(most, '')}"
    )


def _split_rows(content: bytes, separator: str) -> Any:
    text = io.TextIOWrapper(io.BytesIO(content), "utf-8", newline="")
    return csv.reader(text, delimiter=separator, skipinitialspace=True)


def _count_fields(content: bytes, separator: str) -> Iterator[tuple[int, int]]:
    """Yield the line and the number of fields of the header and of every row."""
    if b'"' in content:
        rows = _split_rows(content, separator)
        for row in rows:
            if not _is_blank(row):
                yield rows.line_num, len(row)
        return
    lines = io.TextIOWrapper(io.BytesIO(content), "latin-1", newline=None)  # without a list
    for line, text in enumerate(lines, 1):
        length = text.count(separator) + 1
        if length > 1 or text.strip(" \t\n"):
            yield line, length


def _is_blank(row: Sequence[str]) -> bool:
    return not row or (len(row) == 1 and not row[0].strip(" \t"))


def _check_names(names: Sequence[str], path: Path, first: int) -> None:
    for position, name in enumerate(names, first):
        if not name:
            raise ValueError(
                f"{path}: column {position} has no name (only the first one, with the names of "
                "the samples, may have none)"
            )
    check_distinct_names(names, path, "columns")


def _parse(
    content: bytes, separator: str, n_columns: int, texts: Sequence[int], path: Path
) -> pd.DataFrame:
    """Return the columns under their positions."""
    import pandas as pd

    with explain_errors(path, "text"):
        frame: pd.DataFrame = pd.read_csv(
            io.BytesIO(content),
            sep=separator,
            header=0,
            names=list(range(n_columns)),
            index_col=False,
            dtype=dict.fromkeys(texts, str),
            low_memory=False,
            **_choose_precision(),
            skipinitialspace=True,
            encoding="utf-8",
        )
    for position, dtype in enumerate(frame.dtypes):
        if position in texts or (isinstance(dtype, np.dtype) and dtype.kind in "biuf"):
            continue
        numbers = _parse_extreme_numbers(frame[position])
        if numbers is not None:
            frame[position] = numbers
    return frame


def _choose_precision() -> dict[str, Any]:
    """Return the option that makes pandas read decimal numbers exactly: from 3.1 on, none."""
    import pandas as pd

    exact_by_default = tuple(int(part) for part in pd.__version__.split(".")[:2]) >= (3, 1)
    return {} if exact_by_default else {"float_precision": "round_trip"}


def _parse_extreme_numbers(column: pd.Series[Any]) -> list[float] | None:
    """Return numbers that pandas leaves as text (more than 64 bits, 1e-400), None if others."""
    numbers = []
    for value, is_missing in zip(column, column.isna(), strict=True):
        if not (is_missing or (isinstance(value, str) and _NUMBER.fullmatch(value))):
            return None
        numbers.append(float(value))
    return numbers


def _are_row_names(frame: pd.DataFrame) -> bool:
    """Return whether the first column names rows and the last is not due to a trailing separator.

    A column of measurements would pass for names only if it counted or held text.
    """
    first = frame.iloc[:, 0]
    if frame.iloc[:, -1].isna().all() or not first.is_unique or first.isna().any():
        return False
    if not any(_NUMBER.fullmatch(name) for name in first):
        return True
    start = first.iloc[0]
    return start in ("0", "1") and list(first) == [
        str(i) for i in range(int(start), int(start) + len(first))
    ]
