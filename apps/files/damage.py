"""What goes wrong inside the libraries that read files, said in one line."""

from __future__ import annotations

import csv
import lzma
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType

# What the libraries raise on damaged files: nearly anything.
_DAMAGE: tuple[type[Exception], ...] = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BufferError,
    EOFError,
    LookupError,
    MemoryError,
    NameError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    Warning,
    csv.Error,
    lzma.LZMAError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)
# And when they are imported beside others that they do not fit.
_AT_IMPORT: tuple[type[Exception], ...] = (ImportError, *_DAMAGE)
_LONGEST = 160


@contextmanager
def explain_errors(path: str | Path, kind: str, *, action: str = "read") -> Iterator[None]:
    """Turn whatever a library raises in the block into a `ValueError` that names the file.

    Parameters
    ----------
    path : path-like
        The file that is read in the block.
    kind : str
        What it is read as.
    action : str, default="read"
        What is done with it.

    Yields
    ------
    None
        Once.

    Raises
    ------
    ValueError
        If the block raises anything.

    Examples
    --------
    >>> with explain_errors("data.csv", "CSV"):
    ...     raise EOFError("Compressed file ended")
    Traceback (most recent call last):
    ValueError: data.csv cannot be read as CSV: Compressed file ended
    """
    try:
        yield
    except (*_DAMAGE, *_own_errors(kind)) as error:
        raise ValueError(f"{path} cannot be {action} as {kind}: {_reason(error)}") from error


def is_file(text: str | Path) -> bool:
    """Return whether a text, of whatever length, is the path of a file.

    Parameters
    ----------
    text : path-like
        Perhaps something else altogether.

    Returns
    -------
    bool
        False also for what the system takes for no path.

    Examples
    --------
    >>> is_file("ricker:" + 100 * "30,")
    False
    """
    try:
        return Path(text).is_file()
    except OSError:
        return False


def import_optional(name: str, purpose: str, *, extra: str = "io") -> ModuleType:
    """Import a library that is installed only with an extra.

    Parameters
    ----------
    name : str
        The name of the module.
    purpose : str
        What it is for.
    extra : str, default="io"
        With what it is installed.

    Returns
    -------
    module
        The library.

    Raises
    ------
    ValueError
        If it is not installed; the message says how to install it. If it is
        installed but cannot be imported, as beside a version of another
        library that it does not fit; the message says what went wrong.

    Examples
    --------
    >>> import_optional("no_such_library", "to read .abc files")
    Traceback (most recent call last):
    ValueError: no_such_library is needed to read .abc files: pip install "groupsparse[io]"
    """
    library = name.partition(".")[0]
    try:
        import_module(library)
        return import_module(name)
    except _AT_IMPORT as error:
        if isinstance(error, ModuleNotFoundError) and error.name == library:
            raise ValueError(
                f'{library} is needed {purpose}: pip install "groupsparse[{extra}]"'
            ) from error
        raise ValueError(
            f"{library} is needed {purpose}; it is installed, but importing it failed with "
            f"{type(error).__name__}: {_reason(error)}"
        ) from error


def _reason(error: Exception) -> str:
    """Return what an error of a library says, in one line that can be shown."""
    first = str(error).strip().partition("\n")[0]
    reason = first if error.args else ""
    short = reason[:_LONGEST] + "..." if len(reason) > _LONGEST else reason
    shown = short if short.isprintable() else repr(short)
    return shown or type(error).__name__


def _own_errors(kind: str) -> tuple[type[Exception], ...]:
    """Return errors of the libraries that derive from nothing but Exception."""
    if kind == "MAT":
        return (import_module("scipy.io.matlab").MatReadError,)
    if kind in ("TIF", "TIFF"):
        return (import_module("tifffile").TiffFileError,)  # a ValueError since 2025.10
    if kind == "AnnData":
        with suppress(ImportError, AttributeError):
            # About encodings it does not know; no public module has it.
            return (import_module("anndata._io.specs.registry").IORegistryError,)
    return ()
