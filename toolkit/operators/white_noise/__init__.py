"""Operators that make noise white, and keep the structure of the operator before them."""
