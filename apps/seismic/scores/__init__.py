"""Scores of recovered reflectors and reflectivities."""
