"""How names are shown in messages, and the checks that are about names only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

_SHOWN = 5
_LONGEST = 40
# The search for similar names takes time that grows with their number.
_SEARCHED = 5000


def quoted(value: object) -> str:
    """Return text or a value in quotes, on one line and not too long.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    str
        At most some 45 characters.

    Examples
    --------
    >>> print(quoted("first line, second line, third line, fourth"), quoted(1.5))
    'first line, second line, third line, four...' 1.5
    """
    text = value if isinstance(value, str) else repr(value)
    short = text[:_LONGEST] + "..." if len(text) > _LONGEST + 3 else text
    return repr(short) if isinstance(value, str) else " ".join(short.split())


def listed(items: Iterable[str]) -> str:
    """Return the first five items and how many there are beyond.

    Parameters
    ----------
    items : iterable of str
        As they are to be shown.

    Returns
    -------
    str
        Separated by commas.

    Examples
    --------
    >>> listed("abcdefg")
    'a, b, c, d, e and 2 more'
    """
    every = list(items)
    beyond = len(every) - _SHOWN
    return ", ".join(every[:_SHOWN]) + (f" and {beyond} more" if beyond > 0 else "")


def listed_names(names: Iterable[str]) -> str:
    """Return names in quotes, the first five and how many there are beyond.

    Parameters
    ----------
    names : iterable of str
        Any number of them.

    Returns
    -------
    str
        Separated by commas; "none" if there is none.

    Examples
    --------
    >>> print(listed_names(["TP53", "MYC"]))
    'TP53', 'MYC'
    """
    return listed(map(quoted, names)) or "none"


def check_distinct_names(names: Sequence[str], source: str | Path, kind: str) -> None:
    """Raise a `ValueError` if a name occurs twice, since it would stand for either.

    Parameters
    ----------
    names : sequence of str
        The names.
    source : path-like
        The file, for the message.
    kind : str
        What they name, in the plural.

    Raises
    ------
    ValueError
        If they are not distinct.

    Examples
    --------
    >>> check_distinct_names(["a", "b", "a"], "data.csv", "columns")
    Traceback (most recent call last):
    ValueError: data.csv: several columns have the same name: 'a' (2 times)
    """
    if len(set(names)) == len(names):
        return
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    shown = listed(f"{quoted(name)} ({n} times)" for name, n in counts.items() if n > 1)
    raise ValueError(f"{source}: several {kind} have the same name: {shown}")


def check_known(
    names: Iterable[str], known: Sequence[str], source: str | Path, kind: str, *, option: str
) -> None:
    """Raise a `ValueError` if a name asked for is not among those of the file.

    Parameters
    ----------
    names : iterable of str
        What was asked for.
    known : sequence of str
        What there is.
    source : path-like
        The file, for the message.
    kind : str
        What they name, in the singular.
    option : str
        The option that asked for them.

    Raises
    ------
    ValueError
        With the most similar name and the first of those there are.

    Examples
    --------
    >>> check_known(["TP35"], ["MYC", "TP53"], "a.csv", "column", option="--label")
    Traceback (most recent call last):
    ValueError: a.csv has no column 'TP35' (--label); did you mean 'TP53'? There are: 'MYC', 'TP53'
    """
    present = set(known)
    absent = [name for name in names if name not in present]
    if not absent:
        return
    similar = get_close_matches(absent[0], known[:_SEARCHED], n=1)
    same = [name for name in known if name.strip().lower() == absent[0].strip().lower()]
    nearest = (same or similar)[:1]
    hint = f"; did you mean {quoted(nearest[0])}?" if nearest else "."
    raise ValueError(
        f"{source} has no {kind} {listed_names(absent)} ({option}){hint} "
        f"There are: {listed_names(known)}"
    )
