"""Text of the cells of a table, the same on a page and in a terminal."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, NamedTuple, SupportsFloat, TypeGuard

if TYPE_CHECKING:
    from .content import Table

ABSENT = "\N{EN DASH}"
_ABSENT_TEXTS = ("", "-", ABSENT, "\N{EM DASH}")

_NUMBER = r"[+\-−]?(\d[\d,]*\.?\d*|\.\d+)(e[+\-−]?\d+)?"
_UNIT = r"\s?(%|°|×|[^\W\d_]{1,3}(/[^\W\d_]{1,3})?)"
# A number, and little else: "38.7 dB", "≤ 0.01", "12 ± 3", "7/10", "0.6 (0.1)", "1.5e-3", "inf".
_NUMERIC = re.compile(
    rf"[<>≤≥≈~]?\s?{_NUMBER}({_UNIT})?(\s?[±/–(]\s?{_NUMBER}({_UNIT})?\)?)?|[+\-−]?(inf|nan)",
    re.IGNORECASE,
)


class TableText(NamedTuple):
    """The text of a table, not escaped; `numeric` columns are to be aligned at the right."""

    columns: list[str]
    numeric: list[bool]
    rows: list[tuple[str, ...]]


def format_table(table: Table) -> TableText:
    """Return the text of a table.

    >>> from groupsparse.apps.report.content import Table
    >>> format_table(Table(["method", "PSNR"], [["GPDASC", 38.75], ["FISTA", 36.2]])).rows
    [('GPDASC', '38.75'), ('FISTA', '36.20')]
    """
    columns = [[row[number] for row in table.rows] for number in range(len(table.columns))]
    return TableText(
        columns=list(table.columns),
        numeric=[is_numeric(values) for values in columns],
        rows=list(zip(*map(format_column, columns), strict=True)),
    )


def format_column(values: Sequence[object]) -> list[str]:
    """Return the text of the values of one column.

    None becomes an en dash, a bool "yes" or "no". Real numbers get four significant digits; if the
    numbers of the column do not differ too much in size, that holds for the largest one and all
    have the same decimals. Integers are never shortened; everything else is converted by `str`.

    >>> format_column([31.123, 30.4, None])
    ['31.12', '30.40', '–']
    >>> format_column([0.5, 2e-9, 123456.7, 12, True, "FISTA"])
    ['0.5', '2e-09', '123457', '12', 'yes', 'FISTA']
    """
    decimals = _choose_decimals([float(value) for value in values if _is_fractional(value)])
    return [_format_cell(value, decimals) for value in values]


def _format_cell(value: object, decimals: int | None) -> str:
    if value is None:
        return ABSENT
    if isinstance(value, bool):
        return "yes" if value else "no"
    if _is_fractional(value):
        number = float(value)
        if decimals is None:  # four significant digits, but no exponent for thousands
            decimals = 0 if 1e3 <= abs(number) < 1e7 else None
        return f"{number:.4g}" if decimals is None else f"{number:.{decimals}f}"
    return str(value)


def _is_fractional(value: object) -> TypeGuard[SupportsFloat]:
    return isinstance(value, Real) and not isinstance(value, Integral)


def _choose_decimals(numbers: Sequence[float]) -> int | None:
    """Return the decimals that suit all the numbers, or None if they differ too much in size."""
    finite = [number for number in numbers if math.isfinite(number)]
    sizes = [abs(number) for number in finite if number != 0]
    if not sizes or not 1e-3 <= max(sizes) < 1e7:
        return None
    decimals = max(0, 3 - math.floor(math.log10(max(sizes))))
    if min(sizes) < 10 ** (1 - decimals):  # fewer than two digits would be left of it
        return None
    texts = [f"{number:.{decimals}f}" for number in finite]
    while decimals and all(text.endswith("0") for text in texts):
        texts = [text[:-1] for text in texts]
        decimals -= 1
    return decimals


def is_numeric(values: Iterable[object]) -> bool:
    """Return whether a column holds numbers and is to be aligned at the right.

    Each value must be a real number or a string that starts with one and adds at most a unit or a
    spread; None, an empty string and a dash are ignored.

    >>> is_numeric([3, None, "38.7 dB", "12 ± 3"])
    True
    >>> is_numeric([3, "GPDASC"])
    False
    """
    present = [value for value in values if value is not None and value not in _ABSENT_TEXTS]
    return bool(present) and all(_is_number(value) for value in present)


def _is_number(value: object) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, str):
        return _NUMERIC.fullmatch(value.strip()) is not None
    return isinstance(value, Real)
