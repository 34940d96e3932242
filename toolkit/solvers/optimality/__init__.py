"""How solvers know that they are done: certificates, critical strengths, paths of strengths."""
