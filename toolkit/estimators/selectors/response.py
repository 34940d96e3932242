"""What a response holds: classes, or numbers."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.multiclass import type_of_target

from ...checks import check_choice

RESPONSES = ("auto", "classes", "numbers")
_FEW = 10  # so many different whole numbers, and no more, are classes without a doubt


class Response(NamedTuple):
    """What a response holds, and why that may be wrong: nothing where it is clear or was said."""

    kind: Literal["classes", "numbers"]
    doubt: str = ""


def find_response(y: ArrayLike, response: str = "auto") -> Response:
    """Return what `y` holds, as the user says, or for "auto" as its values suggest.

    Text and whole numbers are classes, as for scikit-learn's `type_of_target`, unless more than
    half of the whole numbers differ. Where they are many, there is a doubt.

    Examples
    --------
    >>> find_response(["sick", "well", "sick"]).kind, find_response([0.5, 2.0, 1.5]).kind
    ('classes', 'numbers')
    >>> find_response([61, 45, 72, 45, 38]).doubt
    'y holds 4 different whole numbers, which were taken for numbers, not for classes'
    """
    check_choice("response", response, RESPONSES)
    if response == "numbers":
        _refuse_text(y)
        return Response("numbers")
    with np.errstate(invalid="ignore"):  # numbers that no integer holds
        target = type_of_target(y, input_name="y", raise_unknown=True)
    is_classes = target in ("binary", "multiclass")
    if response == "classes":
        if not is_classes:
            raise ValueError(
                "y must hold one column of text or whole numbers with response='classes', "
                f"got what scikit-learn calls {target}"
            )
        return Response("classes")
    if not is_classes:
        return Response("numbers")
    values = np.asarray(y).ravel()
    n_different = np.unique(values).size
    is_most = 2 * n_different > values.size
    if values.dtype.kind not in "iuf" or n_different < 3 or not (is_most or n_different > _FEW):
        return Response("classes")
    said = f"y holds {n_different} different whole numbers, which were taken for"
    if is_most:
        return Response("numbers", f"{said} numbers, not for classes")
    return Response("classes", f"{said} classes, not for numbers")


def _refuse_text(y: ArrayLike) -> None:
    """Raise a `ValueError` if not all of a response are numbers."""
    try:
        np.asarray(y, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"y must hold numbers with response='numbers': {error}") from error
