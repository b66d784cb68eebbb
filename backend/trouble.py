"""What may be said about an error.

The text of an error that we did not write may hold anything, a line of somebody's letter included: only errors of ours
are quoted, and those only to the person whose work it is, for they name files.
"""

import traceback

from backend.errors import VoiceAssistError


def describe(error: Exception) -> str:
    """For the person whose work failed."""
    if isinstance(error, VoiceAssistError):
        return error.message
    return f"An unexpected problem ({type(error).__name__}). The log has the details."


def told(error: Exception) -> str:
    """For the log: what kind of error, and of what kind the one is that caused it."""
    cause = error.__cause__
    return type(error).__name__ if cause is None else f"{type(error).__name__} from {type(cause).__name__}"


def where(error: Exception) -> str:
    """The lines of code that led to it, innermost first."""
    frames = reversed(traceback.extract_tb(error.__traceback__))
    return " < ".join(f"{frame.filename}:{frame.lineno}" for frame in frames) or "unknown"
