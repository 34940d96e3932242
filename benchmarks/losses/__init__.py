"""Group lasso with the logistic and Cox's loss: time to a given suboptimality."""

from .command import NAME, SUMMARY, add_arguments, run

__all__ = ["NAME", "SUMMARY", "add_arguments", "run"]
