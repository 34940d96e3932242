"""Compiled steps of single groups, for block coordinate descent.

With the other groups fixed, group ``g`` minimises
``1/2 x^H G x - Re<b, x> + p(x)`` with the Hermitian ``G = V diag(d) V^H``, several
right-hand sides side by side. `@overload` chooses the code for each form of a
penalty (`penalties.block_forms`), so that compiled code is reused between runs.
For a penalty of the norm the stationary point is ``(G + p'(t)/t) x = b`` with
``t = ||x||``: in the eigenbasis one equation for ``t``, solved by Newton's method
on the reciprocal of the norm. The slope ``p'`` of a concave penalty is frozen at
the last ``t`` and the step repeated, which majorises the penalty by its tangent
and so never raises the objective.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba.extending import overload, register_jitable

from ...arrays import Array
from ...execution.compiling import run_in_python
from ...penalties.block_forms import BlockForm, ClippedSlope, LinearSlope, TwoThresholds

TANGENTS = 20
_NEWTON = 60
_GRADIENT_STEPS = 50
_STILL = 1e-24
_TINY = 1e-300


class Workspace(NamedTuple):
    """Right-hand side, the same in the eigenbasis, new coefficients: (channels, largest group)."""

    b: Array
    c: Array
    z: Array


class ScaledWorkspace(NamedTuple):
    """The same with what the Gram matrices are multiplied by in every channel, (n_channels,)."""

    b: Array
    c: Array
    z: Array
    scales: Array


class Block(NamedTuple):
    """One group's Gram matrix and its eigendecomposition.

    Attributes
    ----------
    gram, vectors : ndarray, shape (size, size)
        ``G``, and its eigenvectors as columns.
    values : ndarray of float, shape (size,)
        Eigenvalues, increasing, with the ridge added; zero for dependent directions.
    ridge : float
        Added to the diagonal of ``G``.
    """

    gram: Array
    vectors: Array
    values: Array
    ridge: float


def slope_at(form: BlockForm, g: int, t: float) -> float:
    """Return the slope of group g's penalty at the norm t; overloaded for each form."""
    slope: float = run_in_python(_slope_of, form, g, t)
    return slope


@overload(slope_at, strict=False)
def _slope_of(form: Any, g: Any, t: Any) -> Any:
    if form.instance_class is LinearSlope:
        return lambda form, g, t: max(0.0, form.strengths[g] - form.fall * t)
    if form.instance_class is ClippedSlope:

        def clipped(form, g, t):  # type: ignore[no-untyped-def]
            strength = form.strengths[g]
            return min(strength, max(0.0, (form.gamma * strength - t) / (form.gamma - 1)))

        return clipped
    return None


def value_at(form: BlockForm, g: int, t: float) -> float:
    """Return the value of group g's penalty at the norm t; overloaded for each form."""
    value: float = run_in_python(_value_of, form, g, t)
    return value


@overload(value_at, strict=False)
def _value_of(form: Any, g: Any, t: Any) -> Any:
    if form.instance_class is LinearSlope:

        def linear(form, g, t):  # type: ignore[no-untyped-def]
            strength = form.strengths[g]
            if form.fall * t > strength:
                t = strength / form.fall
            return strength * t - form.fall * t * t / 2

        return linear
    if form.instance_class is ClippedSlope:

        def clipped(form, g, t):  # type: ignore[no-untyped-def]
            strength = form.strengths[g]
            t = min(t, form.gamma * strength)
            beyond = max(0.0, t - strength)
            return strength * t - beyond * beyond / (2 * (form.gamma - 1))

        return clipped
    return None


def channel_scale(work: Workspace | ScaledWorkspace, k: int) -> float:
    """Return what Gram matrices are multiplied by in channel k; overloaded for both."""
    scale: float = run_in_python(_channel_scale_of, work, k)
    return scale


@overload(channel_scale, strict=False)
def _channel_scale_of(work: Any, k: Any) -> Any:
    if work.instance_class is ScaledWorkspace:
        return lambda work, k: work.scales[k]
    single = str(work.types[0].dtype) in ("float32", "complex64")
    one = np.float32(1) if single else np.float64(1)  # a constant that the compiler leaves out
    return lambda work, k: one


def largest_value(block: Block, work: Workspace | ScaledWorkspace) -> float:
    """Return the largest eigenvalue of a group's Gram matrices; overloaded for both."""
    value: float = run_in_python(_largest_value_of, block, work)
    return value


@overload(largest_value, strict=False)
def _largest_value_of(block: Any, work: Any) -> Any:
    if work.instance_class is ScaledWorkspace:
        return lambda block, work: _scaled_value(block, block.values.size - 1, work.scales.max())
    return lambda block, work: block.values[block.values.size - 1]


def shrink(
    slope: float, block: Block, norm: float, old: float, work: Workspace | ScaledWorkspace
) -> None:
    """Replace a right-hand side of this norm, in the eigenbasis, by the minimiser.

    Overloaded for channels without scales and with them.
    """
    run_in_python(_shrink_of, slope, block, norm, old, work)


@overload(shrink, strict=False)
def _shrink_of(slope: Any, block: Any, norm: Any, old: Any, work: Any) -> Any:
    if work.instance_class is ScaledWorkspace:
        return _shrink_scaled
    return _shrink_equal


def block_value(form: BlockForm, g: int, x: Array, begin: int, size: int) -> float:
    """Return the penalty of one group; overloaded for each form."""
    value: float = run_in_python(_block_value_of, form, g, x, begin, size)
    return value


@overload(block_value, strict=False)
def _block_value_of(form: Any, g: Any, x: Any, begin: Any, size: Any) -> Any:
    if form.instance_class is not TwoThresholds:
        return lambda form, g, x, begin, size: value_at(form, g, np.sqrt(_squares(x, begin, size)))

    def both(form, g, x, begin, size):  # type: ignore[no-untyped-def]
        total, last = 0.0, form.of_entries.shape[1] - 1
        for k in range(x.shape[0]):
            for i in range(size):
                magnitude = abs(x[k, begin + i])
                if magnitude > 0:
                    total += form.of_entries[g, min(i, last)] * magnitude
        return form.strengths[g] * np.sqrt(_squares(x, begin, size)) + total

    return both


def block_step(
    form: BlockForm, g: int, block: Block, old: float, work: Workspace | ScaledWorkspace
) -> None:
    """Minimise over one group: read ``work.b``, write ``work.z``; overloaded for each form.

    `old` is the group's norm before, and ``work.z`` its coefficients.
    """
    run_in_python(_block_step_of, form, g, block, old, work)


@overload(block_step, strict=False)
def _block_step_of(form: Any, g: Any, block: Any, old: Any, work: Any) -> Any:
    if form.instance_class is TwoThresholds:
        return _two_thresholds_step

    def of_norm(form, g, block, old, work):  # type: ignore[no-untyped-def]
        slope = slope_at(form, g, old)
        for _ in range(TANGENTS):
            t = _tangent_step(slope, block, old, work)
            following = slope_at(form, g, t)
            if abs(following - slope) <= 1e-10 * form.strengths[g]:
                break
            slope, old = following, t

    return of_norm


@register_jitable(fastmath={"reassoc", "nsz", "contract", "arcp"})
def _squares(x: Array, begin: int, size: int) -> float:
    """Return the sum of squared magnitudes over one group in all channels."""
    total = 0.0
    for k in range(x.shape[0]):
        for i in range(begin, begin + size):
            total += x[k, i].real * x[k, i].real + x[k, i].imag * x[k, i].imag
    return float(total)


@register_jitable
def _tangent_step(
    slope: float, block: Block, old: float, work: Workspace | ScaledWorkspace
) -> float:
    """Minimise with the penalty ``slope * ||x||``; return the norm of the minimiser."""
    size = block.values.size
    norm = np.sqrt(_squares(work.b, 0, size))
    if norm <= slope:
        work.z[:, :size] = 0
        return 0.0
    n_channels = work.b.shape[0]
    for k in range(n_channels):
        for i in range(size):
            total = work.b[k, 0] * 0
            for j in range(size):
                total += np.conj(block.vectors[j, i]) * work.b[k, j]
            work.c[k, i] = total
    shrink(slope, block, norm, old, work)
    for k in range(n_channels):
        for i in range(size):
            total = work.c[k, 0] * 0
            for j in range(size):
                total += block.vectors[i, j] * work.c[k, j]
            work.z[k, i] = total
    return float(np.sqrt(_squares(work.z, 0, size)))


@register_jitable
def _shrink_equal(
    slope: float, block: Block, norm: float, old: float, work: Workspace | ScaledWorkspace
) -> None:
    """Replace a right-hand side in the eigenbasis by the minimiser, for one Gram matrix."""
    t = _norm_of_minimiser(slope, block.values, norm, old, work.c)
    for i in range(block.values.size):
        value = block.values[i]
        factor = 0.0
        if value > 0:
            factor = t / (value * t + slope) if slope > 0 else 1 / value
        for k in range(work.c.shape[0]):
            work.c[k, i] *= factor


@register_jitable
def _shrink_scaled(
    slope: float, block: Block, norm: float, old: float, work: ScaledWorkspace
) -> None:
    """Replace a right-hand side in the eigenbasis by the minimiser, for scaled channels."""
    t = _norm_of_scaled_minimiser(slope, block, norm, old, work)
    for i in range(block.values.size):
        for k in range(work.c.shape[0]):
            value = _scaled_value(block, i, work.scales[k])
            factor = 0.0
            if value > 0:
                factor = t / (value * t + slope) if slope > 0 else 1 / value
            work.c[k, i] *= factor


@register_jitable
def _scaled_value(block: Block, i: int, scale: float) -> float:
    """Return an eigenvalue of a channel's Gram matrix, the ridge included."""
    return float(max(0.0, (block.values[i] - block.ridge) * scale) + block.ridge)


@register_jitable
def _norm_of_scaled_minimiser(
    slope: float, block: Block, norm: float, old: float, work: ScaledWorkspace
) -> float:
    """Solve ``sum_ik |c_ki|^2 / (d_ki t + slope)^2 = 1`` for t."""
    size = block.values.size
    if slope == 0:
        return 1.0
    t = old
    if t <= 0:
        t = (norm - slope) / largest_value(block, work)
    for _ in range(_NEWTON):
        total, change = 0.0, 0.0
        for k in range(work.c.shape[0]):
            for i in range(size):
                value = _scaled_value(block, i, work.scales[k])
                if value > 0:
                    inverse = 1 / (value * t + slope)
                    c = work.c[k, i]
                    part = (c.real * c.real + c.imag * c.imag) * inverse * inverse
                    total += part
                    change += part * value * inverse
        if change == 0:
            return t
        following = float(t - (1 / np.sqrt(total) - 1) * total * np.sqrt(total) / change)
        if following <= 0:
            following = t / 10
        if abs(following - t) <= 1e-13 * t:
            return following
        t = following
    return t


@register_jitable
def _norm_of_minimiser(slope: float, values: Array, norm: float, old: float, c: Array) -> float:
    """Solve ``sum_i |c_i|^2 / (d_i t + slope)^2 = 1`` for t."""
    size = values.size
    if slope == 0:
        return 1.0
    t = old if old > 0 else (norm - slope) / values[size - 1]
    for _ in range(_NEWTON):
        total, change = 0.0, 0.0
        for i in range(size):
            if values[i] > 0:
                inverse = 1 / (values[i] * t + slope)
                part = 0.0
                for k in range(c.shape[0]):
                    part += c[k, i].real * c[k, i].real + c[k, i].imag * c[k, i].imag
                part *= inverse * inverse
                total += part
                change += part * values[i] * inverse
        if change == 0:
            return t
        following = float(t - (1 / np.sqrt(total) - 1) * total * np.sqrt(total) / change)
        if following <= 0:
            following = t / 10
        if abs(following - t) <= 1e-13 * t:
            return following
        t = following
    return t


@register_jitable
def _two_thresholds_step(
    form: TwoThresholds, g: int, block: Block, old: float, work: Workspace | ScaledWorkspace
) -> None:
    """Take proximal gradient steps on one group; without an l1 norm, minimise exactly."""
    size, n_channels = block.values.size, work.b.shape[0]
    if form.of_entries[g].max() == 0:
        _tangent_step(form.strengths[g], block, old, work)
        return
    bound = block.values[size - 1]
    for _ in range(_GRADIENT_STEPS):
        before = _squares(work.z, 0, size)
        moved = 0.0
        _descend(block, bound, work)
        _shrink_entries(form.of_entries[g], bound, size, work)
        norm, threshold = np.sqrt(_squares(work.c, 0, size)), form.strengths[g] / max(bound, _TINY)
        factor = 1 - threshold / norm if norm > threshold else 0.0
        for k in range(n_channels):
            for i in range(size):
                after = work.c[k, i] * factor
                step = after - work.z[k, i]
                moved += step.real * step.real + step.imag * step.imag
                work.z[k, i] = after
        if moved <= _STILL * before:
            break


@register_jitable
def _descend(block: Block, bound: float, work: Workspace | ScaledWorkspace) -> None:
    """Write ``z + (b - G z) / bound`` to ``work.c``."""
    size = block.values.size
    for k in range(work.b.shape[0]):
        for i in range(size):
            total = work.b[k, i] - block.ridge * work.z[k, i]
            for j in range(size):
                total -= block.gram[i, j] * work.z[k, j]
            work.c[k, i] = work.z[k, i] + (total / bound if bound > 0 else 0 * total)


@register_jitable
def _shrink_entries(
    of_entries: Array, bound: float, size: int, work: Workspace | ScaledWorkspace
) -> None:
    """Shrink the magnitude of every entry of ``work.c`` by its strength over `bound`."""
    last = of_entries.size - 1
    for k in range(work.c.shape[0]):
        for i in range(size):
            magnitude = abs(work.c[k, i])
            threshold = of_entries[min(i, last)] / bound if bound > 0 else np.inf
            if magnitude > threshold:
                work.c[k, i] *= 1 - threshold / magnitude
            else:
                work.c[k, i] = 0
