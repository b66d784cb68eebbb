"""What sessions are made of."""

from collections.abc import Callable
from dataclasses import dataclass

from backend.assistant.service import Assistant
from backend.speech.decoding.decoder import Decoder
from backend.voice.ending import EndOfTurn
from backend.voice.engines import Hears, Speaks, VocabularyOf
from backend.voice.interruption import Interruption
from backend.voice.spotting import Spotting
from backend.voice.wishes import Wishes


@dataclass(frozen=True, slots=True)
class Parts:
    """The services and strategies. `clock` counts seconds."""

    assistant: Assistant
    hears: Hears
    speaks: Speaks
    vocabulary: VocabularyOf
    wishes: Wishes
    ending: EndOfTurn
    interruption: Interruption
    spotting: Spotting
    clock: Callable[[], float]
    decoder: Decoder
