"""The group lasso at single strengths and along a path: suboptimality against time."""

from .command import NAME, SUMMARY, add_arguments, run

__all__ = ["NAME", "SUMMARY", "add_arguments", "run"]
