"""Signing in at an OpenID Connect issuer, and what an issuer's own tokens are worth here."""
