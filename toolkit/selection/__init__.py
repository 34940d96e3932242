"""Choosing the strength of a penalty."""
