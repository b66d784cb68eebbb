"""A question, understood before anything is searched, without a language model.

What it leans on of earlier turns, which period, files and folders it names, in which language it is, which
abbreviations it uses; and behind the search, whether it has to be asked back.
"""
