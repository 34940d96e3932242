"""The `Solution` of an orthogonally weighted problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter

import numpy as np

from ..arrays import Array
from ..penalties._channel_metric import ChannelMetric
from ..penalties.orthogonally_weighted import joint_norms
from ..problem import Problem
from ..solution import Certificate, Solution, Status
from ._feature_view import FeatureView
from ._orthogonal_point import Setting


def orthogonal_solution(
    problem: Problem,
    view: FeatureView,
    rows: Array,
    *,
    setting: Setting,
    status: Status,
    violation: float,
    iterations: int,
    began: float,
    history: Mapping[str, Sequence[float]],
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
    setting : Setting
        The last strength and relaxation.
    status : Status
        How it ended.
    violation : float
        Of the first-order conditions.
    iterations : int
        Steps done.
    began : float
        When, by `perf_counter`.
    history : mapping
        What was recorded.

    Returns
    -------
    Solution
        With a "first_order" certificate.
    """
    image = view.operator._apply(rows.reshape(-1, *view.operator.domain_shape))
    residual = view.in_data_shape(image.reshape(len(rows), -1)) - problem.data
    misfit = float(np.linalg.norm(residual))
    # Rotations of the channels do not change the penalty: it need not see all of them.
    whitened = ChannelMetric.at(rows, setting.gamma).times(rows, -0.5)
    norms = joint_norms(whitened, view.groups)
    return Solution(
        coef=view.coefficients(rows).astype(problem.dtype, copy=False),
        active_groups=np.flatnonzero(joint_norms(rows, view.groups)),
        status=status,
        objective=misfit**2 / 2 + setting.alpha * float(norms.sum()),
        certificate=Certificate("first_order", violation),
        alpha=setting.alpha,
        residual_norm=misfit,
        iterations=iterations,
        seconds=perf_counter() - began,
        history={key: np.array(values) for key, values in history.items()},
    )
