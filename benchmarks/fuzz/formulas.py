"""Images, penalties and dual norms from their formulas, in NumPy's extended precision.

Its range also holds the squares of 1e300.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.operators import (
    Channelwise,
    Composition,
    External,
    Joint,
    Matrix,
    Operator,
    Replicated,
)
from groupsparse.toolkit.penalties import (
    L21,
    GroupL0,
    GroupMCP,
    GroupSCAD,
    LatentOverlap,
    Penalty,
    SparseGroup,
    WithBounds,
    WithRidge,
)

Wide: TypeAlias = Any  # arrays and numbers of type longdouble or clongdouble


def widen(values: Any) -> Wide:
    array = np.asarray(values)
    return array.astype(np.clongdouble if array.dtype.kind in "cO" else np.longdouble)


def norm_of(values: Wide) -> Any:
    return np.sqrt(np.sum(np.abs(values) ** 2))


def image(operator: Operator, x: Wide, *, absolute: bool = False) -> Wide:
    """Return ``A x``, or ``|A| |x|``, in extended precision where the operator is of matrices."""
    if isinstance(operator, Matrix):
        values = operator.values.toarray() if operator.is_sparse else operator.values
        wide = widen(values)
        return np.tensordot(np.abs(wide) if absolute else wide, x, axes=([1], [0]))
    if isinstance(operator, Joint):
        axis = operator.channel_axis
        parts = [
            image(operator.operator, part, absolute=absolute) for part in np.moveaxis(x, axis, 0)
        ]
        return np.stack(parts, axis=axis)
    if isinstance(operator, Channelwise):
        channels = np.moveaxis(x, operator.channel_axis, 0)
        parts = [
            image(o, part, absolute=absolute)
            for o, part in zip(operator.operators, channels, strict=True)
        ]
        if operator.stacked:
            return np.stack(parts, axis=operator.channel_axis)
        return np.concatenate([part.ravel() for part in parts])
    if isinstance(operator, Composition):
        inner = image(operator.right, x, absolute=absolute)
        return image(operator.left, inner, absolute=absolute)
    if isinstance(operator, Replicated):
        total = np.zeros(int(np.prod(operator.operator.domain_shape)), x.dtype)
        np.add.at(total, operator.originals, x.ravel())
        return image(
            operator.operator, total.reshape(operator.operator.domain_shape), absolute=absolute
        )
    if isinstance(operator, External):
        columns = widen(operator.columns(np.arange(operator.domain_shape[0]))).T
        return (np.abs(columns) if absolute else columns) @ x
    narrow = x.astype(complex if x.dtype.kind == "c" else float)
    if operator.dtype.kind != "c" and narrow.dtype.kind == "c":
        parts = operator.apply(narrow.real), operator.apply(narrow.imag)
        result = parts[0] + 1j * parts[1]
    else:
        result = operator.apply(narrow)
    return (
        np.full(result.shape, norm_of(x) * np.sqrt(x.size) + norm_of(result))
        if absolute
        else widen(result)
    )


def adjoint(operator: Operator, y: Wide) -> Wide:
    """Return ``A^H y`` in extended precision, of an operator of matrices."""
    if isinstance(operator, Matrix):
        values = operator.values.toarray() if operator.is_sparse else operator.values
        return np.tensordot(widen(values).conj(), y, axes=([0], [0]))
    if isinstance(operator, Joint):
        axis = operator.channel_axis
        return np.stack(
            [adjoint(operator.operator, part) for part in np.moveaxis(y, axis, 0)], axis=axis
        )
    units = np.eye(int(np.prod(operator.domain_shape))).reshape(-1, *operator.domain_shape)
    columns = [image(operator, widen(unit)) for unit in units]
    products = [np.vdot(column.ravel(), y.ravel()) for column in columns]
    return np.array(products).reshape(operator.domain_shape)


def omega(penalty: Penalty, x: Wide, groups: Groups) -> Any:
    """Return the penalty at coefficients, ``alpha * Omega(x)``; None if there is no formula."""
    if isinstance(penalty, WithRidge):
        inner = omega(penalty.penalty, x, groups)
        free = penalty.free_coefs(groups)
        return (
            None
            if inner is None
            else inner + penalty.ridge / 2 * np.sum(np.abs(x.ravel()[~free]) ** 2)
        )
    if isinstance(penalty, WithBounds):
        return omega(penalty.penalty, x, groups)
    flat, alpha = x.ravel(), np.longdouble(penalty.alpha)
    members = [flat[groups.members(g)] for g in range(groups.n_groups)]
    norms = np.array([norm_of(part) for part in members], dtype=np.longdouble)
    weights = plain_weights(penalty, groups)
    used = norms > 0
    strengths, t = alpha * weights[used], norms[used]
    if isinstance(penalty, L21 | LatentOverlap):
        return np.sum(strengths * t)
    if isinstance(penalty, SparseGroup):
        ratio = np.longdouble(penalty.l1_ratio)
        given = penalty.feature_weights
        entries = _entry_weights(None if given is None else widen(given), groups)
        kept = np.setdiff1d(np.flatnonzero(flat), groups.unpenalised)
        ones = np.sum(entries[kept] * np.abs(flat[kept]))
        return alpha * ratio * ones + (1 - ratio) * np.sum(strengths * t)
    if isinstance(penalty, GroupL0):
        return alpha * np.count_nonzero(used)
    gamma = np.longdouble(getattr(penalty, "gamma", 0))
    if isinstance(penalty, GroupMCP):
        small = strengths * t - t**2 / (2 * gamma)
        return np.sum(np.where(t <= gamma * strengths, small, gamma * strengths**2 / 2))
    if isinstance(penalty, GroupSCAD):
        middle = (2 * gamma * strengths * t - t**2 - strengths**2) / (2 * (gamma - 1))
        large = strengths**2 * (gamma + 1) / 2
        small = np.where(t <= strengths, strengths * t, middle)
        return np.sum(np.where(t <= gamma * strengths, small, large))
    return None


def plain_weights(penalty: Penalty, groups: Groups) -> Wide:
    """Return the weights of the groups."""
    given = penalty.core.group_weights
    if given is None:
        return np.ones(groups.n_groups, np.longdouble)
    if isinstance(given, str):
        return np.sqrt(groups.sizes.astype(np.longdouble))
    return np.asarray(given, dtype=np.longdouble)


def _entry_weights(given: Wide | None, groups: Groups) -> Wide:
    """Return the weight of every coefficient's magnitude, given those of the features."""
    weights = np.ones(groups.n_coefs, np.longdouble)
    if given is None:
        return weights
    given = given.real
    if groups.features is None:
        return given
    of_features = _entry_weights(given, groups.features)
    for g in range(groups.n_groups):
        members, features = groups.members(g), groups.features.members(g)
        weights[members] = np.repeat(of_features[features], members.size // features.size)
    return weights


def dual_norm(penalty: Penalty, gradient: Wide, groups: Groups) -> Any:
    """Return the dual norm of Omega; None where it is unknown."""
    weights, flat = plain_weights(penalty, groups), gradient.ravel()
    parts = [np.abs(flat[groups.members(g)]) for g in range(groups.n_groups)]
    if isinstance(penalty, L21 | LatentOverlap):
        norms = np.array([norm_of(part) for part in parts], dtype=np.longdouble)
        return np.max(norms / weights, initial=np.longdouble(0))
    if isinstance(penalty, SparseGroup) and penalty.feature_weights is None:
        ratio, pairs = penalty.l1_ratio, zip(parts, weights, strict=True)
        reaches = [_sparse_reach(part, ratio, weight) for part, weight in pairs]
        return max(reaches, default=np.longdouble(0))
    return None


def _sparse_reach(part: Wide, l1_ratio: float, weight: Any) -> Any:
    """Return the smallest strength at which a group of the sparse group penalty is zero."""
    if not np.isfinite(weight) or not part.any():
        return np.longdouble(0)
    low, high = np.longdouble(0), np.longdouble(1)
    ratio, ball = np.longdouble(l1_ratio), (1 - np.longdouble(l1_ratio)) * weight
    top = part.max()
    part = part / top
    while norm_of(np.maximum(part - high * ratio, 0)) > high * ball:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        if norm_of(np.maximum(part - middle * ratio, 0)) > middle * ball:
            low = middle
        else:
            high = middle
    return high * top
