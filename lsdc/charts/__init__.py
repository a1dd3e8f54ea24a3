"""A table in, an Altair chart out. Nothing here reads files or computes metrics."""
