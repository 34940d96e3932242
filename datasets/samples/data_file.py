"""Published files that the package may not carry: found, fetched once, verified at every read.

A file is looked for in one folder: the given one, else the one named by the environment variable
``GROUPSPARSE_DATA``, else the user's cache. A missing file is downloaded there under a temporary
name and renamed only if its checksum is right.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "GROUPSPARSE_DATA"


def find_data_folder(data_home: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder in which data files are looked for and kept.

    Parameters
    ----------
    data_home : path-like, optional
        The folder; by default the one named by ``GROUPSPARSE_DATA``, else the user's cache, which
        is made when something is kept in it.

    Raises
    ------
    NotADirectoryError
        If the named folder does not exist, or none is named and the user has no home folder.

    Examples
    --------
    >>> find_data_folder(".")
    PosixPath('.')
    >>> find_data_folder("missing")
    Traceback (most recent call last):
    NotADirectoryError: data_home names missing, which does not exist
    """
    named = data_home if data_home is not None else os.environ.get(VARIABLE) or None
    if named is None:
        cache = _find_user_cache()
        if cache is None:
            raise NotADirectoryError(
                "there is no folder for data files, since the user has no home folder: name one "
                f"by data_home or the environment variable {VARIABLE}"
            )
        return cache
    folder = Path(os.path.expanduser(named))  # unlike Path.expanduser, it needs no home folder
    if not folder.is_dir():
        source = VARIABLE if data_home is None else "data_home"
        problem = "is not a folder" if folder.exists() else "does not exist"
        raise NotADirectoryError(f"{source} names {folder}, which {problem}")
    return folder


def _find_user_cache() -> Path | None:
    """Return our folder in the user's cache, or None if the user has no home folder."""
    import pooch

    try:
        folder = Path(pooch.os_cache("groupsparse"))
    except RuntimeError:
        return None
    return folder if folder.is_absolute() else None  # some versions give a folder called "~"


@dataclass(frozen=True)
class DataFile:
    """A file whose content is fixed by its checksum.

    It may have any of the `names` and is fetched under the first of them.

    >>> address = "https://example.org/three.txt"
    >>> file = DataFile(("three.txt",), address, hashlib.sha256(b"1 2 3").hexdigest())
    >>> file.find(".") is None
    True
    >>> _ = Path("three.txt").write_bytes(b"1 2 3")
    >>> file.read(file.fetch("."))
    b'1 2 3'
    """

    names: tuple[str, ...]
    address: str
    sha256: str

    def find(self, data_home: str | os.PathLike[str] | None = None) -> Path | None:
        """Return the path of the file in `find_data_folder`, or None if missing; it is not read."""
        if data_home is None and not os.environ.get(VARIABLE) and _find_user_cache() is None:
            return None
        folder = find_data_folder(data_home)
        places = (folder / name for name in self.names)
        # Unlike Path.exists, it treats a file in an inaccessible folder as missing.
        return next((place for place in places if os.path.exists(place)), None)

    def fetch(
        self, data_home: str | os.PathLike[str] | None = None, *, download: bool = True
    ) -> Path:
        """Return the path of the file, downloaded first if it is missing and may be downloaded.

        An existing file is not verified; `read` does that. A `FileNotFoundError` gives the name and
        the address of the file and the folder to put it into.
        """
        found = self.find(data_home)
        if found is not None:
            return found
        place = find_data_folder(data_home) / self.names[0]
        if not download:
            raise FileNotFoundError(self._describe_missing(place))
        import pooch

        try:
            pooch.retrieve(self.address, f"sha256:{self.sha256}", place.name, place.parent)
        except (OSError, ValueError) as error:
            raise FileNotFoundError(self._describe_missing(place, str(error))) from error
        return place

    def read(self, path: Path) -> bytes:
        """Return the content of the file; raise a `ValueError` if its checksum is wrong."""
        content = path.read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != self.sha256:
            raise ValueError(
                f"{path} is damaged or a different file: its sha256 is {found}, expected "
                f"{self.sha256}. The right file is at {self.address}"
            )
        return content

    def _describe_missing(self, place: Path, reason: str = "") -> str:
        """Return the message about a missing file: its name, its address and the right folder."""
        others = "".join(f" (or {name})" for name in self.names[1:])
        failed = f" and could not be downloaded ({reason.rstrip('. ')})" if reason else ""
        return (
            f"{place.name}{others} is not in {place.parent}{failed}. Put the file from "
            f"{self.address} there as {place}, sha256 {self.sha256}; or name the folder that "
            f"holds it by data_home or the environment variable {VARIABLE}"
        )
