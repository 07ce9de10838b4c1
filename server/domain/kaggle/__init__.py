"""What Kaggle's client does in steps of its own: a file is announced, sent, and then used."""
