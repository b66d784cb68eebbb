"""Embeddings from an OpenAI-compatible endpoint (`POST /embeddings`)."""

from collections.abc import Sequence

import numpy as np
import openai

from backend.egress.client import GatedClient
from backend.egress.gate import Gate, Purpose
from backend.errors import BadInput, Broken, NotAllowed, RateLimited, Unavailable
from backend.search.embedding import TokenCounter, Vectors, normalised

# Texts in one request. Endpoints take up to 2,048, but a question waits for the server to finish what it began.
_TEXTS_PER_REQUEST = 32

_TIMEOUT = 60.0

# The client tries this often again by itself, with growing pauses, before the error is ours.
_RETRIES = 2


class EndpointEmbedder:
    """`Embedder` of a model behind an endpoint.

    Which tokens the model sees is not known here: `counter` counts for it (the built-in model's tokens are shorter
    than most, so chunks that fit it fit others).
    """

    def __init__(self, client: GatedClient, model: str, dimension: int, counter: TokenCounter, max_tokens: int) -> None:
        self._client = client
        self._model = model
        self._counter = counter
        self.name = f"endpoint:{model}"
        self.dimension = dimension
        self.max_tokens = max_tokens

    @classmethod
    async def connect(
        cls, gate: Gate, base_url: str, api_key: str, model: str, counter: TokenCounter, max_tokens: int
    ) -> "EndpointEmbedder":
        """Ask the endpoint for one vector, to learn its dimension.

        Raises `Withheld`, `Unavailable`, `RateLimited`, `NotAllowed` (the key) or `BadInput` (the model's name).
        """
        client = GatedClient(gate, Purpose.EMBEDDING, base_url, api_key, timeout=_TIMEOUT, retries=_RETRIES)
        try:
            (probe,) = await _embed(client, model, ["dimension"])
        except BaseException:
            await client.close()
            raise
        return cls(client, model, probe.size, counter, max_tokens)

    def count(self, text: str) -> int:
        """Tokens in `text`, by the counter."""
        return self._counter.count(text)

    def count_many(self, texts: Sequence[str]) -> list[int]:
        """Tokens in each of `texts`, by the counter."""
        return self._counter.count_many(texts)

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of `texts`, as rows."""
        rows = np.empty((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), _TEXTS_PER_REQUEST):
            batch = list(texts[start : start + _TEXTS_PER_REQUEST])
            vectors = await _embed(self._client, self._model, batch)
            if vectors.shape != (len(batch), self.dimension):
                raise Broken(f"The embedding endpoint answered with shape {vectors.shape} for {len(batch)} texts.")
            rows[start : start + len(batch)] = vectors
        return rows

    async def embed_query(self, text: str) -> Vectors:
        """The vector of a question."""
        rows = await self.embed_passages([text])
        vector: Vectors = rows[0]
        return vector

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


async def _embed(client: GatedClient, model: str, texts: list[str]) -> Vectors:
    try:
        answer = await client.embeddings.create(model=model, input=texts, encoding_format="float")
    except openai.APIConnectionError as error:
        raise Unavailable(f"The embedding endpoint {client.base_url} does not answer.") from error
    except openai.RateLimitError as error:
        raise RateLimited("The embedding endpoint asks for fewer requests.") from error
    except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
        raise NotAllowed("The embedding endpoint does not accept the key. Check EMBEDDING_API_KEY.") from error
    except openai.InternalServerError as error:
        raise Unavailable(f"The embedding endpoint answers with status {error.status_code}.") from error
    except openai.APIStatusError as error:
        raise BadInput(
            f"The embedding endpoint refuses the model {model!r} or a text: status {error.status_code}."
        ) from error
    ordered = sorted(answer.data, key=lambda one: one.index)
    return normalised(np.array([one.embedding for one in ordered], dtype=np.float32))
