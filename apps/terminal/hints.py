"""Options of the command line that belong to an error, kept out of the library's own messages.

Library code marks an error with the names of the Python arguments that caused it or can mend it;
the command line adds the options of these names. ``n_features`` is shown as ``--n-features``; a
command that words a hint otherwise runs its work inside `hint_at`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

_MARK = "concerned_arguments"
_HINTS = {"overwrite": "--overwrite replaces it"}

E = TypeVar("E", bound=Exception)


def blame(error: E, *arguments: str) -> E:
    """Return the error, marked with the Python arguments that caused it or can mend it.

    >>> raise blame(FileExistsError("a.csv exists already"), "overwrite")
    Traceback (most recent call last):
    FileExistsError: a.csv exists already
    """
    vars(error)[_MARK] = dict.fromkeys(arguments)
    return error


@contextmanager
def hint_at(**hints: str) -> Iterator[None]:
    """Reword the hints of errors raised in the block, by argument; an empty string omits one."""
    try:
        yield
    except Exception as error:
        marked = vars(error).get(_MARK, {})
        marked.update({name: hints[name] for name in marked if name in hints})
        raise


def describe_error(error: Exception) -> str:
    """Return the message on one line, followed by the options that belong to it.

    >>> error = blame(ValueError("a.csv has no column 'TP35'"), "label")
    >>> describe_error(error)
    "a.csv has no column 'TP35' (--label)"
    >>> describe_error(blame(FileExistsError("a.csv exists already"), "overwrite"))
    'a.csv exists already (--overwrite replaces it)'
    """
    message = " ".join(str(error).splitlines())
    if isinstance(error, MemoryError):
        message = "there is not enough memory" + (f": {message}" if message else "")
    marked = vars(error).get(_MARK, {})
    hints = [_format_option(name) if hint is None else hint for name, hint in marked.items()]
    shown = ", ".join(filter(None, hints))
    return f"{message} ({shown})" if shown else message


def _format_option(argument: str) -> str:
    return _HINTS.get(argument, "--" + argument.replace("_", "-"))
