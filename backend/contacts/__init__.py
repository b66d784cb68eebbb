"""A user's contacts over CardDAV, and who is meant by a name."""
