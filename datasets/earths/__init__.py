"""Layered earth models and their elastic properties."""
