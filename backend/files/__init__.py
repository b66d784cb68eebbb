"""From a file to searchable chunks: crawl, extraction, chunking, the pipeline, status."""
