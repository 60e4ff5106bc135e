"""How models are judged: frozen folds, metrics, out-of-fold predictions, the choice."""
