"""Types of command-line arguments that several benchmarks use."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable, Iterable


def names_among(known: Iterable[str], what: str) -> Callable[[str], list[str]]:
    """Return a type for a list with commas of names that are all among `known`."""
    choices = list(known)

    def parse(text: str) -> list[str]:
        names = split(text)
        for name in names:
            if name not in choices:
                raise ArgumentTypeError(f"no {what} {name!r}; there are {', '.join(choices)}")
        return names

    return parse


def split(text: str) -> list[str]:
    """Return what stands between commas, each once."""
    names = list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not names:
        raise ArgumentTypeError("expected at least one name")
    return names


def positive_integer(text: str) -> int:
    """Return an integer of at least one."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"expected an integer of at least 1, got {text!r}")
    return int(text)


def integers(text: str) -> list[int]:
    """Return integers of at least one with commas between them."""
    return [positive_integer(part) for part in split(text)]
