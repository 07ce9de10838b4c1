"""How answers are shown: tables, sentences, JSON."""
