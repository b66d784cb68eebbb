"""BioGPT (Luo et al. 2022) in this process, by `transformers` (extra `models`)."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from backend.egress.gate import THIS_MACHINE, Destination
from backend.errors import BadInput, Unavailable
from backend.models.protocol import Capabilities, Message
from backend.models.usage import FREE, Usage

# What one answer may have. The model does not know when it has answered, and goes on.
_NEW_TOKENS = 160


class BioGpt:
    """A small English model of biomedical abstracts. It was trained on no instructions: it goes on with a text.

    One thread runs it, one answer at a time. Opening it takes seconds and memory: do that in a thread.
    """

    provider = "built in"
    destination = Destination("localhost")
    data_goes_to = THIS_MACHINE
    price = FREE

    def __init__(self, model: str, seconds: float) -> None:
        """`seconds` bound one answer. Raises `Unavailable` without the extra, `BadInput` without such a model."""
        try:
            import torch  # noqa: F401 - without it transformers loads and then cannot run anything
            from transformers import AutoModelForCausalLM, AutoTokenizer
        except ImportError as error:
            raise Unavailable(
                "BioGPT needs PyTorch and transformers. Run: pip install 'voiceassist[models]'"
            ) from error
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(model)
            self._model: Any = AutoModelForCausalLM.from_pretrained(model)
        except (OSError, ValueError, ImportError) as error:
            raise BadInput(f"There is no BioGPT model {model!r}. Check BIOGPT_MODEL.") from error
        self._model.eval()
        self._seconds = seconds
        self.name = "biogpt"
        positions = int(self._model.config.max_position_embeddings)
        self._new_tokens = min(_NEW_TOKENS, positions // 2)
        self.capabilities = Capabilities(
            instructed=False, context_tokens=positions - self._new_tokens, languages=("en",)
        )
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="biogpt")

    async def stream(self, messages: Sequence[Message], user_id: str) -> AsyncGenerator[str | Usage, None]:
        """What the model writes behind the messages, piece by piece; see `LanguageModel.stream`."""
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[str | Usage | None] = asyncio.Queue()
        stop = threading.Event()

        def put(piece: str | Usage | None) -> None:
            loop.call_soon_threadsafe(pieces.put_nowait, piece)

        prompt = "\n\n".join(message.content for message in messages)
        running = loop.run_in_executor(self._thread, self._generate, prompt, stop, put)
        try:
            async with asyncio.timeout(self._seconds):
                while (piece := await pieces.get()) is not None:
                    yield piece
                await running
        except TimeoutError as error:
            raise Unavailable("BioGPT did not come to an end in time.") from error
        finally:
            stop.set()

    async def close(self) -> None:
        """Stop the thread; an answer that is being written ends with the text it has."""
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)

    def _generate(self, prompt: str, stop: threading.Event, put: Any) -> None:
        import torch
        from transformers import StoppingCriteriaList, TextStreamer

        class Pieces(TextStreamer):  # type: ignore[misc]
            """Hands on words as soon as they are whole."""

            def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
                if text:
                    put(text)

        def stopped(ids: Any, _scores: Any) -> Any:
            return torch.full((ids.shape[0],), stop.is_set(), dtype=torch.bool)

        try:
            encoded = self._tokenizer(prompt, return_tensors="pt")
            # The question stands at the end: what does not fit is lost at the beginning.
            ids = encoded["input_ids"][:, -(self.capabilities.context_tokens or 0) :]
            with torch.inference_mode():
                written = self._model.generate(
                    input_ids=ids,
                    attention_mask=torch.ones_like(ids),
                    max_new_tokens=self._new_tokens,
                    do_sample=False,
                    streamer=Pieces(self._tokenizer, skip_prompt=True, skip_special_tokens=True),
                    stopping_criteria=StoppingCriteriaList([stopped]),
                )
            put(Usage(int(ids.shape[1]), int(written.shape[1] - ids.shape[1])))
        except (RuntimeError, ValueError, IndexError) as error:
            raise Unavailable("BioGPT could not go on with this text.") from error
        finally:
            put(None)
