"""Types of command-line arguments that several benchmarks use."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable, Iterable


def make_names_parser(known: Iterable[str], what: str) -> Callable[[str], list[str]]:
    """Return an argparse type for a comma-separated list of names from `known`."""
    choices = list(known)

    def parse(text: str) -> list[str]:
        names = split_names(text)
        for name in names:
            if name not in choices:
                raise ArgumentTypeError(
                    f"unknown {what} {name!r}: choose from {', '.join(choices)}"
                )
        return names

    return parse


def split_names(text: str) -> list[str]:
    """Return the parts of a comma-separated list, without repetitions."""
    names = list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not names:
        raise ArgumentTypeError("expected at least one name")
    return names


def parse_count(text: str) -> int:
    """Return a positive integer."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"expected an integer of at least 1, got {text!r}")
    return int(text)


def parse_counts(text: str) -> list[int]:
    """Return a comma-separated list of positive integers."""
    return [parse_count(part) for part in split_names(text)]
