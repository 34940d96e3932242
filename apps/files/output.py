"""Results for machines: JSON to a file or to the terminal."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .atomic import check_target, replacing


def check_json(target: str | None, *, overwrite: bool, beside: str | Path | None = None) -> None:
    """Raise at once if a JSON file could not be written after the work is done.

    Parameters
    ----------
    target : str or None
        A path, "-" for the terminal, None for nowhere.
    overwrite : bool
        Whether a file there may be replaced.
    beside : path-like, optional
        The other file that will be written, which must not be the same.

    Raises
    ------
    OSError
        As in `check_target`.
    ValueError
        If both files are the same.
    """
    if target is None or target == "-":
        return
    if beside is not None and Path(target).resolve() == Path(beside).resolve():
        raise ValueError(f"--json and --out must name two files, got {target} for both")
    check_target(target, overwrite=overwrite)


def write_json(target: str | None, values: Mapping[str, Any], *, overwrite: bool) -> None:
    """Write values as one JSON object.

    Parameters
    ----------
    target : str or None
        A path, "-" for the terminal, None for nowhere.
    values : mapping
        Strings, numbers and None; numbers that JSON cannot hold become null.
    overwrite : bool
        Whether a file there may be replaced.

    Raises
    ------
    FileExistsError
        If the file exists and may not be replaced.

    Examples
    --------
    >>> write_json("-", {"psnr": float("inf"), "groups": 3}, overwrite=False)
    {"psnr": null, "groups": 3}
    """
    if target is None:
        return
    finite = {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in values.items()
    }
    text = json.dumps(finite)
    if target == "-":
        print(text)  # noqa: T201
        return
    with replacing(target, overwrite=overwrite) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
