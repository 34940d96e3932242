"""The `Solution` of a least-squares fit."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter

import numpy as np

from ...arrays import Array, squared_magnitude
from ...reformulations.feature_view import FeatureView
from ...solution import Certificate, CertificateKind, Solution, Status


def make_fitted_solution(
    view: FeatureView,
    features: Array,
    status: Status,
    iterations: int,
    began: float,
    history: Mapping[str, Array],
) -> Solution:
    """Return the solution with coefficients of shape (K, n_features), begun at `began`.

    It has ``alpha = 0`` and the objective ``1/2 ||A x - y||^2``; its certificate is the
    gradient on the active columns relative to the whole gradient at zero.
    """
    residual = view.data - view.image(features)
    misfit = float(squared_magnitude(residual).sum())
    coef = view.coefficients(features).astype(view.problem.dtype, copy=False)
    active = view.groups.joint_norms(features) > 0
    return Solution(
        coef=coef,
        active_groups=np.flatnonzero(active),
        status=status,
        objective=misfit / 2,
        certificate=Certificate(
            CertificateKind.NORMAL_EQUATIONS, relative_gradient(view, residual, active)
        ),
        alpha=0.0,
        residual_norm=float(np.sqrt(misfit)),
        iterations=iterations,
        seconds=perf_counter() - began,
        history=history,
    )


def relative_gradient(view: FeatureView, residual: Array, active: Array) -> float:
    """Return the gradient's norm on the active columns, relative to the gradient at zero."""
    both = view.correlations(np.concatenate([view.data, residual]))
    first = float(np.linalg.norm(both[: len(residual)]))
    gradient = both[len(residual) :, view.groups.spread(active)]
    value = float(np.linalg.norm(gradient)) / first if first else 0.0
    return value if np.isfinite(value) else np.inf
