"""Finished trials on disk, one line of JSON each, safe from a program that is killed.

The first line holds the experiment, its version and its settings. A line is written as soon as its
trial is done; if the program is killed while it writes, the incomplete line at the end is cut off
before the next one is added.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..files.atomic import replace_file
from ..files.full_disk import explain_full_disk
from ..terminal.hints import blame
from .experiment import Row, Task


class FinishedTrial(NamedTuple):
    """The parameters of a trial, how many trials ran at the same time, and its rows."""

    task: Task
    jobs: int
    rows: list[Row]


class TrialsFile:
    """The trials of one experiment.

    Parameters
    ----------
    path : path-like
        The file; it is created when the first trial is added.
    header : mapping
        Name, version and settings of the experiment.
    restart : bool
        Whether an existing file is replaced when the first trial is added.

    Attributes
    ----------
    finished : dict of str to FinishedTrial
        By `encode_task`.
    continued : bool
        Whether an existing file is continued.

    Raises
    ------
    ValueError
        If the file does not hold trials, or those of another version or with
        other settings.
    """

    def __init__(
        self, path: str | os.PathLike[str], header: Mapping[str, Any], *, restart: bool = False
    ) -> None:
        self.path = Path(path)
        self.header = dict(header)
        self.finished: dict[str, FinishedTrial] = {}
        self.continued = self.path.is_file() and not restart
        self._length = 0
        if self.continued:
            self._read()

    def add(self, trial: FinishedTrial) -> None:
        """Write one trial, of Python's or NumPy's strings and numbers, to the end of the file."""
        line = _encode_line(trial._asdict())
        if self._length:
            self._append(line)
        else:
            line = _encode_line(self.header) + line
            with replace_file(self.path, overwrite=True) as temporary:
                temporary.write_bytes(line)
        self._length += len(line)
        self.finished[encode_task(trial.task)] = trial

    def _append(self, line: bytes) -> None:
        """Write a line after the complete ones; if it does not fit, they alone are left."""
        with self.path.open("r+b", buffering=0) as file:
            file.truncate(self._length)
            file.seek(self._length)
            try:
                with explain_full_disk(self.path):
                    while line:
                        line = line[file.write(line) :]
            except OSError:
                file.truncate(self._length)
                raise

    def _read(self) -> None:
        content = self.path.read_bytes()
        lines = content[: content.rfind(b"\n") + 1].splitlines()
        if not lines:
            if content:
                raise self._refuse("does not hold trials")
            return
        self._check_header(self._parse(lines, 0))
        for number in range(1, len(lines)):
            values = self._parse(lines, number)
            if not isinstance(values, dict) or set(values) != set(FinishedTrial._fields):
                raise self._refuse(f"does not hold a trial in line {number + 1}")
            self.finished.setdefault(encode_task(values["task"]), FinishedTrial(**values))
        self._length = sum(len(line) + 1 for line in lines)

    def _parse(self, lines: Sequence[bytes], number: int) -> Any:
        try:
            return json.loads(lines[number])
        except ValueError:
            raise self._refuse(f"cannot be read in line {number + 1}") from None

    def _check_header(self, found: object) -> None:
        if found == self.header:
            return
        if not isinstance(found, dict) or set(found) != set(self.header):
            raise self._refuse("does not hold trials")
        differing = [key for key in self.header if found[key] != self.header[key]]
        raise self._refuse(f"holds trials with another {' and '.join(differing)}")

    def _refuse(self, reason: str) -> ValueError:
        return blame(ValueError(f"{self.path} {reason}"), "path", "restart")


def encode_task(task: Task) -> str:
    """Return a text that is the same for equal tasks: JSON with sorted keys.

    >>> encode_task({"theta": 3.0, "seed": 1})
    '{"seed": 1, "theta": 3.0}'
    """
    return json.dumps(task, sort_keys=True)


def _encode_line(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values, default=lambda scalar: scalar.item()).encode() + b"\n"
