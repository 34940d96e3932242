"""Layered earths with elastic properties, and their reflection coefficients."""
