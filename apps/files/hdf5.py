"""HDF5 files are read only after another process, which can be ended, has read them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import IO, Any

from .damage import explain_errors
from .memory import check_bytes, find_byte_limit

# How long the process may read nothing. It shows that it proceeds, so that a large file may take
# any time.
PATIENCE = 30.0
SCRIPT = Path(__file__).with_name("hdf5_child.py")


def check_hdf5(path: Path, kind: str, parts: Sequence[str] = (), *, by_rows: bool = False) -> None:
    """Raise a `ValueError` unless HDF5 can read these parts of a file, by default the whole.

    The HDF5 library may loop without end on a damaged file, or end the process. A part that is
    stored in another file is refused, and so is one that is larger than what may be read, or, with
    `by_rows`, one whose single rows are. `kind` is the format for the message.
    """
    command = [
        *(sys.executable, "-P", str(SCRIPT)),
        *(str(path), str(find_byte_limit()), json.dumps(list(parts)), str(int(by_rows))),
    ]
    folders = os.pathsep.join(folder or os.curdir for folder in sys.path)
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": folders},
        )
    except OSError:  # no process may be started here
        return
    with process:
        try:
            assert process.stdout is not None
            answer = _wait_for_answer(process.stdout)
        finally:
            process.kill()
    with explain_errors(path, kind):
        found = _parse_answer(answer)
    if "too_large" in found:
        check_bytes(path, int(found["too_large"]))


def _wait_for_answer(output: IO[bytes]) -> bytes | None:
    """Return what a process prints until it ends, None if it shows no sign for too long."""
    pieces: Queue[bytes] = Queue()

    def collect() -> None:
        while piece := os.read(output.fileno(), 2**16):
            pieces.put(piece)
        pieces.put(b"")

    Thread(target=collect, daemon=True).start()
    answer = b""
    try:
        while piece := pieces.get(timeout=PATIENCE):
            answer += piece
    except Empty:
        return None
    return answer


def _parse_answer(answer: bytes | None) -> dict[str, Any]:
    """Return what the process found; raise if it says so, or could not even do that."""
    if answer is None:
        raise ValueError("it is damaged: the HDF5 library does not finish reading it")
    lines = answer.splitlines()
    try:
        found: dict[str, Any] = json.loads(lines[-1])
    except (ValueError, IndexError):
        raise ValueError("it is damaged: the HDF5 library fails on it") from None
    if "reason" in found:
        raise ValueError(found["reason"])
    return found
