"""The constrained forms of the l2,1 problem."""
