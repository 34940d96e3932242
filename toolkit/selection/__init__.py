"""Choosing the strength of a penalty."""

from .strength import alpha_max

__all__ = ["alpha_max"]
