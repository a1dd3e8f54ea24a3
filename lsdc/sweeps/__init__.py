"""Searches over hyperparameters: each trial is an ordinary run in the queue, and the run folders say how they went."""
