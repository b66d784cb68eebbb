"""What a session itself has to say: data per language, no code."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language. `say_again`: a yes was unclear, once; `left`: and again, so that the card keeps the question."""

    say_again: str
    left: str
    interrupted: str
    not_heard: str


_PHRASES: Mapping[str, Phrases] = {
    "en": Phrases(
        say_again="I did not get that. Please say yes or no, or say what to change.",
        left="I still did not get that, so I leave it to you on the screen.",
        interrupted="You interrupted this answer; it is kept as far as you heard it.",
        not_heard="That was not understood. Say it again, or type it.",
    ),
    "de": Phrases(
        say_again="Das habe ich nicht verstanden. Bitte sagen Sie ja oder nein, oder was anders sein soll.",
        left="Das habe ich wieder nicht verstanden. Ich lasse es für Sie auf dem Bildschirm.",
        interrupted="Sie haben diese Antwort unterbrochen; sie ist aufbewahrt, soweit Sie sie gehört haben.",
        not_heard="Das wurde nicht verstanden. Sagen Sie es noch einmal, oder tippen Sie es.",
    ),
}


def phrases(language: str) -> Phrases:
    """The phrases of a language by its code (ISO 639-1); English for one that we do not have."""
    return _PHRASES.get(language, _PHRASES["en"])
