"""Joint reflectivity from several shots: one support of reflectors, a strength in every shot."""
