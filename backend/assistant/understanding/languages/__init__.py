"""The languages of commands: tables of words and rules. A new one is a new module here, and no other code."""
