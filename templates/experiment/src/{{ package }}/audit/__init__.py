"""What would make the score a lie: leaks, duplicates, drift."""
