"""Choosing the strength of a penalty: its critical value, paths from there down, rules."""

from ..noise import estimate_noise
from .along_path import AlongPath
from .information_criteria import AIC, BIC, EBIC, MallowsCp, degrees_of_freedom
from .path import SolutionPath, solution_path
from .rules import Balance, Discrepancy, GroupCount, Rule
from .strengths import alpha_max, make_alphas

__all__ = [
    "AIC",
    "BIC",
    "EBIC",
    "AlongPath",
    "Balance",
    "Discrepancy",
    "GroupCount",
    "MallowsCp",
    "Rule",
    "SolutionPath",
    "alpha_max",
    "degrees_of_freedom",
    "estimate_noise",
    "make_alphas",
    "solution_path",
]
