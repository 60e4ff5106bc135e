"""Kaggle: the competition's files, a submission that is checked before it is sent, its score."""
