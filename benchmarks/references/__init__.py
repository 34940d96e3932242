"""Losses and penalties beside references: conic programs, generalised linear models, lassos."""

from .command import NAME, SUMMARY, add_arguments, run

__all__ = ["NAME", "SUMMARY", "add_arguments", "run"]
