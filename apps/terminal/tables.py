"""Tables of a report, printed to a terminal or a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..report.cells import format_table

if TYPE_CHECKING:
    from rich.table import Table as RichTable
    from rich.text import Text

    from ..report.content import Table

# Wider than any table, yet small enough for the computations of rich.
_UNLIMITED = 100_000


def show_table(table: Table) -> None:
    """Print a table to the standard output.

    Columns of numbers are aligned at the right and emphasised rows are bold. If the output is not a
    terminal, there are no control codes and lines are as long as they need to be, so that the text
    can be searched.

    >>> from groupsparse.apps.report.content import Table
    >>> show_table(Table(["method", "PSNR"], [["GPDASC", 38.7], ["FISTA", None]]))
    method   PSNR
    ─────────────
    GPDASC   38.7
    FISTA       –
    """
    from rich.console import Console

    console = Console()
    printed = _make_rich_table(table, console.encoding)
    if not console.is_terminal:
        console.width = _UNLIMITED
        console.width = console.measure(printed).maximum
    if table.caption:
        caption = _encode(table.caption, console.encoding)
        console.print(caption, soft_wrap=True)
    console.print(printed)


def _encode(text: str, encoding: str) -> Text:
    """Return a text without markup for rich and without characters the output cannot encode."""
    from rich.text import Text

    return Text(text.encode(encoding, "replace").decode(encoding))


def _make_rich_table(table: Table, encoding: str) -> RichTable:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table as RichTable

    cells = format_table(table)
    printed = RichTable(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name, numeric in zip(cells.columns, cells.numeric, strict=True):
        printed.add_column(_encode(name, encoding), justify="right" if numeric else "left")
    for number, row in enumerate(cells.rows):
        style = "bold" if number in table.emphasise else None
        printed.add_row(*(_encode(text, encoding) for text in row), style=style)
    return printed
