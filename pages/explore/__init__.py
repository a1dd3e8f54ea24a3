"""What is in the data set, and what its images look like."""
