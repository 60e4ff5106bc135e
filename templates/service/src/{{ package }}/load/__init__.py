"""How much a running service answers, and how quickly."""
