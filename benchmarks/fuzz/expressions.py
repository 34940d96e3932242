"""Calls as expressions: they are made, looked into, compared with before, and written as code."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

import numpy as np
import pandas as pd
import scipy.sparse as sp

Value = TypeVar("Value")
_LONGEST = 400  # entries of an array that is written out


class Made(Generic[Value]):
    """A call that has not happened yet: of a function, or of a method of what another call gives.

    `value` is the result, once `make` has run.
    """

    def __init__(self, function: Callable[..., Value], *args: Any, **kwargs: Any) -> None:
        self.function, self.args, self.kwargs = function, args, kwargs
        self.value: Any = None

    @property
    def name(self) -> str:
        """The name of what is called."""
        return self.function.__name__

    def make(self) -> Any:
        """Make the arguments, call, and return the result."""
        args = [_make(argument) for argument in self.args]
        kwargs = {name: _make(argument) for name, argument in self.kwargs.items()}
        self.value = self._call(args, kwargs)
        return self.value

    def _call(self, args: list[Any], kwargs: dict[str, Any]) -> Any:
        return self.function(*args, **kwargs)

    def parts(self) -> Iterator[Any]:
        """Yield this call, those in its arguments, and all plain arguments."""
        yield self
        for argument in (*self.args, *self.kwargs.values()):
            yield from _walk(argument)

    def __repr__(self) -> str:
        listed = [write(argument) for argument in self.args]
        listed += [f"{name}={write(argument)}" for name, argument in self.kwargs.items()]
        return f"{self.name}({', '.join(listed)})"


class Method(Made[Any]):
    """A call of a method of what another call gives."""

    def __init__(self, target: Made[Any], method: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(lambda: None, *args, **kwargs)
        self.target, self.method = target, method

    @property
    def name(self) -> str:
        """The method as it is written."""
        return f"{self.target!r}.{self.method}"

    def _call(self, args: list[Any], kwargs: dict[str, Any]) -> Any:
        return getattr(self.target.make(), self.method)(*args, **kwargs)

    def parts(self) -> Iterator[Any]:
        """Yield this call, those of its target and arguments, and all plain arguments."""
        yield from super().parts()
        yield from self.target.parts()


def _make(argument: Any) -> Any:
    if isinstance(argument, Made):
        return argument.make()
    if type(argument) in (list, tuple):
        return type(argument)(_make(item) for item in argument)
    return argument


def _walk(argument: Any) -> Iterator[Any]:
    if isinstance(argument, Made):
        yield from argument.parts()
    elif type(argument) in (list, tuple):
        for item in argument:
            yield from _walk(item)
    else:
        yield argument


def photograph(call: Made[Any]) -> list[bytes]:
    """Return the contents of all arrays among the plain arguments."""
    return [_contents(part) for part in call.parts() if not isinstance(part, Made)]


def _contents(value: Any) -> bytes:
    if sp.issparse(value):
        return bytes(value.tocoo().data.tobytes())
    if isinstance(value, pd.DataFrame | pd.Series):
        return bytes(value.to_numpy().tobytes())
    if isinstance(value, np.ndarray):
        return value.tobytes()
    return b""


def write(value: Any) -> str:
    """Return a value as Python code, as far as it can be."""
    if isinstance(value, np.ma.MaskedArray):
        return f"np.ma.masked_array({value.data.tolist()!r}, {value.mask.tolist()!r})"
    if isinstance(value, np.ndarray) and value.size <= _LONGEST:
        return _write_array(value)
    if isinstance(value, pd.DataFrame | pd.Series):
        return f"pd.{type(value).__name__}({value.to_numpy().tolist()!r})"
    if sp.issparse(value):
        return f"sp.{type(value).__name__}({_write_array(value.toarray())})"
    if type(value) in (list, tuple):
        inner = ", ".join(map(write, value))
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' * (len(value) == 1)})"
    if isinstance(value, enum.Enum):
        return str(value)
    if isinstance(value, type) or (callable(value) and hasattr(value, "__name__")):
        return str(value.__name__)
    return _fix_specials(repr(value))


def _write_array(array: Any) -> str:
    dtype = array.dtype
    known = (dtype.kind in "?if" and dtype == np.array(array.tolist()).dtype) and array.size
    shown = _fix_specials(repr(array.tolist()))
    if 0 in array.shape:
        return f"np.empty({array.shape}, {dtype.str!r})"
    extra = "" if known else f", {dtype.str!r}"
    order = ", order='F'" if array.ndim > 1 and not array.flags.c_contiguous else ""
    return f"np.array({shown}{extra}{order})"


def _fix_specials(text: str) -> str:
    for word in ("nan", "inf"):
        text = text.replace(f" {word}", f" np.{word}").replace(f"[{word}", f"[np.{word}")
        text = text.replace(f"-{word}", f"-np.{word}")
    return f"np.{text}" if text in ("nan", "inf") else text
