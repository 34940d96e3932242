"""Choosing the strength of a penalty: its critical value, and paths from there down."""

from .path import SolutionPath, make_alphas, solution_path
from .strength import alpha_max

__all__ = ["SolutionPath", "alpha_max", "make_alphas", "solution_path"]
