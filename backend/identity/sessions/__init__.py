"""Sessions of ours: tokens, their rotation, and their end."""
