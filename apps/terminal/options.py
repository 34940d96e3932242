"""The options that all verbs share: where results go, and how much is shown."""

from __future__ import annotations

from typing import Annotated

import typer

Json = Annotated[
    str | None,
    typer.Option(
        "--json",
        metavar="FILE",
        help="Write the results as JSON; - prints them, and nothing else, to the terminal.",
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace existing files.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress bar and no table.")]


def shows_text(*, quiet: bool, json_to: str | None) -> bool:
    """Return whether a verb shows progress and prints text: not where it prints JSON.

    >>> shows_text(quiet=False, json_to="-")
    False
    """
    return not quiet and json_to != "-"
