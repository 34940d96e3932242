"""How work is executed: compiled kernels, BLAS threads, several cores."""
