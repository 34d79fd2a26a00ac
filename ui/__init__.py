"""The chat page. It talks to `rag.assistant` alone, serves everything it shows, and calls no other machine.

Gradio reads these variables while it is imported, so they are set before any module of this package is.
"""

from __future__ import annotations

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
