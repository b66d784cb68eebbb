"""Documents in, text by page or section out; every file is read in a child process with limits.

Start with `pool.Extractor`. Modules that the child imports stay light: what a format needs is imported when the first
file of that format arrives.
"""
