"""One module per format; each has `read(source)`, which yields pages as it reads them."""
