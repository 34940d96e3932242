"""Choosing the strength of a penalty: its critical value, paths from there down, rules."""

from .along_path import AlongPath
from .degrees_of_freedom import degrees_of_freedom
from .path import SolutionPath, make_alphas, solution_path
from .rules import Discrepancy, MallowsCp, Rule
from .strength import alpha_max

__all__ = [
    "AlongPath",
    "Discrepancy",
    "MallowsCp",
    "Rule",
    "SolutionPath",
    "alpha_max",
    "degrees_of_freedom",
    "make_alphas",
    "solution_path",
]
