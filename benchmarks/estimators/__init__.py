"""Estimators beside those of other packages: coefficients, exact supports, start-up."""

from .command import NAME, SUMMARY, add_arguments, run

__all__ = ["NAME", "SUMMARY", "add_arguments", "run"]
