"""A turn: a question in, an answer with citations out; conversations."""
