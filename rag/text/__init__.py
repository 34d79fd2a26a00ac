"""What a text says, independent of where it came from: folding, script, sentences, words, quantities, names.

Nothing here knows of articles, indexes or models; every function maps strings to values.
"""
