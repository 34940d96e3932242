"""What a fit of any convex loss says of its groups, while all others keep their values.

A group that is active raises the loss by ``F(A x - A_g x_g) - F(A x)`` if it leaves. One that is
not lowers it by about half its score statistic, ``d_g^H H_g^-1 d_g``, if it joins, where
``d_g = -A_g^H F'(A x)`` is its dual variable and ``H_g = A_g^H F''(A x) A_g``. For the squared loss
these are exactly half the squared norms of primal and dual variable, in the basis in which the
columns of the group are orthonormal (Jiao, Jin and Lu, eq. 10). Nothing depends on the bases.

Cost: as the products of all columns with the columns of their own group; for large operators
without a matrix one product with the adjoint, and ``F''`` is replaced by its mean diagonal.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...arrays import Array, IntArray, is_single, squared_magnitude
from ...problem import Problem
from ...reformulations.group_basis import GroupBasis, split_by_size

_MOST_ENTRIES = 2**20  # of columns that are formed at once
_DEPENDENT, _DEPENDENT_SINGLE = 1e-12, 1e-6  # of the largest eigenvalue: a smaller one is rounding


def find_evidence(
    problem: Problem,
    coef: Array,
    image: Array,
    active: Array,
    ridge: float = 0.0,
    basis: GroupBasis | None = None,
) -> Array:
    """Return the root of twice the change of the loss by every group that leaves or joins.

    Parameters
    ----------
    problem : Problem
        The problem, of groups that do not overlap.
    coef, image : ndarray
        The fit, ``x`` and ``A x``.
    active : ndarray of bool, shape (n_groups,)
        Which groups are active.
    ridge : float
        Counts with the loss, as ``ridge / 2 ||x_g||^2`` of every group.
    basis : GroupBasis, optional
        Orthonormal bases of the groups. With them ``F''`` counts as its mean diagonal times the
        identity, and no columns of groups that are not active are formed.

    Returns
    -------
    ndarray, shape (n_groups,)
        The norms of primal variables of active groups, and of dual variables of the others.
    """
    energies = np.zeros(active.size)
    for group in np.flatnonzero(active):
        energies[group] = _measure_loss(problem, coef, image, int(group), ridge)
    dual = -problem.operator.adjoint(problem.term.gradient(image)).ravel()
    if basis is not None:
        norms = problem.groups.norms(basis.adjoint(dual[None])[0])
        curvature = float(problem.term.curvature(image).mean())
        energies[~active] = norms[~active] ** 2 / curvature if curvature > 0 else 0.0
        return np.sqrt(energies)
    for which, scores in _generate_scores(problem, image, dual, ~active, ridge):
        energies[which] = scores
    result: Array = np.sqrt(energies)
    return result


def _measure_loss(problem: Problem, coef: Array, image: Array, group: int, ridge: float) -> float:
    """Return twice the increase of the loss without a group."""
    members = problem.groups.members(group)
    own = coef.ravel()[members]
    contribution = (own @ problem.operator.columns(members)).reshape(image.shape)
    increase = problem.term.value(image - contribution) - problem.term.value(image)
    return max(0.0, 2 * increase - ridge * float(squared_magnitude(own).sum()))


def _generate_scores(
    problem: Problem, image: Array, dual: Array, eligible: Array, ridge: float
) -> Iterator[tuple[IntArray, Array]]:
    """Yield some of the eligible groups of one size, and their score statistics."""
    operator = problem.operator
    for which, members in split_by_size(problem.groups):
        chosen = np.flatnonzero(eligible[which])
        size = members.shape[1]
        step = max(1, _MOST_ENTRIES // (size * image.size))
        for begin in range(0, chosen.size, step):
            part = chosen[begin : begin + step]
            columns = operator.columns(members[part].ravel()).reshape(-1, *image.shape)
            bent = _apply_hessian(problem, image, columns)
            left, right = (rows.reshape(part.size, size, image.size) for rows in (columns, bent))
            blocks = left.conj() @ right.transpose(0, 2, 1)
            blocks = blocks + ridge * np.eye(size, dtype=blocks.dtype)
            yield which[part], _evaluate_inverse_forms(blocks, dual[members[part]])


def _apply_hessian(problem: Problem, image: Array, columns: Array) -> Array:
    """Return the Hessian times columns, for Huber's loss by the diagonal that is not below it.

    Its Hessian is zero for outliers, and not linear over the complex numbers.
    """
    if problem.loss.takes_complex:
        result: Array = problem.term.curvature(image) * columns
        return result
    return problem.term.apply_hessian(image, columns)


def _evaluate_inverse_forms(blocks: Array, values: Array) -> Array:
    """Return ``d^H H^-1 d`` for blocks (n, size, size) and values (n, size)."""
    eigenvalues, vectors = np.linalg.eigh(blocks)
    along = (vectors.conj().transpose(0, 2, 1) @ values[:, :, None])[:, :, 0]
    tolerance = _DEPENDENT_SINGLE if is_single(values.dtype) else _DEPENDENT
    kept = eigenvalues > tolerance * eigenvalues[:, -1:]
    energies = squared_magnitude(along) * kept / np.where(kept, eigenvalues, 1)
    result: Array = energies.sum(axis=1)
    return result
