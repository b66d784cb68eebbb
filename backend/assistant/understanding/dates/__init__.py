"""Dates and times in spoken language: words in, resolved points, ranges and rules out. No language model, no clock.

`grammar.parse` turns words into typed time expressions by a language's rules; `resolver.resolve` turns an expression into
wall-clock times for a given moment and zone.
"""
