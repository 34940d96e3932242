"""The measures by which searches compare folds, for every kind of targets."""

from __future__ import annotations

from dataclasses import dataclass

from ...checks import check_choice
from ...losses import Squared
from .classification import ClassificationMixin
from .regression import LossMixin
from .survival import SurvivalMixin


@dataclass(eq=False, repr=False, kw_only=True)
class LossSearchMixin(LossMixin):
    """A search among models of numbers, by squared errors or deviances."""

    @property
    def _measure(self) -> str:
        is_squared = self.loss == "squared" or isinstance(self.loss, Squared)
        return "mse" if is_squared else "deviance"


@dataclass(eq=False, repr=False, kw_only=True)
class ClassificationSearchMixin(ClassificationMixin):
    """A search among models of classes."""

    scoring: str = "log_loss"

    @property
    def _measure(self) -> str:
        check_choice("scoring", self.scoring, ("log_loss", "auc", "accuracy"))
        return self.scoring


@dataclass(eq=False, repr=False, kw_only=True)
class SurvivalSearchMixin(SurvivalMixin):
    """A search among models of survival times."""

    scoring: str = "deviance"

    @property
    def _measure(self) -> str:
        check_choice("scoring", self.scoring, ("deviance", "concordance"))
        return self.scoring
