"""What VoiceAssist does for a user: proposed, confirmed, done once, read back, undone."""
