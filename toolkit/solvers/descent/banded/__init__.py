"""Block coordinate descent where the Gram matrix of every channel is banded."""
