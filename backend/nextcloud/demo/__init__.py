"""A small server for newcomers: a folder of files, a calendar and contacts, reached as a Nextcloud would be."""
