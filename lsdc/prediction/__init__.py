"""A finished run in, an answer out."""
