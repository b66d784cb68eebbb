"""Reminders: told once, at their time in the user's zone, however often VoiceAssist was restarted in between."""
