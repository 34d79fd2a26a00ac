"""The form of a message: one key, three texts."""

from __future__ import annotations

Texts = tuple[str, str, str]
"""English, Simplified, Traditional."""
