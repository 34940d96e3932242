"""The parameter of estimators whose linear model has an intercept."""

from __future__ import annotations

from dataclasses import dataclass

from ...checks import check_flag
from ..group_model import GroupModel


@dataclass(eq=False, repr=False, kw_only=True)
class InterceptMixin(GroupModel):
    """A model whose user decides whether it has an intercept."""

    fit_intercept: bool = True

    def _has_intercept(self) -> bool:
        check_flag("fit_intercept", self.fit_intercept)
        return self.fit_intercept
