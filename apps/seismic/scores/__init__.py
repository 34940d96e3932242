"""How well reflectors and reflectivity are recovered."""
