"""Published files that the package may not carry: found, fetched once, verified at every read.

A file is looked for in one folder: the one that is given, else the one that the environment
variable ``GROUPSPARSE_DATA`` names, else the user's cache. What is missing there is downloaded to a
temporary file beside it, which gets its name only if its checksum is right.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "GROUPSPARSE_DATA"


def data_folder(data_home: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder in which data files are looked for and kept.

    Parameters
    ----------
    data_home : path-like, optional
        The folder; by default the one that ``GROUPSPARSE_DATA`` names, else the
        user's cache, which is made when something is kept in it.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    NotADirectoryError
        If what was named is not a folder, or if nothing was and the user has no
        home folder.

    Examples
    --------
    >>> data_folder(".")
    PosixPath('.')
    >>> data_folder("missing")
    Traceback (most recent call last):
    NotADirectoryError: data_home names missing, which does not exist
    """
    named = data_home if data_home is not None else os.environ.get(VARIABLE) or None
    if named is None:
        cache = _user_cache()
        if cache is None:
            raise NotADirectoryError(
                "no folder for data files is known, since the user has no home folder: name one "
                f"by data_home or the environment variable {VARIABLE}"
            )
        return cache
    folder = Path(os.path.expanduser(named))  # unlike Path.expanduser, it needs no home folder
    if not folder.is_dir():
        source = VARIABLE if data_home is None else "data_home"
        problem = "is not a folder" if folder.exists() else "does not exist"
        raise NotADirectoryError(f"{source} names {folder}, which {problem}")
    return folder


def _user_cache() -> Path | None:
    """Return our folder in the user's cache, or None if the user has no home folder."""
    import pooch

    try:
        folder = Path(pooch.os_cache("groupsparse"))
    except RuntimeError:
        return None
    return folder if folder.is_absolute() else None  # some versions give a folder called "~"


@dataclass(frozen=True)
class DataFile:
    """A file with one content, which the checksum pins down.

    Attributes
    ----------
    names : tuple of str
        What it may be called; it is fetched as the first of them.
    address : str
        Where it can be downloaded.
    sha256 : str
        The checksum, 64 hexadecimal digits.

    Examples
    --------
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
        """Return where the file is, or None if it is missing; its content is not looked at.

        Parameters
        ----------
        data_home : path-like, optional
            As in `data_folder`.

        Returns
        -------
        pathlib.Path or None
            The file.

        Raises
        ------
        NotADirectoryError
            As in `data_folder`.
        """
        if data_home is None and not os.environ.get(VARIABLE) and _user_cache() is None:
            return None
        folder = data_folder(data_home)
        places = (folder / name for name in self.names)
        # Unlike Path.exists, it takes what lies in a closed folder as missing.
        return next((place for place in places if os.path.exists(place)), None)

    def fetch(
        self, data_home: str | os.PathLike[str] | None = None, *, download: bool = True
    ) -> Path:
        """Return where the file is, and download it first if it is missing.

        Parameters
        ----------
        data_home : path-like, optional
            As in `data_folder`.
        download : bool
            Whether a missing file may be downloaded.

        Returns
        -------
        pathlib.Path
            The file. One that was there before is not verified; `read` does that.

        Raises
        ------
        FileNotFoundError
            If it is missing, and may not or cannot be downloaded. The message
            says which file to put where.
        NotADirectoryError
            As in `data_folder`.
        """
        found = self.find(data_home)
        if found is not None:
            return found
        place = data_folder(data_home) / self.names[0]
        if not download:
            raise FileNotFoundError(self._missing(place))
        import pooch

        try:
            pooch.retrieve(self.address, f"sha256:{self.sha256}", place.name, place.parent)
        except (OSError, ValueError) as error:
            raise FileNotFoundError(self._missing(place, str(error))) from error
        return place

    def read(self, path: Path) -> bytes:
        """Return what the file holds, verified.

        Parameters
        ----------
        path : pathlib.Path
            The file.

        Returns
        -------
        bytes
            Its content.

        Raises
        ------
        ValueError
            If the checksum is not the right one.
        OSError
            If it cannot be read.
        """
        content = path.read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != self.sha256:
            raise ValueError(
                f"{path} is damaged or another file: its sha256 is {found}, expected "
                f"{self.sha256}. The right file is at {self.address}"
            )
        return content

    def _missing(self, place: Path, reason: str = "") -> str:
        """Say what is missing, and what to put where."""
        others = "".join(f" (or {name})" for name in self.names[1:])
        failed = f" and could not be downloaded ({reason.rstrip('. ')})" if reason else ""
        return (
            f"{place.name}{others} is not in {place.parent}{failed}. Put the file from "
            f"{self.address} there as {place}, sha256 {self.sha256}; or name the folder that "
            f"holds it by data_home or the environment variable {VARIABLE}"
        )
