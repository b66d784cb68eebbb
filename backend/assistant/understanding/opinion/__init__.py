"""A second opinion on what a command asks for, learnt from commands of our own; see README.md."""
