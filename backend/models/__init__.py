"""Language models behind one protocol, and the built-in extractive answerer."""
