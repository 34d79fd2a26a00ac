"""From files to passages: find files, read them, mark what is not article, cut the rest into passages.

Invariant: the text that a reader gives is stored as it is. Cleaning only marks spans of it and chunking only takes
slices of it, so that every offset keeps its meaning and `text[start:end]` is always the words that were cited.
"""
