"""Calls that carry text out of this process to a model: one gate, and the one client that they are made with."""
