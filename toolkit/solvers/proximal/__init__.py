"""Proximal gradient methods."""
