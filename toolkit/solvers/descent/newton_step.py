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

from ...arrays import Array, IntArray, scalar_like, squared_magnitude
from ...penalties.block_forms import LinearSlope, TwoThresholds
from .working_set import WorkingSet

_LARGEST = 3000  # real unknowns
_LENGTHS = 0.3 ** np.arange(1, 8)
_FEWEST, _MOST = 3, 10  # steps, each without what the one before turned round
_CHEAP = 100  # coefficients, of which the most steps cost no more than sweeps until they creep
_DAMPING = 2.0  # in units of the Gram matrix's rounding


def polish(working: WorkingSet) -> None:
    """Take Newton's steps on the active groups, if that lowers the objective.

    Groups, or entries, that a step turns round become zero, and the next step is without them:
    all at once, or if that does not lower the objective, one after another. Only for convex
    penalties; an l1 norm with complex coefficients is no such sum of smooth parts. Nothing
    happens for others.
    """
    form = working.form
    of_entries = form.of_entries if isinstance(form, TwoThresholds) else None
    if of_entries is not None and working.dtype.kind == "c":
        return
    if of_entries is None and not (isinstance(form, LinearSlope) and form.fall == 0):
        return
    start, known = working.x.copy(), working.correlations[:, working.features]
    first = _newton_step(working, form.strengths, of_entries, known)
    if first is None:
        return
    n_turns = max(_FEWEST, min(_MOST, _MOST * _CHEAP // working.places(working.active).size))
    if not _drop_all(working, first, of_entries, n_turns):
        working.go_to(start)
        _drop_in_turn(working, first, of_entries, n_turns)


def _drop_all(
    working: WorkingSet, step: Array | None, of_entries: Array | None, n_turns: int
) -> bool:
    """Take whole steps, dropping all that turn round; return whether the objective fell."""
    limit = _limit_objective(working)
    for _ in range(n_turns):
        if step is None:
            return False
        turns = _find_turns(working, step, entries=of_entries is not None)
        working.go_to(np.where(turns <= 1, 0, working.x + step))
        if working.evaluate_objective() <= limit:
            return True
        if turns.min() > 1:
            return False
        step = _newton_step(working, working.form.strengths, of_entries, working.correlate_own())
    return False


def _drop_in_turn(
    working: WorkingSet, step: Array | None, of_entries: Array | None, n_turns: int
) -> None:
    """Take steps that end where the first group, or entry, turns round, and drop it."""
    for _ in range(n_turns):
        if step is None:
            return
        start, limit = working.x.copy(), _limit_objective(working)
        turns = _find_turns(working, step, entries=of_entries is not None)
        earliest = float(turns.min())
        for length in (min(1.0, earliest), *_LENGTHS):
            ahead = start + scalar_like(length, step) * step
            working.go_to(np.where(turns <= length, 0, ahead))
            if working.evaluate_objective() <= limit:
                break
        else:
            working.go_to(start)
            return
        if length != earliest:
            return
        step = _newton_step(working, working.form.strengths, of_entries, working.correlate_own())


def _limit_objective(working: WorkingSet) -> float:
    """Return the present objective; near the solution rounding hides its fall."""
    return working.evaluate_objective() * (1 + 4 * float(np.finfo(working.dtype).eps))


def _newton_step(
    working: WorkingSet, strengths: Array, of_entries: Array | None, correlations: Array
) -> Array | None:
    """Return the step of the working coefficients, zero off the active groups.

    `strengths` are those of every group of the penalty, `of_entries` those of an l1
    norm beside it, as in `TwoThresholds`. None if there are too many unknowns, or the Hessian is
    not positive definite in this precision.
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
        moving = x.ravel() != 0
        column = np.minimum(places - blocks.indptr[active][group], of_entries.shape[1] - 1)
        levels = of_entries[blocks.numbers[active][group], column]
        solved[moving] -= (levels * np.sign(x)).ravel()[moving]
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
    diagonal = np.tile((slopes + ridges)[group], n // places.size)
    scales = working.scales
    hessian = np.zeros((n_channels, n, n_channels, n))
    for k in range(n_channels):
        hessian[k, :, k, :] = gram * scales[k]
        hessian[k, np.arange(n), k, np.arange(n)] += diagonal
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


def _find_turns(working: WorkingSet, step: Array, *, entries: bool) -> Array:
    """Return, for every coefficient, the length of the step at which it turns round.

    That is where the product of its group, or with `entries` of itself, with what it was before
    is zero. Infinite where it never is.
    """
    products, squares = (working.x.conj() * step).real, squared_magnitude(working.x)
    if not entries:
        sizes = np.diff(working.blocks.indptr)
        products, squares = (
            np.repeat(np.add.reduceat(part.sum(axis=0), working.blocks.indptr[:-1]), sizes)
            for part in (products, squares)
        )
    turns = np.full(products.shape, np.inf)
    np.divide(-squares, products, out=turns, where=products < 0)
    return np.broadcast_to(turns, step.shape)
