"""Newton's step on the active groups of a weighted l2,1 or sparse group problem.

Where columns are nearly parallel, sweeps creep along flat valleys. On the
groups that are not zero the objective is smooth, with the Hessian
``A_S^H A_S + ridge I + D``, where ``D_g = s_g / ||x_g|| (I - u u^T)`` and
``u = x_g / ||x_g||`` couple all channels of a group. Complex coefficients count
as pairs of real ones. With an l1 norm beside it, entries that are zero stay so,
and those of one sign keep it; then coefficients have to be real. Cost: one
Cholesky factor of the active coefficients, so it is for sweeps that creep.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg

from ...arrays import Array, IntArray, scalar_like
from ...penalties.block_forms import LinearSlope, TwoThresholds
from .working_set import WorkingSet

_LARGEST = 3000  # real unknowns
_LENGTHS = 0.3 ** np.arange(8)
_DAMPING = 2.0  # in units of the Gram matrix's rounding


def polish(working: WorkingSet) -> None:
    """Take Newton's step on the active groups, as far as it lowers the objective.

    Only for convex penalties; an l1 norm with complex coefficients is no such sum of
    smooth parts. Nothing happens for others.
    """
    form = working.form
    of_entries = form.of_entries if isinstance(form, TwoThresholds) else None
    entries = of_entries is not None
    if entries and working.dtype.kind == "c":
        return
    if not entries and not (isinstance(form, LinearSlope) and form.fall == 0):
        return
    known = working.correlations[:, working.features]
    step = _newton_step(working, form.strengths, of_entries, known)
    if step is None:
        return
    # Near the solution rounding hides the objective's fall, but not the gradient's.
    limit = working.evaluate_objective() * (1 + 4 * float(np.finfo(working.dtype).eps))
    start = working.x.copy()
    for length in _LENGTHS:
        ahead = start + scalar_like(length, step) * step
        working.go_to(_stop_at_zero(working, start, ahead, entries=entries))
        if working.evaluate_objective() <= limit:
            return
    working.go_to(start)


def _newton_step(
    working: WorkingSet, strengths: Array, of_entries: Array | None, correlations: Array
) -> Array | None:
    """Return the step of the working coefficients, zero off the active groups.

    `strengths` are those of every group of the penalty, `of_entries` those of an l1
    norm beside it. None if there are too many unknowns, or the Hessian is not
    positive definite in this precision.
    """
    active = working.active
    places = working.places(active)
    parts = 2 if working.dtype.kind == "c" else 1
    if not 0 < parts * len(working.x) * places.size <= _LARGEST:
        return None
    blocks = working.blocks
    group = np.repeat(np.arange(active.size), np.diff(blocks.indptr)[active])
    slopes = strengths[blocks.numbers[active]] / working.norms[active]
    ridges = blocks.ridges[active]
    x = working.x[:, places].astype(np.result_type(working.dtype, float))
    gradient = correlations[:, places] - (slopes + ridges)[group] * x
    hessian = _make_hessian(
        working, places, x / working.norms[active][group], slopes, ridges, group
    )
    solved = _split_parts(gradient).ravel()
    moving = np.ones(solved.size, dtype=bool)
    if of_entries is not None:
        solved -= (of_entries[blocks.numbers[active]][group] * np.sign(x)).ravel()
        moving = x.ravel() != 0
        hessian = hessian[np.ix_(moving, moving)]
    try:
        factor = scipy.linalg.cho_factor(hessian, overwrite_a=True, check_finite=False)
    except np.linalg.LinAlgError:
        return None
    solved[moving] = scipy.linalg.cho_solve(factor, solved[moving], check_finite=False)
    solved[~moving] = 0
    step = np.zeros_like(working.x)
    step[:, places] = _join_parts(solved.reshape(len(x), parts, -1))
    return step if np.isfinite(step).all() else None


def _make_hessian(
    working: WorkingSet, places: IntArray, units: Array, slopes: Array, ridges: Array, group: Array
) -> Array:
    """Return the Hessian over (channel, real and imaginary part, active feature)."""
    gram = working.gram()[np.ix_(places, places)].T.astype(units.dtype)
    if gram.dtype.kind == "c":
        gram = np.block([[gram.real, -gram.imag], [gram.imag, gram.real]])
    n_channels, n = len(units), len(gram)
    gram[np.diag_indices(n)] += np.tile((slopes + ridges)[group], n // places.size)
    hessian = np.zeros((n_channels, n, n_channels, n))
    for k in range(n_channels):
        hessian[k, :, k, :] = gram
    flat = hessian.reshape(n_channels * n, -1)
    vectors = (_split_parts(units) * np.sqrt(slopes)[group]).ravel()
    owners = np.broadcast_to(group, (n_channels * n // places.size, places.size)).ravel()
    order = np.argsort(owners, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(owners[order])) + 1):
        flat[np.ix_(members, members)] -= np.outer(vectors[members], vectors[members])
    rounding = float(np.finfo(working.dtype).eps)
    flat[np.diag_indices_from(flat)] += _DAMPING * rounding * np.linalg.norm(flat)
    return flat


def _split_parts(x: Array) -> Array:
    """Return real and imaginary parts side by side: (channels, parts, features)."""
    return np.stack([x.real, x.imag], axis=1) if x.dtype.kind == "c" else x[:, None, :]


def _join_parts(x: Array) -> Array:
    """Return the coefficients that `_split_parts` made of them."""
    result: Array = x[:, 0] + 1j * x[:, 1] if x.shape[1] == 2 else x[:, 0]
    return result


def _stop_at_zero(working: WorkingSet, before: Array, after: Array, *, entries: bool) -> Array:
    """Return `after` with zeros where entries, or whole groups, have turned round.

    There the step went too far.
    """
    if entries:
        return np.where(before * after < 0, 0, after).astype(after.dtype)
    products = (before.conj() * after).real.sum(axis=0)
    sums = np.add.reduceat(products, working.blocks.indptr[:-1])
    sizes = np.diff(working.blocks.indptr)
    result: Array = np.where(np.repeat(sums < 0, sizes), 0, after).astype(after.dtype)
    return result
