"""Reminders that a user set, told when they are due."""
