"""Names of estimators that have the same penalty for targets of another kind."""

from __future__ import annotations

from typing import Literal

_KINDS = ("Regressor", "Classifier", "Survival")
_FAMILIES = (
    "GroupLasso",
    "SparseGroupLasso",
    "LatentGroupLasso",
    "GroupMCP",
    "GroupSCAD",
    "GroupL0",
)


def name_counterpart(estimator: str, kind: Literal["Regressor", "Classifier", "Survival"]) -> str:
    """Return the estimator for another kind of targets, of the group lasso where there is none.

    Examples
    --------
    >>> name_counterpart("GroupMCPRegressorCV", "Classifier")
    'GroupMCPClassifierCV'
    >>> name_counterpart("GroupLassoClassifier", "Regressor")
    'GroupLasso'
    """
    search = "CV" if estimator.endswith("CV") else ""
    family = estimator.removesuffix("CV")
    for suffix in _KINDS:
        family = family.removesuffix(suffix)
    if family not in _FAMILIES:
        family = "GroupLasso"
    is_plain = kind == "Regressor" and family.endswith("Lasso")
    return family + ("" if is_plain else kind) + search
