"""Tokens and their cost."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

# OpenAI's rule of thumb for English text; used where a model does not say what it counted.
_CHARACTERS_PER_TOKEN = 4
_PRICED_TOKENS = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost, read and written, in the administrator's currency."""

    read: float = 0.0
    written: float = 0.0


FREE = Price()


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a model read and wrote. `estimated`: the model did not say, so they are guessed from the length."""

    read: int
    written: int
    estimated: bool = False
    cost: float = 0.0

    def priced(self, price: Price) -> "Usage":
        """The same with its cost."""
        return replace(self, cost=(self.read * price.read + self.written * price.written) / _PRICED_TOKENS)

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.read + other.read,
            self.written + other.written,
            self.estimated or other.estimated,
            self.cost + other.cost,
        )


def estimate(sent: Sequence[str], written: str) -> Usage:
    """A guess for a model that does not count."""
    return Usage(tokens_of("".join(sent)), tokens_of(written), estimated=True)


def tokens_of(text: str) -> int:
    """About how many tokens a text is."""
    return -(-len(text) // _CHARACTERS_PER_TOKEN)
