"""Evaluation: gold pairs in, figures out that tell by direction what is good and where a question was lost.

Invariant: gold names words of articles, never passages, so that no change of chunking makes it invalid.
"""

from __future__ import annotations
