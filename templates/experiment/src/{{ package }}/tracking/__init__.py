"""What is kept of each run."""
