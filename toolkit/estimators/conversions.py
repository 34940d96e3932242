"""Conversion of penalty strengths between the conventions of packages.

Packages minimise ``c ||y - X w||^2 + a sum_g w_g ||w_g||`` with a factor ``c`` of
``1 / (2 n_samples)``, ``1 / 2`` or 1. Solutions agree where ``a / c`` does, so strengths are
converted by the ratio of the factors in the table `CONVENTIONS`. This holds for every penalty that
is linear in its strength, so not for group MCP and SCAD, whose bends would have to change, too.
docs/estimators.md says how weights, mixtures of penalties and constraints correspond.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeVar

import numpy as np

from ..arrays import Array
from ..checks import check_choice, check_positive, check_size, check_strength

Alpha = TypeVar("Alpha", float, Array)


@dataclass(frozen=True)
class Convention:
    """How a package writes ``loss ||y - X w||^2 + strength sum_g w_g ||w_g||``.

    Parameters
    ----------
    parameter : str
        The name of the strength.
    loss : float
        The factor of the squared residual, positive.
    per_sample : bool, default True
        Whether that factor is divided by the number of samples.
    group_weights : {None, "sqrt"}, default None
        The weights that groups have if none are given: one, or the root of the size.

    Examples
    --------
    >>> Convention("gamma", 1.0, per_sample=False).factor(50)
    1.0
    """

    parameter: str
    loss: float
    per_sample: bool = True
    group_weights: Literal["sqrt"] | None = None

    def factor(self, n_samples: int) -> float:
        """Return the factor of the squared residual."""
        return self.loss / n_samples if self.per_sample else self.loss

    def weight(self, group_size: int) -> float:
        """Return the weight of a group if none is given."""
        return float(np.sqrt(group_size)) if self.group_weights == "sqrt" else 1.0


CONVENTIONS: Mapping[str, Convention] = MappingProxyType(
    {
        "groupsparse": Convention("alpha", 1 / 2),
        "groupsparse.toolkit": Convention("alpha", 1 / 2, per_sample=False),
        "scikit-learn": Convention("alpha", 1 / 2),
        "skglm": Convention("alpha", 1 / 2),
        "celer": Convention("alpha", 1 / 2),
        "adelie": Convention("lmda", 1 / 2, group_weights="sqrt"),
        "group-lasso": Convention("group_reg", 1 / 4, group_weights="sqrt"),
        "grpreg": Convention("lambda", 1 / 2, group_weights="sqrt"),
        "gglasso": Convention("lambda", 1 / 2, group_weights="sqrt"),
        "pyproximal": Convention("sigma", 1 / 2, per_sample=False),
        "sigpy": Convention("lamda", 1 / 2, per_sample=False),
        "pylops": Convention("eps", 1.0, per_sample=False),
    }
)
"""How packages scale their strengths; "groupsparse" are the estimators.

The tests compare with the packages that are installed. group-lasso is listed by what version 1.5.0
computes: its documentation says ``1 / (2 n_samples)``, but it takes half a gradient step and a
whole proximal one. grpreg and gglasso, which are for R, follow their documentation; grpreg agrees
only where the columns of each group are orthonormal, ``X_g^T X_g = n_samples I``, since it
orthonormalises them before it penalises.
"""

_NO_STRENGTH = {
    "spgl1": "a radius tau or a noise level sigma: see `ConstrainedGroupLasso`, whose "
    "solution_.alpha is the strength of its solution",
    "abess": "the number of groups: see `GroupL0Regressor` and its n_groups",
}


def convert_alpha(
    alpha: Alpha,
    source: str | Convention,
    target: str | Convention,
    *,
    n_samples: int,
    group_size: int | None = None,
) -> Alpha:
    """Return the strength at which `target` has the solution that `source` has at `alpha`.

    Parameters
    ----------
    alpha : float or ndarray of float
        One strength, or several, positive.
    source, target : str or Convention
        A key of `CONVENTIONS`, such as ``"celer"``, or a `Convention`, such as that of a
        problem written for cvxpy.
    n_samples : int
        The number of samples.
    group_size : int, optional
        The number of features of every group, if each package uses its default
        weights of groups. By default both use the same weights.

    Returns
    -------
    float or ndarray of float
        As `alpha`.

    Raises
    ------
    ValueError
        If `alpha` is not positive, a name is unknown or belongs to a package that takes a
        constraint instead of a strength, or a number is not an integer of at least one.

    Examples
    --------
    The 1 / (2 n_samples) of the estimators against 1 / 2:

    >>> convert_alpha(0.1, "groupsparse", "sigpy", n_samples=50)
    5.0

    adelie's own weights, the roots of the sizes, need a smaller strength:

    >>> convert_alpha(0.1, "groupsparse", "adelie", n_samples=50, group_size=4)
    0.05

    A problem that is written with ``||y - X w||^2``:

    >>> own = Convention("gamma", 1.0, per_sample=False)
    >>> convert_alpha(10.0, own, "groupsparse", n_samples=50)
    0.1
    """
    _check_strengths(alpha)
    check_size("n_samples", n_samples)
    if group_size is not None:
        check_size("group_size", group_size)
    given, wanted = _find_convention("source", source), _find_convention("target", target)
    ratio = wanted.factor(n_samples) / given.factor(n_samples)
    if group_size is not None:
        ratio *= given.weight(group_size) / wanted.weight(group_size)
    return alpha * ratio


def _check_strengths(alpha: float | Array) -> None:
    """Raise a `ValueError` unless all strengths are positive and finite."""
    if isinstance(alpha, np.ndarray) and alpha.ndim:
        if alpha.dtype.kind not in "iuf" or not np.all((alpha > 0) & (alpha < np.inf)):
            raise ValueError(f"alpha must be positive and finite, got {alpha!r}")
    else:
        check_strength("alpha", alpha)


def _find_convention(name: str, which: str | Convention) -> Convention:
    """Return a convention by its name."""
    if isinstance(which, Convention):
        check_positive(f"the loss of {name}", which.loss)
        return which
    if isinstance(which, str) and which in _NO_STRENGTH:
        raise ValueError(f"{name}: {which} takes no strength but {_NO_STRENGTH[which]}")
    check_choice(name, which, CONVENTIONS)
    return CONVENTIONS[which]
