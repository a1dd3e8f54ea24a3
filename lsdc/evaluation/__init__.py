"""Predictions in, numbers out: metrics with intervals, baselines, comparisons and the model card."""
