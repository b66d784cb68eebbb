"""Language models behind one protocol: the built-in extractive answerer and any OpenAI-compatible endpoint."""
