"""Orders passages by how well each one answers a question, read together with it: slower and better than vectors."""

import asyncio
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import openai

from backend.egress.client import GatedClient
from backend.egress.gate import Gate, Purpose
from backend.errors import BadInput, RateLimited, Unavailable
from backend.settings import Settings

_SECONDS = 10.0
_TEXTS_PER_RUN = 8


class Reranker(Protocol):
    """Scores texts for a question."""

    async def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """A score for each of `texts`, higher for better; only their order means something.

        Raises `Unavailable` or `RateLimited` when the model cannot be asked now, `Withheld` when it may not be.
        """
        ...

    async def close(self) -> None:
        """Give threads and connections back."""
        ...


class EndpointReranker:
    """A model behind `POST {base_url}/rerank`.

    Jina, Cohere, vLLM, LocalAI and llama.cpp agree on it: {"model", "query", "documents"} in, {"results": [{"index",
    "relevance_score"}]} out, in any order.
    """

    def __init__(self, gate: Gate, base_url: str, model: str, api_key: str) -> None:
        self._model = model
        self._client = GatedClient(gate, Purpose.RERANK, base_url, api_key, timeout=_SECONDS)

    async def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """See `Reranker.scores`."""
        if not texts:
            return []
        host = self._client.destination.host
        body = {"model": self._model, "query": question, "documents": list(texts), "top_n": len(texts)}
        try:
            answer = await self._client.post("/rerank", body=body, cast_to=object)
        except openai.RateLimitError as error:
            raise RateLimited(f"The rerank endpoint at {host} asks for fewer requests.") from error
        except openai.APIStatusError as error:
            raise Unavailable(f"The rerank endpoint at {host} failed ({error.status_code}).") from error
        except (openai.OpenAIError, ValueError) as error:
            raise Unavailable(f"The rerank endpoint at {host} does not answer.") from error
        found = _scores(answer, len(texts))
        if found is None:
            raise Unavailable(f"The rerank endpoint at {host} answered something unreadable.")
        return found

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def _scores(answer: Any, count: int) -> list[float] | None:
    """The scores in the order of the texts; None unless there is one finite number for each."""
    scores = [math.nan] * count
    results = answer.get("results") if isinstance(answer, dict) else None
    for one in results if isinstance(results, list) else ():
        index, score = (one.get("index"), one.get("relevance_score")) if isinstance(one, dict) else (None, None)
        if isinstance(index, int) and 0 <= index < count and isinstance(score, int | float):
            scores[index] = float(score)
    return scores if all(math.isfinite(score) for score in scores) else None


class CrossEncoderReranker:
    """A cross-encoder of sentence-transformers in this process (extra `models`). Opening it takes seconds."""

    def __init__(self, model: str) -> None:
        """Raises `Unavailable` without the extra, `BadInput` when there is no such model."""
        try:
            from sentence_transformers import CrossEncoder
        except ImportError as error:
            raise Unavailable(
                f"The rerank model {model!r} needs sentence-transformers. Run: pip install 'voiceassist[models]'"
            ) from error
        try:
            self._model: Any = CrossEncoder(model)
        except (OSError, ValueError) as error:
            raise BadInput(f"There is no cross-encoder {model!r}. Check RERANK_MODEL.") from error
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="rerank")

    async def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """See `Reranker.scores`."""

        def predict() -> list[float]:
            pairs = [(question, text) for text in texts]
            return [
                float(one) for one in self._model.predict(pairs, batch_size=_TEXTS_PER_RUN, show_progress_bar=False)
            ]

        return await asyncio.get_running_loop().run_in_executor(self._thread, predict) if texts else []

    async def close(self) -> None:
        """Stop the thread."""
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)


async def open_reranker(settings: Settings, gate: Gate) -> Reranker | None:
    """The reranker of the settings; None where there is none. Raises `BadInput` or `Unavailable`."""
    if not settings.rerank_model:
        return None
    if settings.rerank_base_url:
        key = settings.rerank_api_key.get_secret_value()
        return EndpointReranker(gate, settings.rerank_base_url, settings.rerank_model, key)
    return await asyncio.to_thread(CrossEncoderReranker, settings.rerank_model)
