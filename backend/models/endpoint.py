"""A language model behind any OpenAI-compatible endpoint: OpenAI, Ollama, vLLM, llama.cpp, LocalAI and others."""

import asyncio
import contextlib
import ipaddress
from collections.abc import AsyncGenerator, Awaitable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx2
import openai
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

from backend.errors import RateLimited, Unavailable
from backend.models.protocol import THIS_MACHINE, Capabilities, Message

# Connecting takes a moment at most; a machine that is switched off should not use up the patience for a slow model.
_CONNECT_SECONDS = 5.0
_CLOSE_SECONDS = 2.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """When an answer is cut.

    `silence` is the longest wait (seconds) for the first and for each further piece of text; `seconds` and `characters`
    bound the whole answer, so that a stream that never ends is cut. `tokens` is what the endpoint is asked to keep to.
    """

    silence: float = 30.0
    seconds: float = 120.0
    characters: int = 12_000
    tokens: int = 1_500


class Endpoint:
    """One model at one endpoint. Nothing is asked twice: the extractive answer is there at once."""

    capabilities = Capabilities()

    def __init__(self, base_url: str, model: str, api_key: str, limits: Limits | None = None) -> None:
        limits = limits or Limits()
        self.name = model
        self.provider = urlsplit(base_url).hostname or base_url
        self.data_goes_to = THIS_MACHINE if _is_loopback(self.provider) else self.provider
        self._limits = limits
        # Picking from given passages wants no imagination. Some models refuse one of these: see `_open`.
        self._options: dict[str, Any] = {"temperature": 0.0, "max_tokens": limits.tokens}
        self._client = openai.AsyncOpenAI(
            api_key=api_key or "none",  # many local servers want no key, and the client wants one
            base_url=base_url,
            max_retries=0,
            timeout=openai.Timeout(limits.silence, connect=min(_CONNECT_SECONDS, limits.silence)),
        )

    async def stream(self, messages: Sequence[Message], user_id: str) -> AsyncGenerator[str, None]:
        """The answer, piece by piece; see `LanguageModel.stream`. The endpoint is not told who asks."""
        now = asyncio.get_running_loop().time
        end = now() + self._limits.seconds
        stream = await self._open(messages, min(end, now() + self._limits.silence))
        try:
            pieces = aiter(stream)
            finished = False
            characters = 0
            heard = now()
            while True:
                piece = await self._in_time(
                    anext(pieces, None), min(end, heard + self._limits.silence), lost="broke off its answer"
                )
                if piece is None:
                    break
                text, alive, ended = self._read(piece)
                finished = finished or ended
                if alive:  # a keep-alive is not a word: it does not buy more time
                    heard = now()
                if not text:
                    continue
                characters += len(text)
                if characters > self._limits.characters:
                    raise Unavailable(f"The language model {self.name} did not come to an end and was cut off.")
                yield text
                heard = now()  # the time that the reader took is not the model's silence
            if not finished:
                raise Unavailable(f"The language model {self.name} broke off in the middle of its answer.")
        finally:
            # Closing tells the server to stop. A server that does not even let go is left to the connection pool.
            with contextlib.suppress(TimeoutError, httpx2.HTTPError):
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await stream.close()

    async def close(self) -> None:
        """Give connections back."""
        await self._client.close()

    async def _open(self, messages: Sequence[Message], deadline: float) -> openai.AsyncStream[ChatCompletionChunk]:
        sent: list[ChatCompletionMessageParam] = [_as_param(message) for message in messages]
        while True:
            try:
                return await self._in_time(
                    self._client.chat.completions.create(model=self.name, messages=sent, stream=True, **self._options),
                    deadline,
                )
            except _Refused as refused:
                # The model was not run: it does not know an option. Asked without it, and so from then on.
                del self._options[refused.option]

    async def _in_time(self, awaitable: Awaitable[T], deadline: float, *, lost: str = "cannot be reached") -> T:
        """Await until `deadline` (of the loop's clock); every way in which an endpoint fails becomes one of ours."""
        try:
            async with asyncio.timeout_at(deadline):
                return await awaitable
        except (TimeoutError, openai.APITimeoutError) as error:
            raise Unavailable(f"The language model {self.name} did not answer in time.") from error
        except openai.RateLimitError as error:
            raise RateLimited(
                f"The language model at {self.provider} has had too many requests.", retry_after=_retry_after(error)
            ) from error
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
            raise Unavailable(f"The language model at {self.provider} failed ({error.status_code}).") from error
        except (openai.APIConnectionError, httpx2.HTTPError) as error:
            raise Unavailable(f"The language model at {self.provider} {lost}.") from error
        except (openai.OpenAIError, ValueError, TypeError, AttributeError) as error:
            # The client takes what it gets; an answer that is not a chat completion trips it in one of these ways.
            raise Unavailable(f"The language model at {self.provider} answered something unreadable.") from error

    def _read(self, piece: ChatCompletionChunk) -> tuple[str, bool, bool]:
        """The text of a piece, whether the model is at work, and whether this is the end."""
        try:
            if not piece.choices:
                return "", False, False
            choice = piece.choices[0]
            text = choice.delta.content or ""
            thought = getattr(choice.delta, "reasoning_content", None) or getattr(choice.delta, "reasoning", None)
            ended = choice.finish_reason is not None
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


def _retry_after(error: openai.APIStatusError) -> float | None:
    value = error.response.headers.get("retry-after", "")
    return float(value) if value.isdigit() else None


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
