"""From a question to passages: embedding, vectors, words, fusion, access."""
