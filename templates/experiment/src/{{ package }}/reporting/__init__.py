"""What is shown of a run, in words, numbers and pictures."""
