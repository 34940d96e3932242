"""What a call may end in: a right result, or an error that is ours and names an argument."""

from __future__ import annotations

import re
import signal
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from types import FrameType
from typing import Any

import numpy as np
from sklearn.exceptions import NotFittedError

import groupsparse

from .expressions import Made, Method, photograph, write
from .parameters import list_parameters
from .recipes import Call
from .violations import find_violations

LONGEST = 60.0  # seconds of processor time
_ROOT = Path(groupsparse.__file__).parent.resolve()

# Words that stand for an argument in messages, where its own name would say less.
_NAMES = {
    "operator", "matrix", "data", "groups", "start", "weights", "input", "wavelet", "mask",
    "penalty", "solver", "n_samples", "images", "image", "X", "y", "features", "method", "coef",
    "x", "gradient", "reference", "step", "left", "right", "array", "problem", "indptr",
    "indices", "samples",
}  # fmt: skip

# Errors of other libraries that are right as they are.
_EXPECTED_FOREIGN = (
    # scikit-learn checks X, y and sample weights; its messages are what its users know.
    (
        re.compile(r"sklearn/utils/(validation|_array_api|multiclass|_param_validation)"),
        (ValueError, TypeError),
    ),
    # The checks of folds and splits, which say "n_splits".
    (re.compile(r"sklearn/model_selection/"), (ValueError,)),
    (re.compile(r"sklearn/"), (NotFittedError,)),
)


class Timeout(BaseException):
    """A call took too long."""


@dataclass(frozen=True)
class Verdict:
    """The outcome of a call; `fault` is what is wrong, in words that group equal faults."""

    outcome: str
    fault: str | None = None
    detail: str = ""
    seconds: float = 0.0


def judge(call: Call) -> Verdict:
    """Make a call and say what came of it."""
    before = photograph(call.made)
    began = process_time()
    with warnings.catch_warnings(record=True) as caught, _alarm():
        warnings.simplefilter("always")
        try:
            result = call.made.make()
        except Timeout as error:
            return Verdict("timeout", f"over {LONGEST:g} s in {_place(error)}", "", LONGEST)
        except Exception as error:  # noqa: BLE001 - any of them is judged
            verdict = _judge_error(call, error)
            result = None
        else:
            verdict = Verdict(_name_outcome(result))
    seconds = process_time() - began
    if verdict.fault is None:
        heard = [] if "scikit-learn" in verdict.outcome else caught  # its checks overflow, too
        verdict = _judge_side_effects(call, before, heard) or verdict
    if verdict.fault is None and not verdict.outcome.startswith("error"):
        verdict = _check_result(call, result) or verdict
    if seconds > LONGEST:
        verdict = Verdict("timeout", f"over {LONGEST:g} s of {call.subject}", f"{seconds:.0f} s")
    return Verdict(verdict.outcome, verdict.fault, verdict.detail, seconds)


def _check_result(call: Call, result: Any) -> Verdict | None:
    """Return the first violation of a result, or how the check itself failed."""
    try:
        for name, detail in find_violations(call, result):
            return Verdict("violation", f"{name} of {call.subject}", detail)
    except Exception as error:  # noqa: BLE001 - it must not end the search
        frame = _frames(error)[-1]
        place = f"{Path(frame.filename).name}:{frame.lineno}"
        return Verdict("check failed", f"check failed in {place}", f"{call.subject}: {error!r}")
    return None


def _name_outcome(result: Any) -> str:
    status = getattr(result, "status", None) or getattr(
        getattr(result, "solution_", None), "status", None
    )
    return f"returned {status.name}" if hasattr(status, "name") else "returned"


def _judge_error(call: Call, error: Exception) -> Verdict:
    """Return whether an error is declared: of the right type, ours, and about an argument."""
    kind, message, deepest = type(error).__name__, str(error), _frames(error)[-1]
    for path, kinds in _EXPECTED_FOREIGN:
        if path.search(deepest.filename) and isinstance(error, kinds):
            return Verdict(f"error of scikit-learn ({kind})")
    if isinstance(error, NotFittedError):
        return Verdict("error (NotFittedError)")
    where, detail = _place(error), f"{kind}: {message.splitlines()[0][:160] if message else ''}"
    if type(error) not in (ValueError, TypeError):
        return Verdict("undeclared error", f"{kind} in {where}", detail)
    if not _is_own(deepest.filename):
        return Verdict("leaked error", f"{kind} of {_library(deepest.filename)} in {where}", detail)
    if isinstance(error, TypeError) and not _is_raised(deepest):
        return Verdict("undeclared error", f"{kind} in {where}", detail)
    if isinstance(error, ValueError) and not _is_raised(deepest):
        return Verdict("leaked error", f"{kind} in {where}", detail)
    if not _names_argument(call, message):
        return Verdict("unclear error", f"no argument named by {where}", detail)
    return Verdict(f"error ({kind})")


def _is_own(filename: str) -> bool:
    """Return whether a file is one of ours; compiled modules name files that need not exist."""
    path = Path(filename).resolve()
    return path.is_file() and path.is_relative_to(_ROOT)


def _is_raised(frame: traceback.FrameSummary) -> bool:
    """Return whether the line of an error raises it, rather than fails."""
    lines = Path(frame.filename).read_text(encoding="utf-8").splitlines()
    statement = "\n".join(lines[max(0, (frame.lineno or 1) - 1) : frame.end_lineno])
    return bool(re.search(r"\braise\b", statement))


def _names_argument(call: Call, message: str) -> bool:
    words = set(re.findall(r"\w+", message))
    names = set(_NAMES)
    for part in call.made.parts():
        if isinstance(part, Made):
            names |= set(part.kwargs) | set(re.findall(r"\w+", str(part.kwargs.get("name", ""))))
            if not isinstance(part, Method):
                try:
                    names |= set(list_parameters(part.function))
                except (TypeError, ValueError):
                    continue
    return bool(words & names)


def _frames(error: BaseException) -> list[traceback.FrameSummary]:
    return list(traceback.extract_tb(error.__traceback__)) or [traceback.FrameSummary("?", 0, "?")]


def _place(error: BaseException) -> str:
    """Return the file and function of ours that is deepest in a traceback."""
    own = [
        frame
        for frame in _frames(error)
        if _is_own(frame.filename) and "benchmarks" not in Path(frame.filename).parts
    ]
    if not own:
        return "the caller"
    return f"{Path(own[-1].filename).resolve().relative_to(_ROOT)}:{own[-1].name}"


def _library(filename: str) -> str:
    parts = Path(filename).parts
    return (
        parts[parts.index("site-packages") + 1] if "site-packages" in parts else Path(filename).stem
    )


def _judge_side_effects(call: Call, before: list[bytes], caught: list[Any]) -> Verdict | None:
    if photograph(call.made) != before:
        return Verdict("input changed", f"input changed by {call.subject}")
    for warning in caught:
        if issubclass(warning.category, _UNWANTED):
            where = _warned_at(warning.filename)
            name = f"{warning.category.__name__} in {where}"
            return Verdict("warning", name, f"{str(warning.message)[:120]} (line {warning.lineno})")
    return None


# ConvergenceWarning and our UserWarnings are part of the interface.
_UNWANTED = (RuntimeWarning, DeprecationWarning, FutureWarning, np.exceptions.ComplexWarning)


def _warned_at(filename: str) -> str:
    path = Path(filename).resolve()
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else _library(filename)


@contextmanager
def _alarm() -> Iterator[None]:
    """Raise a `Timeout` in code that takes too much processor time, whatever else is running."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise Timeout

    old = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, LONGEST)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, old)


def describe(call: Call) -> str:
    """Return a call as Python code."""
    return write(call.made)
