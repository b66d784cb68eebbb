"""Nextcloud's users and groups, how they stand here, and changing them."""
