"""The `Solution` of an orthogonally weighted problem."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter

import numpy as np

from ...arrays import Array
from ...penalties.channel_metric import ChannelMetric
from ...problem import Problem
from ...reformulations.feature_view import FeatureView
from ...solution import Certificate, CertificateKind, Solution, Status
from ..least_squares.fitted_solution import relative_gradient
from .point import Setting


def make_orthogonal_solution(
    problem: Problem,
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
    """Return coefficients of few channels as the solution of the whole problem.

    Parameters
    ----------
    problem : Problem
        What was to be solved.
    view : FeatureView
        Of its channels, or of combinations of them.
    rows : ndarray, shape (K, n_features)
        Coefficients in the view's channels.
    setting : Setting or None
        The strength and relaxation that they are for; None if they are a fit
        without a penalty.
    violation : float
        Of the first-order conditions at this setting.
    status : Status
        How it ended.
    iterations : int
        Steps done.
    began : float
        When, by `perf_counter`.
    history : mapping
        What was recorded.

    Returns
    -------
    Solution
        With a "first_order" certificate, or without a penalty one of the
        "normal_equations" in the view's channels.
    """
    image = view.image(rows)
    misfit = float(np.linalg.norm(view.in_data_shape(image) - problem.data))
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
        coef=view.coefficients(rows).astype(problem.dtype, copy=False),
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
