"""What a user tells VoiceAssist to do or to look up: a command in words, answered, or proposed as actions."""
