"""Results as JSON, written to a file or printed to the terminal."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..files.atomic import check_distinct_paths, check_target, replace_file


def check_json(target: str | None, *, overwrite: bool, other: str | Path | None = None) -> None:
    """Raise, before any work is done, if a JSON file could not be written after it.

    `target` is a path, "-" for the terminal or None for nowhere; `other` is another file that
    will be written, which must not be the same.
    """
    if target is None or target == "-":
        return
    check_distinct_paths([target, other])
    check_target(target, overwrite=overwrite)


def write_json(target: str | None, values: Mapping[str, Any], *, overwrite: bool) -> None:
    """Write values as one JSON object; numbers that JSON cannot hold become null.

    >>> write_json("-", {"psnr": float("inf"), "groups": 3}, overwrite=False)
    {"psnr": null, "groups": 3}
    """
    if target is None:
        return
    finite = {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in values.items()
    }
    text = json.dumps(finite) + "\n"
    if target == "-":
        sys.stdout.write(text)
        return
    with replace_file(target, overwrite=overwrite) as temporary:
        temporary.write_text(text, encoding="utf-8")
