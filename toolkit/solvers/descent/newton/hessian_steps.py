"""How a change of the image changes residuals, for each form of the Hessian of a loss."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.extending import overload

from ....arrays import Array
from ....execution.compiling import run_in_python
from ....losses.hessian_forms import ClassHessian, DiagonalHessian, HessianForm, RiskHessian
from ....losses.survival.kernels import apply_hessian


def subtract_turned(form: HessianForm, change: Array, state: Array) -> None:
    """Subtract the Hessian times a change from the first rows; overloaded for each form.

    Both have one row per channel.
    """
    run_in_python(_subtract_turned, form, change, state)


@overload(subtract_turned, strict=False)
def _subtract_turned(form: Any, change: Any, state: Any) -> Any:
    return _KERNELS.get(form.instance_class)


def _subtract_diagonal(form, change, state):  # type: ignore[no-untyped-def]
    for k in range(change.shape[0]):
        for i in range(change.shape[1]):
            state[k, i] -= form.weights[k, i] * change[k, i]


def _subtract_classes(form, change, state):  # type: ignore[no-untyped-def]
    for i in range(change.shape[1]):
        mean = 0.0
        for k in range(change.shape[0]):
            mean += form.shares[k, i] * change[k, i]
        for k in range(change.shape[0]):
            state[k, i] -= form.counts[i] * form.shares[k, i] * (change[k, i] - mean)


def _subtract_risks(form, change, state):  # type: ignore[no-untyped-def]
    order = form.sets.order
    at_risk = np.empty((1, order.size))
    for i in range(order.size):
        at_risk[0, i] = change[0, order[i]]
    turned = apply_hessian(at_risk, form.shares, form.sets)
    for i in range(order.size):
        state[0, order[i]] -= turned[0, i]


_KERNELS = {
    DiagonalHessian: _subtract_diagonal,
    ClassHessian: _subtract_classes,
    RiskHessian: _subtract_risks,
}
