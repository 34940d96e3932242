"""Proximal Newton: block coordinate descent for losses that are not squared."""
