"""From a question to its evidence: candidates from both sides, late interaction, a cut that follows the scores."""
