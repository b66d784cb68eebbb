"""The names that a server may be told, so that it hears them better."""

from backend.egress.gate import Destination, Gate
from backend.speech.protocol import Vocabulary

# Whisper reads 224 tokens of a prompt, the last ones; a name has about three.
_MOST_CHARACTERS = 600


async def hints(vocabulary: Vocabulary, gate: Gate, destination: Destination) -> list[str]:
    """Names to expect, as many as fit. None for a server outside: it gets what is said, and not whom a user knows."""
    if not vocabulary.names or not (await gate.locate(destination)).near:
        return []
    told: list[str] = []
    size = 0
    for name in vocabulary.names:
        size += len(name) + 2
        if size > _MOST_CHARACTERS:
            break
        told.append(name)
    return told
