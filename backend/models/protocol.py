"""What the rest of the house knows about language models, and about the embedder that helps to judge sentences."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from backend.egress.gate import THIS_MACHINE as THIS_MACHINE
from backend.egress.gate import Destination
from backend.models.usage import Price, Usage

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message to a model."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a model can do, as the prompt, the router and the administrator need to know it.

    `tools`: it may ask for functions to be called. None of ours does: what a model says is shown, or, when it read a
    command in a user's words, put before that user as a card.
    """

    streaming: bool = True
    generates: bool = True  # writes words of its own; the extractive answerer does not
    instructed: bool = True  # follows rules that it is told; without that it only goes on with a text
    tools: bool = False
    context_tokens: int | None = None  # what it reads and writes at once; None where nobody says
    languages: tuple[str, ...] = ()  # ISO 639-1; empty: no limit is known


class ModelInfo(Protocol):
    """Who answers, and where the question and the passages go for it."""

    @property
    def name(self) -> str: ...

    @property
    def provider(self) -> str: ...

    @property
    def data_goes_to(self) -> str:
        """`this machine`, or the host that receives the question and the passages."""
        ...

    @property
    def capabilities(self) -> Capabilities: ...


class LanguageModel(ModelInfo, Protocol):
    """A model that writes. Closing the iterator stops the model."""

    @property
    def price(self) -> Price: ...

    @property
    def destination(self) -> Destination:
        """Whom the gate is asked about."""
        ...

    def stream(self, messages: Sequence[Message], user_id: str) -> AsyncGenerator[str | Usage, None]:
        """The answer to what `user_id` asks, piece by piece, and what was counted if the model says so.

        Raises `Withheld` when the text may not go there, `RateLimited` or `Unavailable` when the model does not answer,
        answers rubbish, stalls, breaks off or does not come to an end; whatever was yielded before that is genuine but
        incomplete.
        """
        ...

    async def close(self) -> None:
        """Give connections back."""
        ...


class SentenceEmbedder(Protocol):
    """The part of the search slice's embedder that judging sentences needs; vectors are L2-normalised float32."""

    async def embed_query(self, text: str) -> NDArray[np.float32]:
        """The vector (d,) of a question."""
        ...

    async def embed_passages(self, texts: list[str]) -> NDArray[np.float32]:
        """The vectors (n, d) of stretches of documents."""
        ...


@dataclass(frozen=True, slots=True)
class Nearness:
    """A question beside n texts, of which k words of the question were compared token by token.

    `vectors` (n, d) are those of the texts, `similarity` (n,) their cosines with the question. `words` (n, k) is how
    near the nearest token of a text comes to each of the words, `own` (n, k) the same without the text's beginning.
    """

    vectors: NDArray[np.float32]
    similarity: NDArray[np.float32]
    words: NDArray[np.float32]
    own: NDArray[np.float32]


@runtime_checkable
class TokenComparer(SentenceEmbedder, Protocol):
    """An embedder that also says how near texts come to single words of a question."""

    async def nearness(
        self, question: str, spans: Sequence[tuple[int, int]], texts: Sequence[str], begins: Sequence[int]
    ) -> Nearness:
        """Compare `question`, and its words at `spans`, with `texts`, whose own words begin at `begins`."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """A passage as an answerer sees it: data out of a file, best first.

    `language` is ISO 639-1, `score` the search's, comparable among the passages of one question. `headings` are those
    above its beginning, `places` where in it others begin, in order.
    """

    text: str
    title: str
    headings: tuple[str, ...] = ()
    language: str = "en"
    score: float = 0.0
    places: tuple[tuple[int, tuple[str, ...]], ...] = ()

    def above(self, position: int) -> tuple[str, ...]:
        """The headings above `text[position]`."""
        return next((headings for at, headings in reversed(self.places) if at <= position), self.headings)
