"""Damaged files for every reader: each is read as it is, or refused by one line that names it."""

from .command import NAME, SUMMARY, add_arguments, run

__all__ = ["NAME", "SUMMARY", "add_arguments", "run"]
