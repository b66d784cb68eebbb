"""One module for each family of file formats: blocks of text in, bytes of a file out."""
