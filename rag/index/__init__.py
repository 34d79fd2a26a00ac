"""The index: articles, vectors and words of one folder, changed in one step.

Invariant: the SQLite catalog is the truth; the vectors (FAISS) and the words (tantivy) are derived from it and can be
made again at any time. What a reader sees is one generation, complete and never changed after it became visible.
"""
