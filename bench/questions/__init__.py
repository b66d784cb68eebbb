"""Questions about the sample documents, with the passages that answer them."""
