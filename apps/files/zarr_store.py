"""Zarr directory stores that are written completely or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..terminal.hints import blame
from .atomic import check_target, make_parents
from .damage import import_optional
from .full_disk import explain_full_disk

_MARKS = (".zarray", ".zgroup", "zarr.json")


def check_store(path: str | Path, *, overwrite: bool) -> None:
    """Raise an `OSError` if a store cannot be written there, or may not replace what is there."""
    final = Path(path)
    if not os.path.lexists(final):
        check_target(final, overwrite=False)
        return
    if not final.is_dir() or (
        any(final.iterdir()) and not any((final / mark).is_file() for mark in _MARKS)
    ):
        raise FileExistsError(f"{final} exists already and is not a Zarr store")
    if not overwrite:
        raise blame(FileExistsError(f"{final} exists already"), "overwrite")


@contextmanager
def replace_store(final: Path, *, overwrite: bool) -> Iterator[Path]:
    """Yield a temporary directory that becomes `final` when the block succeeds."""
    check_store(final, overwrite=overwrite)
    token = secrets.token_hex(6)
    temporary, before = (final.with_name(f".{token}-{x}-{final.name}") for x in ("new", "old"))
    with make_parents(final):
        try:
            with explain_full_disk(final, temporary):
                yield temporary
                check_store(final, overwrite=overwrite)
                if final.exists():
                    os.replace(final, before)
                os.replace(temporary, final)
        finally:
            # Interrupted between the two steps above: restore the old store.
            if before.exists() and not final.exists():
                os.replace(before, final)
            for folder in (temporary, before):
                shutil.rmtree(folder, ignore_errors=True)


def load_zarr() -> Any:
    """Return the library, or raise a `ValueError` that says how to install it."""
    return import_optional("zarr", "for .zarr stores", extra="dask")
