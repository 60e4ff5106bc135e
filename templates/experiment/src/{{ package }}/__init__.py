"""A Kaggle-style experiment on one table: folds before models, a baseline beside every number."""
