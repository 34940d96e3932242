"""Column subsets: which few columns of a matrix stand for all, by many methods and one measure."""
