"""How names are shown in messages, and the checks that are about names only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

from .hints import blame

_SHOWN = 5
_LONGEST = 40
# The search for similar names takes time that grows with their number.
_SEARCHED = 5000


def quote(value: object) -> str:
    """Return text in quotes, or the repr of a value, on one line of at most some 45 characters.

    >>> print(quote("first line, second line, third line, fourth"), quote(1.5))
    'first line, second line, third line, four...' 1.5
    """
    text = value if isinstance(value, str) else repr(value)
    short = text[:_LONGEST] + "..." if len(text) > _LONGEST + 3 else text
    return repr(short) if isinstance(value, str) else " ".join(short.split())


def abbreviate(items: Iterable[str]) -> str:
    """Return the first five items, separated by commas, and the number of the others.

    >>> abbreviate("abcdefg")
    'a, b, c, d, e and 2 more'
    """
    every = list(items)
    beyond = len(every) - _SHOWN
    return ", ".join(every[:_SHOWN]) + (f" and {beyond} more" if beyond > 0 else "")


def quote_names(names: Iterable[str]) -> str:
    """Return the first five names in quotes and the number of the others, or "none".

    >>> print(quote_names(["TP53", "MYC"]))
    'TP53', 'MYC'
    """
    return abbreviate(map(quote, names)) or "none"


def check_distinct_names(names: Sequence[str], source: str | Path, kind: str) -> None:
    """Raise a `ValueError` if a name occurs twice; `kind` says, in the plural, what they name.

    >>> check_distinct_names(["a", "b", "a"], "data.csv", "columns")
    Traceback (most recent call last):
    ValueError: data.csv: several columns have the same name: 'a' (2 times)
    """
    if len(set(names)) == len(names):
        return
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    shown = abbreviate(f"{quote(name)} ({n} times)" for name, n in counts.items() if n > 1)
    raise ValueError(f"{source}: several {kind} have the same name: {shown}")


def check_known_names(
    names: Iterable[str], known: Sequence[str], source: str | Path, kind: str, *, argument: str
) -> None:
    """Raise a `ValueError`, with the most similar name, if one of `names` is not in `known`.

    `kind` says, in the singular, what they name; `argument` is the Python argument that named them.

    >>> check_known_names(["TP35"], ["MYC", "TP53"], "a.csv", "column", argument="label")
    Traceback (most recent call last):
    ValueError: a.csv has no column 'TP35'; did you mean 'TP53'? There are: 'MYC', 'TP53'
    """
    present = set(known)
    absent = [name for name in names if name not in present]
    if not absent:
        return
    similar = get_close_matches(absent[0], known[:_SEARCHED], n=1)
    same = [name for name in known if name.strip().lower() == absent[0].strip().lower()]
    nearest = (same or similar)[:1]
    guess = f"; did you mean {quote(nearest[0])}?" if nearest else "."
    message = f"{source} has no {kind} {quote_names(absent)}{guess} There are: {quote_names(known)}"
    raise blame(ValueError(message), argument)
