"""Results for machines: JSON to a file or to the terminal."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .report.atomic import replacing


def check_json(target: str | None, *, overwrite: bool) -> None:
    """Raise at once if a JSON file could not be written after the work is done.

    Parameters
    ----------
    target : str or None
        A path, "-" for the terminal, None for nowhere.
    overwrite : bool
        Whether a file there may be replaced.

    Raises
    ------
    FileExistsError
        If the file exists and may not be replaced.
    """
    if target not in (None, "-") and Path(str(target)).exists() and not overwrite:
        raise FileExistsError(f"{target} exists already: --overwrite replaces it")


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
