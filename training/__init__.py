"""How the bundled bilingual model is made and measured: data → vocabulary → start → fit → export.

Run with `make model DATA=folder`; every stage keeps its output in the work folder and is skipped when it is there.
"""
