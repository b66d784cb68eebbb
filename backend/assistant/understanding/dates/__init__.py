"""Dates and times in spoken language: words in, resolved points, ranges and rules out. No language model, no clock.

`grammar` turns words into typed time expressions by a language's rules; `resolver` and `rrules` turn an expression into
wall-clock times for a given moment and zone.
"""
