"""Reading of damaged files in this process, one line of JSON for each."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import traceback
import warnings
from pathlib import Path

import numpy as np

from .damages import damage
from .readers import READERS, Reader

_GROWTH = 2**30


def try_reader(name: str, folder: Path, seed: int) -> dict[str, str]:
    """Return the outcome of reading one damaged file: "read", "refused" or "fault", and why."""
    reader = READERS[name]
    path = folder / reader.file
    _remove(path)
    reader.make(path)
    _damage(path, seed)
    before = sorted(folder.rglob("*"))
    outcome = _read(reader, path)
    if sorted(folder.rglob("*")) != before:
        return {"outcome": "fault", "why": "files were written"}
    return outcome


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _damage(path: Path, seed: int) -> None:
    """Damage a file, or one of the files of a folder."""
    if path.is_dir():
        files = sorted(part for part in path.rglob("*") if part.is_file())
        path = files[int(np.random.default_rng(seed).integers(len(files)))]
    path.write_bytes(damage(path.read_bytes(), seed))


def _read(reader: Reader, path: Path) -> dict[str, str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            reader.read(path)
        except (ValueError, OSError) as error:
            message = str(error)
            if str(path.parent) not in message or "\n" in message or not message.isprintable():
                return {"outcome": "fault", "why": f"{type(error).__name__}: {message}"}
            return {"outcome": "refused", "why": message}
        except BaseException as error:  # noqa: BLE001 (whatever it is, it is the finding)
            where = traceback.extract_tb(error.__traceback__)[-1]
            why = f"{type(error).__name__}: {error} in {where.filename}:{where.lineno}"
            return {"outcome": "fault", "why": why}
    foreign = [one for one in caught if one.category is not UserWarning]
    if foreign:
        return {"outcome": "fault", "why": f"{foreign[0].category.__name__}: {foreign[0].message}"}
    return {"outcome": "read", "why": ""}


def limit_memory(n_bytes: int) -> None:
    """Let this process allocate at most so much more, where the system can do so."""
    try:
        import resource
    except ImportError:
        return
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + n_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))


def main(name: str, first: int, last: int) -> None:
    """Print the outcome of each seed as soon as it is known."""
    with tempfile.TemporaryDirectory() as folder:
        reader = READERS[name]
        whole = Path(folder) / reader.file
        reader.make(whole)
        reader.read(whole)
        limit_memory(_GROWTH)
        for seed in range(first, last):
            outcome = try_reader(name, Path(folder), seed)
            sys.stdout.write(json.dumps({"seed": seed, **outcome}) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
