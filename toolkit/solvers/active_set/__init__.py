"""Primal-dual active set methods for the l0(l2) problem."""
