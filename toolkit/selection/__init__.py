"""Choosing the strength of a penalty: its critical value, paths from there down, rules."""

from .along_path import AlongPath
from .balance import Balance
from .degrees_of_freedom import degrees_of_freedom
from .information_criteria import AIC, BIC, EBIC
from .path import SolutionPath, make_alphas, solution_path
from .rules import Discrepancy, GroupCount, MallowsCp, Rule
from .strength import alpha_max

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
    "make_alphas",
    "solution_path",
]
