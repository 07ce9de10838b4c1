"""The ways of Kaggle's client through several transactions."""
