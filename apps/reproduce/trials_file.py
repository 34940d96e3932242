"""Finished trials on disk: one line of JSON each, kept whatever happens to the program.

The first line tells the experiment, its version and its settings. A line is
written at once when its trial is done; if the program is killed while it
writes, the torn line at the end is cut off before the next one is added.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..files.atomic import replace_file
from .experiment import Row, Task


class FinishedTrial(NamedTuple):
    """One trial.

    Attributes
    ----------
    task : dict
        Its parameters.
    jobs : int
        How many trials ran at the same time.
    rows : list of dict
        What came out.
    """

    task: Task
    jobs: int
    rows: list[Row]


class TrialsFile:
    """The trials of one experiment.

    Parameters
    ----------
    path : path-like
        The file; it is made when the first trial is added.
    header : mapping
        Name, version and settings of the experiment.
    afresh : bool
        Whether a file that exists is replaced when the first trial is added.

    Attributes
    ----------
    finished : dict of str to FinishedTrial
        By `encode_task`.
    continued : bool
        Whether the file was there and is continued.

    Raises
    ------
    ValueError
        If the file holds something else, or trials of another version or with
        other settings.
    """

    def __init__(
        self, path: str | os.PathLike[str], header: Mapping[str, Any], *, afresh: bool = False
    ) -> None:
        self.path = Path(path)
        self.header = dict(header)
        self.finished: dict[str, FinishedTrial] = {}
        self.continued = self.path.is_file() and not afresh
        self._length = 0
        if self.continued:
            self._read()

    def add(self, trial: FinishedTrial) -> None:
        """Write one trial to the end of the file.

        Parameters
        ----------
        trial : FinishedTrial
            Strings and numbers, those of NumPy too.
        """
        line = _as_line(trial._asdict())
        if self._length:
            with self.path.open("r+b") as file:
                file.truncate(self._length)
                file.seek(self._length)
                file.write(line)
        else:
            line = _as_line(self.header) + line
            with replace_file(self.path, overwrite=True) as temporary:
                temporary.write_bytes(line)
        self._length += len(line)
        self.finished[encode_task(trial.task)] = trial

    def _read(self) -> None:
        whole = self.path.read_bytes()
        lines = whole[: whole.rfind(b"\n") + 1].splitlines()
        if not lines:
            if whole:
                raise ValueError(f"{self.path} does not hold trials: {_WAY_OUT}")
            return
        self._check_header(self._parsed(lines, 0))
        for number in range(1, len(lines)):
            values = self._parsed(lines, number)
            if not isinstance(values, dict) or set(values) != set(FinishedTrial._fields):
                raise ValueError(f"{self.path}, line {number + 1}, is not a trial: {_WAY_OUT}")
            self.finished.setdefault(encode_task(values["task"]), FinishedTrial(**values))
        self._length = sum(len(line) + 1 for line in lines)

    def _parsed(self, lines: Sequence[bytes], number: int) -> Any:
        try:
            return json.loads(lines[number])
        except ValueError:
            raise ValueError(
                f"{self.path}, line {number + 1}, cannot be read: {_WAY_OUT}"
            ) from None

    def _check_header(self, found: Any) -> None:
        if found == self.header:
            return
        if not isinstance(found, dict) or set(found) != set(self.header):
            raise ValueError(f"{self.path} does not hold trials: {_WAY_OUT}")
        differing = [key for key in self.header if found[key] != self.header[key]]
        raise ValueError(
            f"{self.path} holds trials with another {' and '.join(differing)}: {_WAY_OUT}"
        )


_WAY_OUT = "choose another --out, or start afresh with --overwrite"


def encode_task(task: Task) -> str:
    """Return a text that is the same for equal tasks.

    Parameters
    ----------
    task : dict
        Strings and numbers.

    Returns
    -------
    str
        JSON with sorted keys.

    Examples
    --------
    >>> encode_task({"theta": 3.0, "seed": 1})
    '{"seed": 1, "theta": 3.0}'
    """
    return json.dumps(task, sort_keys=True)


def _as_line(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values, default=_plain).encode() + b"\n"


def _plain(value: Any) -> Any:
    """Return a NumPy scalar as Python's own."""
    return value.item()
