"""A folder among the temporary files that no other user can write to.

Files of compiled code are pickles: whoever can write them can run any program as the user who
loads them. A folder below ``/tmp`` is trusted only if it belongs to the user and is closed to
others, and if no other user can replace it.
"""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path


def private_folder(name: str) -> Path | None:
    """Return a folder among the temporary files that only this user can read and write.

    It is the same in every process of the user, named `name` and the user's number, and is made if
    it is missing. None if it cannot be made, if others could write to it, or on systems that do not
    say who owns a file.
    """
    if not hasattr(os, "geteuid"):
        return None
    user = os.geteuid()
    try:
        folder = Path(tempfile.gettempdir()).resolve() / f"{name}-{user}"
        folder.mkdir(mode=0o700, exist_ok=True)
        if not _is_private(folder.lstat(), user):
            return None
        safe = all(_keeps_others_out(parent.stat(), user) for parent in folder.parents)
    except OSError:
        return None
    return folder if safe and os.access(folder, os.W_OK | os.X_OK) else None


def _is_private(found: os.stat_result, user: int) -> bool:
    """Return whether a folder, not a link to one, is the user's and closed to all others."""
    mode = found.st_mode
    return stat.S_ISDIR(mode) and found.st_uid == user and not mode & 0o077


def _keeps_others_out(found: os.stat_result, user: int) -> bool:
    """Return whether only the user and root can rename the files of others in a folder."""
    shared = found.st_mode & 0o022 and not found.st_mode & stat.S_ISVTX
    return found.st_uid in (0, user) and not shared
