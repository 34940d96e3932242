"""Group l0 at the published sizes: exact supports, errors and seconds, beside other methods."""

from .command import NAME, SUMMARY, add_arguments, run

__all__ = ["NAME", "SUMMARY", "add_arguments", "run"]
