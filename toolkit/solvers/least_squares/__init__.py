"""Least squares on the active groups."""
