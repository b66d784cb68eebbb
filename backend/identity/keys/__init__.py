"""Keys for programs: what a script or another service carries in place of a person's session."""
