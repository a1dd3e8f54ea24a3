"""Start runs and watch them."""
