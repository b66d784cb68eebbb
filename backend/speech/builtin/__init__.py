"""The built-in engine that hears: pocketsphinx with a language model of commands and of the user's own names."""
