"""Experiments of the l0(l2) paper."""
