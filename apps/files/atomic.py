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
from .full_disk import explain_full_disk


@contextmanager
def replace_file(path: str | os.PathLike[str], *, overwrite: bool) -> Iterator[Path]:
    """Yield a temporary path whose file becomes `path` when the block succeeds.

    The block must write the file. If it raises anything, KeyboardInterrupt included, the temporary
    file and the folders made for it are removed, and a file at `path` stays as it was. The
    temporary path ends in the name of `path`, so that libraries choose the same format from its
    suffix. The checks of `check_target` are made before the block, and again at its end. A full
    disk is an `OSError` that says so.

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
    temporary = final.with_name(f".{secrets.token_hex(6)}-{final.name}")
    with make_parents(final):
        try:
            with explain_full_disk(final, temporary):
                yield temporary
                _refuse_existing(final, overwrite)
                os.replace(temporary, final)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def make_parents(path: Path) -> Iterator[None]:
    """Make the missing folders above a path; remove those that are empty at the end."""
    made = [folder for folder in path.parents if not folder.exists()]
    try:
        with explain_full_disk(path, path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
        yield
    finally:
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
    above = next(folder for folder in final.absolute().parents if os.path.lexists(folder))
    if not above.is_dir():
        raise NotADirectoryError(f"{final} cannot be written: {above} is not a folder")
    if not os.access(above, os.W_OK):
        raise PermissionError(f"{final} cannot be written: {above} does not permit it")


def _refuse_existing(path: Path, overwrite: bool) -> None:
    if not os.path.lexists(path):  # a link that leads nowhere exists as well
        return
    if not path.is_file() and not (path.is_symlink() and not path.exists()):
        raise FileExistsError(f"{path} exists already and is not a file")
    if not overwrite:
        raise blame(FileExistsError(f"{path} exists already"), "overwrite")


def check_distinct_paths(
    written: Iterable[str | os.PathLike[str] | None],
    *,
    read: Iterable[str | os.PathLike[str] | None] = (),
) -> None:
    """Raise a `ValueError` if two files to write are the same, or one is also to be read.

    Files are the same whatever their spelling, also over links. None stands for a file that was
    not asked for.

    >>> check_distinct_paths(["a.npz", None], read=["./a.npz"])
    Traceback (most recent call last):
    ValueError: a.npz is named twice; every file needs a different name
    """
    seen = {mark for path in read if path is not None for mark in _identify(Path(path))}
    for path in written:
        if path is not None:
            found = _identify(Path(path))
            if not seen.isdisjoint(found):
                raise ValueError(f"{path} is named twice; every file needs a different name")
            seen.update(found)


def _identify(path: Path) -> set[object]:
    """Return what tells a path from those of other files: itself, and the file that is there."""
    found: set[object] = {os.path.realpath(path)}
    with suppress(OSError):
        status = path.stat()
        found.add((status.st_dev, status.st_ino))
    return found
