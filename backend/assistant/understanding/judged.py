"""What a command is judged to be, how sure that is, and what of its form the judgement looks at."""

from dataclasses import dataclass

from backend.assistant.understanding.intents import Intent


@dataclass(frozen=True, slots=True)
class Judged:
    """An intent and how sure we are (0 to 1). `about_files`: it may as well be a question about the user's files."""

    intent: Intent
    confidence: float
    about_files: bool = False


NOTHING = Judged(Intent.NONE, 0.8)

# How sure: a cue of the domain with a fitting act; a domain with an act that has to be guessed; a guess.
SURE, LIKELY, GUESS = 0.95, 0.85, 0.65
# A command without a verb has at most so many words: "team meeting tomorrow at two in room five".
SHORT = 10
# "Cancel it": a command that is nothing but an act and a pronoun.
SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Shape:
    """What else is known of a command: whether it names a time or a duration, and whether that time is seen from
    now ("tonight"); how many words it has, and how many of them belong to no time."""

    timed: bool
    lasting: bool
    words: int
    untimed: int
    near: bool = False
