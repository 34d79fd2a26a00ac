"""Local open-weight models: which there are, where they are found, and how they are run and talked to.

Nothing here knows of articles or answers: messages go in, text and thinking come out, apart. What imports torch,
transformers, LangChain's chat classes or a client does so in modules that are imported when a model is asked for.
"""
