"""Write a file completely or not at all.

A program that is interrupted while it writes would leave half a file that looks like a result.
Here the content goes to a temporary file in the same directory, which gets its final name, in one
step of the file system, only when it is complete.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..terminal.hints import blame


@contextmanager
def replace_file(path: str | os.PathLike[str], *, overwrite: bool) -> Iterator[Path]:
    """Yield a temporary path whose file becomes `path` when the block succeeds.

    The block must write the file. If it raises anything, KeyboardInterrupt included, the temporary
    file and the folders made for it are removed, and a file at `path` stays as it was. The
    temporary path ends in the name of `path`, so that libraries choose the same format from its
    suffix. The checks of `check_target` are made before the block, and again at its end.

    >>> with replace_file("results/numbers.txt", overwrite=False) as temporary:
    ...     _ = temporary.write_text("1 2 3", encoding="utf-8")
    >>> Path("results/numbers.txt").read_text(encoding="utf-8")
    '1 2 3'
    >>> with replace_file("results/numbers.txt", overwrite=False) as temporary:
    ...     pass
    Traceback (most recent call last):
    FileExistsError: results/numbers.txt exists already
    """
    final = Path(path)
    check_target(final, overwrite=overwrite)
    made = [folder for folder in final.parents if not folder.exists()]
    final.parent.mkdir(parents=True, exist_ok=True)
    temporary = final.with_name(f".{secrets.token_hex(6)}-{final.name}")
    try:
        yield temporary
        _refuse_existing(final, overwrite)
        os.replace(temporary, final)
    finally:
        temporary.unlink(missing_ok=True)
        for folder in made:
            with suppress(OSError):  # one that holds something stays
                folder.rmdir()


def check_target(path: str | os.PathLike[str], *, overwrite: bool) -> None:
    """Raise, before long work, if a file cannot be written.

    Raises
    ------
    FileExistsError
        If `path` exists and may not be replaced, or is not a file.
    NotADirectoryError
        If a parent folder is something else.
    PermissionError
        If the folder is not writable.

    Examples
    --------
    >>> check_target("results/new.txt", overwrite=False)
    """
    final = Path(path)
    _refuse_existing(final, overwrite)
    above = next(folder for folder in final.absolute().parents if folder.exists())
    if not above.is_dir():
        raise NotADirectoryError(f"{final} cannot be written: {above} is not a folder")
    if not os.access(above, os.W_OK):
        raise PermissionError(f"{final} cannot be written: {above} does not permit it")


def _refuse_existing(path: Path, overwrite: bool) -> None:
    if path.exists() and not path.is_file():
        raise FileExistsError(f"{path} exists already and is not a file")
    if path.exists() and not overwrite:
        raise blame(FileExistsError(f"{path} exists already"), "overwrite")


def check_distinct_paths(paths: Iterable[Path | None]) -> None:
    """Raise a `ValueError` if two of the files to read and write are the same.

    None stands for a file that was not asked for.

    >>> check_distinct_paths([Path("a.npz"), None, Path("./a.npz")])
    Traceback (most recent call last):
    ValueError: a.npz is named twice; every file needs a different name
    """
    seen: set[Path] = set()
    for path in paths:
        if path is not None:
            if path.resolve() in seen:
                raise ValueError(f"{path} is named twice; every file needs a different name")
            seen.add(path.resolve())
