"""Real servers on loopback that tests of any slice may start."""
