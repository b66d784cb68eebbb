"""Linked external calendars, mirrored both ways."""
