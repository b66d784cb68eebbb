"""The languages of answers to commands: tables of sentences and words."""
