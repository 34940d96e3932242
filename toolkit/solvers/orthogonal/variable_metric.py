"""Descent in a variable metric: the solver of the orthogonally weighted l2,1 problem.

Every step minimises a convex model of the penalty, in the metric of the present
point, and is shortened until the objective falls by a part of the predicted decrease
(Petrosyan, Pieper and Tran, 2023, algorithm 1 and equations (15) to (18)). Where the
operator is a matrix, the model keeps the data term as it is and is minimised
by sweeps over groups; else it is the paper's, with extrapolation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import ClassVar

import numpy as np

from ...arrays import Array, squared_magnitude
from ...checks import check_count, check_not_negative
from ...operators import CentredMatrix, Matrix
from ...penalties.channel_metric import ChannelMetric
from ...penalties.orthogonally_weighted import OrthogonallyWeightedL21
from ...problem import Problem
from ...reformulations.channel_reduction import Channels
from ...reformulations.feature_view import FeatureView
from ...solution import Certificate, CertificateKind, Progress, Solution, Status
from ..history import History
from ..least_squares.fitted_solution import relative_gradient
from ..requirements import DISJOINT_GROUPS, EVERY_FEATURE_IN_A_GROUP, Requirement
from ..solver import Solver
from .block_descent import BlockDescent
from .descent import Descent, Setting
from .proximal_descent import ProximalDescent

_NEARLY_SINGULAR = 1e-12


@dataclass(frozen=True)
class VariableMetric(Solver):
    """Minimise ``1/2 ||A Z - Y||^2 + alpha Psi_gamma(Z)`` by descent in a variable metric.

    Parameters
    ----------
    penalty : OrthogonallyWeightedL21
        With its strength and gamma.
    tol : float, default 1e-6
        Stop when the predicted decrease is at most this part of the objective,
        equation (18).
    max_iter : int, default 10000
        The most steps.
    callback : callable, optional
        Called with a `Progress` after each step; a true result stops.

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    Notes
    -----
    Without a start, it begins at zero, or at gamma = 0, where that is not possible, at the
    back-projected data ``A^H Y``; a start must then have the rank of the data. The
    certificate, "first order", is the largest violation of the conditions of theorem 5.4,
    relative to the strength; `history` holds, per step: "objective", "n_active",
    "residual_norm".

    The problem is not convex unless gamma = 1, and the solution depends on the start.
    `GammaContinuation` follows solutions from gamma = 1 down. Where weights or a covariance
    scale the channels of one matrix, the penalty is that of the scaled coefficients.

    Examples
    --------
    >>> matrix = np.array([[0.5, 1.0, 0.0], [0.5, 0.0, 1.0]])
    >>> problem = Problem(matrix, np.array([[1.0, 1.0], [1.0, -1.0]]))
    >>> VariableMetric(OrthogonallyWeightedL21(0.01)).solve(problem).active_groups
    array([1, 2])
    """

    requires: ClassVar[tuple[Requirement, ...]] = (
        DISJOINT_GROUPS,
        EVERY_FEATURE_IN_A_GROUP,
    )

    penalty: OrthogonallyWeightedL21
    tol: float = 1e-6
    max_iter: int = 10_000
    callback: Callable[[Progress], bool | None] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.penalty, OrthogonallyWeightedL21):
            raise ValueError(f"penalty must be an OrthogonallyWeightedL21, got {self.penalty!r}")
        check_not_negative("tol", self.tol)
        check_count("max_iter", self.max_iter)

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Descend until the predicted decrease is small."""
        return _Run(self, problem, start).solve()


class _Run:
    """One solve."""

    def __init__(self, config: VariableMetric, problem: Problem, start: Array | None) -> None:
        self.began = perf_counter()
        self.config, self.problem = config, problem
        channels = Channels(problem)
        self.view = channels.keep_strongest(channels.rank).view if channels.rank else channels.view
        self.is_zero = not channels.rank
        self.descent: Descent | None = None
        if not self.is_zero:
            self.descent = make_descent(self.view, self._make_first_rows(start))
        self.history = History("objective", "n_active", "residual_norm")

    def _make_first_rows(self, start: Array | None) -> Array:
        """Return coefficients to start from, over the reduced channels."""
        gamma = self.config.penalty.gamma
        if start is not None:
            rows = self.view.features(start)
        elif gamma > 0:
            rows = np.zeros((len(self.view.data), self.view.groups.n_coefs), self.view.data.dtype)
        else:
            rows = back_project(self.view)
        if gamma == 0 and (rank := np.linalg.matrix_rank(rows)) < len(rows):
            raise ValueError(
                f"start must have rank {len(rows)}, that of the data, at gamma = 0, got rank "
                f"{rank}; use gamma > 0 or another start"
            )
        return np.array(rows, order="C")

    def solve(self) -> Solution:
        """Descend."""
        setting = Setting(self.config.penalty.alpha, self.config.penalty.gamma)
        rows = np.zeros((len(self.view.data), self.view.groups.n_coefs), self.problem.dtype)
        status, violation = Status.CONVERGED, 0.0
        if self.descent is not None:
            self.descent.begin(setting)
            status = self.descent.settle(self.config.tol, self.config.max_iter, self._report)
            margin = self.descent.rank_margin if np.isfinite(self.descent.objective) else 0.0
            if setting.gamma == 0 and margin < _NEARLY_SINGULAR:
                status = Status.RANK_LOST
            rows, violation = self.descent.rows, self.descent.measure_violation()
        return make_orthogonal_solution(
            self.view,
            rows,
            setting=setting,
            violation=violation,
            status=status,
            iterations=len(self.history),
            began=self.began,
            history=self.history.as_arrays(),
        )

    def _report(self) -> bool:
        assert self.descent is not None
        descent, alpha = self.descent, self.config.penalty.alpha
        objective = alpha * descent.objective
        residual_norm = float(np.linalg.norm(descent.residual))
        self.history.record(
            objective=objective, n_active=descent.n_active, residual_norm=residual_norm
        )
        if self.config.callback is None:
            return False
        done = len(self.history)
        progress = Progress(done, done / self.config.max_iter, objective, descent.n_active)
        return bool(self.config.callback(progress))


def make_descent(view: FeatureView, rows: Array) -> Descent:
    """Return the descent that suits the operator, from coefficients that it may change."""
    if isinstance(view.operator, Matrix | CentredMatrix):
        return BlockDescent(view, rows)
    return ProximalDescent(view, rows)


def make_orthogonal_solution(
    view: FeatureView,
    rows: Array,
    *,
    setting: Setting | None,
    violation: float,
    status: Status,
    iterations: int,
    began: float,
    history: Mapping[str, Array],
) -> Solution:
    """Return coefficients in a view's channels, (K, n_features), as a solution of its problem.

    The certificate is the violation of first-order conditions at the setting. None as
    setting is for a fit without a penalty, certified by normal equations in these channels.
    """
    image = view.image(rows)
    misfit = float(np.linalg.norm(view.in_data_shape(image) - view.problem.data))
    active = view.groups.joint_norms(rows) > 0
    certificate, penalty = Certificate(CertificateKind.FIRST_ORDER, violation), 0.0
    if setting is None:
        gradient = relative_gradient(view, view.data - image, active)
        certificate = Certificate(CertificateKind.NORMAL_EQUATIONS, gradient)
    else:
        # Rotations of the channels do not change the penalty: it need not see all of them.
        whitened = ChannelMetric.at(rows, setting.gamma).times(rows, -0.5)
        penalty = setting.alpha * float(view.groups.joint_norms(whitened).sum())
    return Solution(
        coef=view.coefficients(rows).astype(view.problem.dtype, copy=False),
        active_groups=np.flatnonzero(active),
        status=status,
        objective=misfit**2 / 2 + penalty,
        certificate=certificate,
        alpha=0.0 if setting is None else setting.alpha,
        residual_norm=misfit,
        iterations=iterations,
        seconds=perf_counter() - began,
        history=history,
    )


def back_project(view: FeatureView) -> Array:
    """Return ``t A^H Y``, (K, n_features), with ``t = ||A^H Y||^2 / ||A A^H Y||^2``."""
    rows = view.correlations(view.data)
    energy = _compute_energy(view.image(rows))
    if energy == 0:
        return rows
    result: Array = rows * rows.dtype.type(_compute_energy(rows) / energy)
    return result


def _compute_energy(values: Array) -> float:
    """Return the sum of squares, which may exceed the range of single precision."""
    return float(squared_magnitude(values.astype(np.result_type(values, np.float64))).sum())
