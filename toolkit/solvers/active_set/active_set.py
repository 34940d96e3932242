"""The active groups of a problem with their fit, and what the fit says of others."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from ...arrays import Array
from ...groups import Groups
from ...problem import Problem
from ...solution import Certificate, CertificateKind, Solution, Status


class ActiveSet(ABC):
    """Groups of a problem that may differ from zero, fitted to the data; none in the beginning.

    Attributes
    ----------
    groups : Groups
        The groups, which do not overlap.
    n_rows : int
        How many columns the data can determine.
    data_energy : float
        The deviance without any coefficients; for the squared loss ``||y||^2``.
    scale : float
        The size of dual variables, of which a small part is rounding.
    active : ndarray of bool, shape (n_groups,)
        Which groups are active.
    knows_changes : bool
        Whether `evidence` is exact, or a model that a change of groups may prove wrong.
    fit : object
        Their fit. Both are never changed in place, so that they can be kept, and set again.
    """

    groups: Groups
    n_rows: int
    data_energy: float
    scale: float
    active: Array
    fit: object
    knows_changes: ClassVar[bool] = False

    def __init__(self, problem: Problem) -> None:
        self.problem = problem

    @abstractmethod
    def clear(self) -> None:
        """Make no group active."""

    @abstractmethod
    def find_groups(self, coef: Array | None) -> Array:
        """Return which groups are not zero in the problem's coefficients, as booleans."""

    @abstractmethod
    def activate(self, active: Array, accuracy: float = 0.0) -> None:
        """Make these groups active, and fit them until their gradient has this norm.

        A group that others make redundant is left out.
        """

    @property
    @abstractmethod
    def first_strength(self) -> float:
        """A strength at which no group enters, where a path begins."""

    @property
    @abstractmethod
    def residual_norm(self) -> float:
        """The root of the deviance; for the squared loss the norm of ``y - A x``."""

    @property
    @abstractmethod
    def evidence(self) -> Array:
        """The norm of primal plus dual variable of every group (eq. 10)."""

    @abstractmethod
    def count_columns(self, active: Array) -> int:
        """Return how many independent columns groups have, each taken by itself."""

    @abstractmethod
    def evaluate_objective(self, alpha: float) -> float:
        """Return the loss ``+ ridge / 2 ||x||^2 + alpha * n_active``."""

    @abstractmethod
    def certify(self, alpha: float) -> Certificate:
        """Return by how much the best change of one group exceeds its threshold."""

    @abstractmethod
    def make_solution(
        self,
        alpha: float,
        status: Status,
        history: Mapping[str, Array],
        *,
        on_path: bool = False,
    ) -> Solution:
        """Fit to full accuracy and return the result, with no work counted yet.

        Its certificate on a path is that of the thresholds, which costs nothing.
        """

    @property
    def amplification(self) -> float:
        """The energy of the coefficients over what they explain; zero where it is not known.

        One where groups are orthogonal to each other; large where they cancel each other.
        """
        return 0.0

    @property
    def n_active(self) -> int:
        """The number of active groups."""
        return int(np.count_nonzero(self.active))

    @property
    def entering(self) -> float:
        """The strength below which the next group would enter."""
        evidence = self.evidence[~self.active].max(initial=0.0)
        return float(evidence**2 / 2)

    @property
    def staying(self) -> float:
        """The strength above which the first active group would leave; infinite without any."""
        evidence = self.evidence[self.active].min(initial=np.inf)
        return float(evidence**2 / 2)

    def certify_thresholds(self, alpha: float) -> Certificate:
        """Return by how much the thresholds of theorem 9 are violated, relative to them."""
        value = measure_violation(alpha, self.entering, self.staying)
        return Certificate(CertificateKind.COORDINATEWISE, value)


def measure_violation(alpha: float, entering: float, staying: float) -> float:
    """Return by how much the square roots of strengths are on the wrong side of one."""
    if not alpha > 0:
        return 0.0
    return max(0.0, float(np.sqrt(entering / alpha)) - 1, 1 - float(np.sqrt(staying / alpha)))
