"""Text as it is to be spoken: numbers, units, dates and addresses in words, and nothing that is only for the eye."""

from backend.speech.spoken.speaking import file_name, speakable

__all__ = ["file_name", "speakable"]
