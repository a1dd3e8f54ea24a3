"""Which run grades best, and what its errors are."""
