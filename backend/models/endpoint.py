"""A language model behind any OpenAI-compatible endpoint: OpenAI, Ollama, vLLM, llama.cpp, LocalAI and others."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx2
import openai
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

from backend.egress.client import GatedClient
from backend.egress.gate import Carrier, Gate, Purpose
from backend.errors import RateLimited, Unavailable
from backend.models.protocol import Capabilities, Message
from backend.models.thoughts import Thoughts
from backend.models.usage import FREE, Price, Usage

_CLOSE_SECONDS = 2.0
# After its last word a server may still say what it counted, and then hangs up. It is not waited for any longer.
_EPILOGUE_SECONDS = 0.5
# Reasons to finish that leave an answer in the middle of a sentence.
_CUT = frozenset({"length", "content_filter"})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """When an answer is cut; times in seconds.

    `first` is the longest wait for the first piece of text, `between` for each further one. `seconds` and `characters`
    bound the whole answer, so that a stream that never ends is cut. `tokens` is what the endpoint is asked to keep to.
    A server that asks to come back within `patience` is asked once more.
    """

    connect: float = 5.0
    first: float = 30.0
    between: float = 15.0
    seconds: float = 90.0
    patience: float = 2.0
    characters: int = 12_000
    tokens: int = 1_500


@dataclass(frozen=True, slots=True)
class Address:
    """Which model where. `carrier` says whether the host runs it or passes text on."""

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    carrier: Carrier = Carrier.DIRECT
    price: Price = FREE
    context_tokens: int | None = None


class Endpoint:
    """One model at one endpoint.

    A request is repeated only when the server refused it unrun: for an option that it does not know, or because it was
    busy and said for how long. What was taken on is never sent again, since nobody knows how far it got.
    """

    def __init__(self, gate: Gate, address: Address, limits: Limits | None = None) -> None:
        limits = limits or Limits()
        self.name = address.model
        self.price = address.price
        self.capabilities = Capabilities(context_tokens=address.context_tokens)
        self._limits = limits
        # Picking from given passages wants no imagination. Some models refuse one of these: see `_open`.
        self._options: dict[str, Any] = {
            "temperature": 0.0,
            "max_tokens": limits.tokens,
            "stream_options": {"include_usage": True},
        }
        self._client = GatedClient(
            gate,
            Purpose.ANSWER,
            address.base_url,
            address.api_key,
            timeout=openai.Timeout(max(limits.first, limits.between), connect=limits.connect),
            carrier=address.carrier,
        )
        self.destination = self._client.destination
        self.provider = self.destination.host
        self.data_goes_to = str(self.destination)

    async def stream(self, messages: Sequence[Message], user_id: str) -> AsyncGenerator[str | Usage, None]:
        """The answer, piece by piece; see `LanguageModel.stream`. The endpoint is not told who asks."""
        now = asyncio.get_running_loop().time
        end = now() + self._limits.seconds
        stream = await self._open(messages, end)
        try:
            pieces = aiter(stream)
            thoughts = Thoughts()
            finished = False
            characters = 0
            silent_after = now() + self._limits.first
            while True:
                try:
                    piece = await self._in_time(
                        anext(pieces, None), min(end, silent_after), lost="broke off its answer"
                    )
                except (Unavailable, RateLimited):
                    if finished:  # the answer is whole, whatever became of the connection
                        return
                    raise
                if piece is None:
                    break
                if usage := _usage(piece):
                    yield usage
                text, alive, ended = self._read(piece)
                finished = finished or ended is not None
                if alive:  # a keep-alive is not a word: it does not buy more time
                    silent_after = now() + self._limits.between
                if text:
                    characters += len(text)
                    if characters > self._limits.characters:
                        raise Unavailable(f"The language model {self.name} did not come to an end and was cut off.")
                    if answer := thoughts.feed(text):
                        yield answer
                    silent_after = now() + self._limits.between  # a reader's time is not the model's silence
                if ended in _CUT:
                    raise Unavailable(f"The language model {self.name} broke off in the middle of its answer.")
                if finished:
                    silent_after = now() + _EPILOGUE_SECONDS
            if not finished:
                raise Unavailable(f"The language model {self.name} broke off in the middle of its answer.")
            if rest := thoughts.close():
                yield rest
        finally:
            # Closing tells the server to stop. A server that does not even let go is left to the connection pool.
            with contextlib.suppress(TimeoutError, httpx2.HTTPError):
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await stream.close()

    async def close(self) -> None:
        """Give connections back."""
        await self._client.close()

    async def _open(self, messages: Sequence[Message], end: float) -> openai.AsyncStream[ChatCompletionChunk]:
        now = asyncio.get_running_loop().time
        sent: list[ChatCompletionMessageParam] = [_as_param(message) for message in messages]
        repeated = False
        while True:
            try:
                return await self._in_time(
                    self._client.chat.completions.create(model=self.name, messages=sent, stream=True, **self._options),
                    min(end, now() + self._limits.first),
                )
            except _Refused as refused:
                # Asked without it, and so from then on. Another question may have met the same at the same time.
                self._options.pop(refused.option, None)
            except RateLimited as busy:
                wait = busy.retry_after
                if repeated or wait is None or wait > self._limits.patience:
                    raise
                repeated = True
                await asyncio.sleep(wait)

    async def _in_time(self, awaitable: Awaitable[T], deadline: float, *, lost: str = "cannot be reached") -> T:
        """Await until `deadline` (of the loop's clock); every way in which an endpoint fails becomes one of ours."""
        try:
            async with asyncio.timeout_at(deadline):
                return await awaitable
        except (TimeoutError, openai.APITimeoutError) as error:
            raise Unavailable(f"The language model {self.name} did not answer in time.") from error
        except openai.RateLimitError as error:
            raise self._busy(error) from error
        except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
            raise Unavailable(f"The language model at {self.provider} refused the key. Check LLM_API_KEY.") from error
        except openai.NotFoundError as error:
            raise Unavailable(
                f"{self.provider} does not know the language model {self.name}. Check LLM_BASE_URL and LLM_MODEL."
            ) from error
        except openai.BadRequestError as error:
            for option in self._options:
                if error.param == option or (error.param is None and option in str(error.message)):
                    raise _Refused(option) from error
            raise Unavailable(f"The language model {self.name} refused the request (400).") from error
        except openai.APIStatusError as error:
            if _retry_after(error) is not None:
                raise self._busy(error) from error
            raise Unavailable(f"The language model at {self.provider} failed ({error.status_code}).") from error
        except (openai.APIConnectionError, httpx2.HTTPError) as error:
            raise Unavailable(f"The language model at {self.provider} {lost}.") from error
        except (openai.OpenAIError, ValueError, TypeError, AttributeError) as error:
            # The client takes what it gets; an answer that is not a chat completion trips it in one of these ways.
            raise Unavailable(f"The language model at {self.provider} answered something unreadable.") from error

    def _busy(self, error: openai.APIStatusError) -> RateLimited:
        return RateLimited(
            f"The language model at {self.provider} has had too many requests.", retry_after=_retry_after(error)
        )

    def _read(self, piece: ChatCompletionChunk) -> tuple[str, bool, str | None]:
        """The text of a piece, whether the model is at work, and if this is the end, why."""
        try:
            if not piece.choices:
                return "", False, None
            choice = piece.choices[0]
            text = choice.delta.content or ""
            thought = getattr(choice.delta, "reasoning_content", None) or getattr(choice.delta, "reasoning", None)
            ended = choice.finish_reason
        except (AttributeError, TypeError, IndexError, KeyError) as error:
            raise Unavailable(f"The language model at {self.provider} answered something unreadable.") from error
        if not isinstance(text, str):
            raise Unavailable(f"The language model at {self.provider} answered something unreadable.")
        return text, bool(text or thought), ended


class _Refused(Exception):
    """The endpoint does not know an option that we sent."""

    def __init__(self, option: str) -> None:
        super().__init__(option)
        self.option = option


def _as_param(message: Message) -> ChatCompletionMessageParam:
    if message.role == "system":
        return {"role": "system", "content": message.content}
    if message.role == "assistant":
        return {"role": "assistant", "content": message.content}
    return {"role": "user", "content": message.content}


def _usage(piece: ChatCompletionChunk) -> Usage | None:
    """What the server counted, if it says so in whole numbers."""
    counted = getattr(piece, "usage", None)
    if not isinstance(counted, CompletionUsage):
        return None
    read, written = counted.prompt_tokens, counted.completion_tokens
    return Usage(read, written) if isinstance(read, int) and isinstance(written, int) else None


def _retry_after(error: openai.APIStatusError) -> float | None:
    """Seconds until the server wants to be asked again (RFC 9110, section 10.2.3); a date is not read."""
    value = error.response.headers.get("retry-after", "")
    return float(value) if value.isdecimal() and value.isascii() else None
