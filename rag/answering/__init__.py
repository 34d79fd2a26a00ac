"""From evidence to an answer: what the question asks, which sentences say it, whether they are enough."""
