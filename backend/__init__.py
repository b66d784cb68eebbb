"""VoiceAssist for Nextcloud: the house behind the door (`ex_app`) and the face (`js`)."""

__version__ = "0.1.0"
