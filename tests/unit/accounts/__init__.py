"""Local accounts."""
