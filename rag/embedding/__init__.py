"""Texts to vectors: the bundled static model, and any sentence-transformers model in its place."""
