"""What solvers require of a problem, each requirement with the fault that violates it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import is_single
from ..losses import Loss
from ..problem import Problem
from ..reformulations.channel_parts import ChannelParts
from ..reformulations.feature_view import FeatureView

_MOST_IN_SINGLE = 1e18


@dataclass(frozen=True)
class Requirement:
    """A property that a solver needs of a problem.

    Attributes
    ----------
    need : str
        What is needed, to follow "needs" in a message.
    find_fault : callable
        Returns how a `Problem` lacks it, as the beginning of a message, or None.
    """

    need: str
    find_fault: Callable[[Problem], str | None]

    def check(self, name: str, problem: Problem) -> None:
        """Raise a `ValueError` in the name of a solver if the problem lacks the property."""
        fault = self.find_fault(problem)
        if fault is not None:
            raise ValueError(f"{fault}; {name} needs {self.need}")


def check_is_problem(problem: object) -> None:
    """Raise a `ValueError` for what is no `Problem`."""
    if not isinstance(problem, Problem):
        raise ValueError(f"problem must be a Problem, got {problem!r}")


def _find_overlap(problem: Problem) -> str | None:
    return "groups overlap" if problem.groups.overlapping else None


def _find_unpenalised(problem: Problem) -> str | None:
    n_free = problem.groups.unpenalised.size
    return f"groups leave {n_free} coefficients unpenalised" if n_free else None


def _find_several_features(problem: Problem) -> str | None:
    largest = int(FeatureView.of(problem, rescale=True).groups.sizes.max(initial=0))
    return f"groups hold up to {largest} features" if largest > 1 else None


def _find_shared_features(problem: Problem) -> str | None:
    if ChannelParts.of(problem) is not None:
        return None
    sizes = problem.groups.sizes
    return f"groups hold {sizes.min()} to {sizes.max()} coefficients of {problem.operator!r}"


def _find_slanted_rows(problem: Problem) -> str | None:
    if problem.operator.orthonormal_rows:
        return None
    return f"operator {problem.operator!r} is not known to have orthonormal rows"


DISJOINT_GROUPS = Requirement("disjoint groups", _find_overlap)
EVERY_FEATURE_IN_A_GROUP = Requirement("every feature in a group", _find_unpenalised)
ONE_FEATURE_PER_GROUP = Requirement(
    "groups of one feature each, shared by all channels", _find_several_features
)
ONE_FEATURE_IN_EVERY_CHANNEL = Requirement(
    "groups that are one feature in every channel", _find_shared_features
)
ORTHONORMAL_ROWS = Requirement("A A^H = I, as of Fourier samples of wavelets", _find_slanted_rows)


def check_loss(solver: str, accepted: tuple[type[Loss], ...], problem: Problem) -> None:
    """Raise a `ValueError` in the name of a solver if it cannot minimise the problem's loss."""
    if not isinstance(problem.loss, accepted):
        names = " or ".join(loss.__name__ for loss in accepted)
        raise ValueError(f"loss is {problem.loss!r}; {solver} needs {names}")


def check_numbers(settings: object, dtype: np.dtype[Any]) -> None:
    """Raise a `ValueError` if a solver or its penalty has numbers too large for a precision."""
    if not is_single(dtype) or not is_dataclass(settings):
        return
    for field in fields(settings):
        value = getattr(settings, field.name)
        several = isinstance(value, list | tuple) and any(map(np.ndim, value))  # of any shapes
        for one in value if several else [value]:
            if isinstance(one, float | np.floating | np.ndarray | list | tuple):
                _check_in_single(field.name, one)
            else:
                check_numbers(one, dtype)


def _check_in_single(name: str, value: ArrayLike) -> None:
    numbers = np.ravel(value)
    if numbers.dtype.kind != "f":
        return
    positive = numbers[(numbers > 0) & (numbers < np.inf)]
    if positive.size and positive.max() > _MOST_IN_SINGLE:
        raise ValueError(
            f"{name} is up to {positive.max():.1e}, too large to be squared in single precision; "
            "pass data in double precision"
        )
    if positive.size > 1 and positive.min() < 1 / _MOST_IN_SINGLE:
        raise ValueError(
            f"{name} is down to {positive.min():.1e}, too small to be squared in single precision; "
            "pass data in double precision"
        )
