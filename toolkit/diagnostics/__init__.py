"""How good a result is, and how hard a problem."""
