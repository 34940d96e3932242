"""Contrasts and coils of real slices: quality and time beside sigpy, BART and PyLops."""

from .command import NAME, SUMMARY, add_arguments, run

__all__ = ["NAME", "SUMMARY", "add_arguments", "run"]
