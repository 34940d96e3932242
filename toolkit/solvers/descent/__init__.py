"""Block coordinate descent with working sets."""
