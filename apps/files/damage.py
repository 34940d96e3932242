"""Errors of the libraries that read files, turned into one line."""

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

from .memory import TooLargeError

# Libraries raise nearly anything on damaged files.
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
# And on import beside incompatible versions of others.
_AT_IMPORT: tuple[type[Exception], ...] = (ImportError, *_DAMAGE)
_LONGEST = 160


@contextmanager
def explain_errors(path: str | Path, kind: str, *, action: str = "read") -> Iterator[None]:
    """Turn whatever a library raises in the block into a `ValueError` that names the file.

    `kind` is the format, and `action` the participle of what is done with the file.

    >>> with explain_errors("data.csv", "CSV"):
    ...     raise EOFError("Compressed file ended")
    Traceback (most recent call last):
    ValueError: data.csv cannot be read as CSV: Compressed file ended
    """
    try:
        yield
    except TooLargeError:
        raise
    except (*_DAMAGE, *_list_own_errors(kind)) as error:
        raise ValueError(f"{path} cannot be {action} as {kind}: {_summarize(error)}") from error


def is_file(text: str | Path) -> bool:
    """Return whether a text, of any length, is the path of a file.

    >>> is_file("ricker:" + 100 * "30,")
    False
    """
    try:
        return Path(text).is_file()
    except OSError:
        return False


def import_optional(name: str, purpose: str, *, extra: str = "io") -> ModuleType:
    """Return a module that is installed only with an extra.

    Raises
    ------
    ValueError
        If it is not installed; the message gives the command that installs it. Also if it is
        installed but cannot be imported, for example beside an incompatible version of another
        library; the message gives the reason.

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
            f"{type(error).__name__}: {_summarize(error)}"
        ) from error


def _summarize(error: Exception) -> str:
    """Return the message of a library's error in one line that can be printed."""
    first = str(error).strip().partition("\n")[0]
    reason = first if error.args else ""
    short = reason[:_LONGEST] + "..." if len(reason) > _LONGEST else reason
    shown = short if short.isprintable() else repr(short)
    if not shown and isinstance(error, MemoryError):
        return "there is not enough memory"
    return shown or type(error).__name__


def _list_own_errors(kind: str) -> tuple[type[Exception], ...]:
    """Return the errors of a library that derive from nothing but Exception."""
    if kind == "MAT":
        return (import_module("scipy.io.matlab").MatReadError,)
    if kind in ("TIF", "TIFF"):
        return (import_module("tifffile").TiffFileError,)  # a ValueError since 2025.10
    if kind == "DICOM":
        with suppress(ImportError):
            errors = import_module("pydicom.errors")
            return errors.InvalidDicomError, errors.BytesLengthException
    if kind == "NIfTI":
        with suppress(ImportError):
            return (
                import_module("nibabel.filebasedimages").ImageFileError,
                import_module("nibabel.spatialimages").HeaderDataError,
            )
    if kind == "AnnData":
        with suppress(ImportError, AttributeError):
            # Raised for unknown encodings; no public module has it.
            return (import_module("anndata._io.specs.registry").IORegistryError,)
    return ()
