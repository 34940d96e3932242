"""Forward selection and exchanges of columns in plain NumPy: slow, but simple to trust.

Everything is computed from the Gram matrix G of the columns. With a set S, the squared error of
all columns is ``trace(G) - trace(G_SS^-1 G_S: G_:S)``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from groupsparse.toolkit.arrays import Array

_GAIN = 1e-9


def _compute_residual(gram: Array, chosen: Sequence[int]) -> Array:
    """Return the Gram matrix of all columns' residuals after a fit on the chosen ones."""
    if not len(chosen):
        return gram
    members = list(chosen)
    part = np.linalg.solve(gram[np.ix_(members, members)], gram[members])
    return gram - gram[:, members] @ part


def _compute_gains(gram: Array, chosen: Sequence[int]) -> Array:
    """Return by how much each column would reduce the squared error."""
    left = _compute_residual(gram, chosen)
    own = np.diagonal(left)
    usable = own > 1e-9 * np.diagonal(gram)
    usable[list(chosen)] = False
    gains = np.full(len(gram), -np.inf)
    gains[usable] = (left[usable] ** 2).sum(axis=1) / own[usable]
    return gains


def select_forward(gram: Array, most: int) -> list[int]:
    """Return the columns in the order of forward selection."""
    order: list[int] = []
    for _ in range(most):
        order.append(int(np.argmax(_compute_gains(gram, order))))
    return order


def _find_exchange(gram: Array, chosen: list[int], place: int) -> tuple[float, int]:
    """Return the best replacement of the column at a place: reduction of the error, and column."""
    others = chosen[:place] + chosen[place + 1 :]
    error = float(np.trace(_compute_residual(gram, others)))
    gains = _compute_gains(gram, others)
    now = error - float(np.trace(_compute_residual(gram, chosen)))
    gains[chosen] = -np.inf
    column = int(np.argmax(gains))
    return float(gains[column]) - now, column


def _make_best_exchange(gram: Array, chosen: list[int]) -> bool:
    """Make the best of all exchanges; return whether it reduced the error."""
    tried = [_find_exchange(gram, chosen, place) for place in range(len(chosen))]
    place = int(np.argmax([gain for gain, _ in tried]))
    gain, column = tried[place]
    if gain <= _GAIN * float(np.trace(_compute_residual(gram, chosen))):
        return False
    chosen[place] = column
    return True


def _exchange_place_by_place(gram: Array, chosen: list[int], *, backwards: bool = False) -> bool:
    """Make the best exchange at each place in turn; return whether any reduced the error."""
    helped = False
    for place in range(len(chosen))[:: -1 if backwards else 1]:
        gain, column = _find_exchange(gram, chosen, place)
        if gain > _GAIN * float(np.trace(_compute_residual(gram, chosen))):
            chosen[place], helped = column, True
    return helped


RULES: dict[str, Callable[[Array, list[int]], bool]] = {
    "the best exchange of all": _make_best_exchange,
    "exchanges place by place": _exchange_place_by_place,
    "exchanges from the last place on": lambda gram, chosen: _exchange_place_by_place(
        gram, chosen, backwards=True
    ),
}


def exchange(gram: Array, chosen: Sequence[int], rule: str) -> list[int]:
    """Return a set after exchanges by a rule, until none reduces the error."""
    members = list(chosen)
    while RULES[rule](gram, members):
        pass
    return members
