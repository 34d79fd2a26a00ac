"""Measurements: speed and memory, and how well questions about real articles are answered."""
