"""Slices become what a network sees: the one crop function, and the cache of its results."""
