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


def parse_numbers(option: str, text: str | None) -> float | list[float] | None:
    """Return a number, or the numbers between commas; None if the option is not given.

    >>> parse_numbers("--noise", "0.5"), parse_numbers("--noise", "1,2")
    (0.5, [1.0, 2.0])
    """
    if text is None:
        return None
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise ValueError(
            f"{option} must be a number, or several as in 0.5,0.5,2, got {text!r}"
        ) from None
    return numbers[0] if len(numbers) == 1 else numbers
