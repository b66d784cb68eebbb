"""Answers over all files of a scope: gathered by search, then listed, counted, or summed up file by file."""
