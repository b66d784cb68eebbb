"""Sample documents of an invented clinic, and the program that builds them from text."""
