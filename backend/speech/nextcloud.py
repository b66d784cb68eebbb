"""Hears and speaks by whatever provider Nextcloud's administrator has set up for speech.

It asks by TaskProcessing, as the user who speaks. A task is done whole and waits for a worker: there are no words
before the end, and no sound.
"""

from collections.abc import AsyncGenerator, Sequence
from urllib.parse import urlsplit

from backend.egress.gate import Carrier, Destination, Gate, Purpose, acting_for
from backend.errors import BadInput, Conflict, NotAllowed, NotFound, Unavailable
from backend.nextcloud.tasks import AUDIO_TO_TEXT, TEXT_TO_SPEECH, Tasks
from backend.speech.collected import Collected
from backend.speech.decoding.decoder import Decoder
from backend.speech.limits import Limits
from backend.speech.protocol import BYTES_PER_SAMPLE, SPOKEN_RATE, EngineInfo, Listening, Transcript, Voice
from backend.speech.wav import as_wav

# A minute of speech as WAV at 48 kHz is 6 MB; a clause is seconds.
_MOST_FILE_BYTES = 32 * 2**20
_MOST_SECONDS = 120
# What is given out at a time: a fifth of a second.
_PIECE = SPOKEN_RATE * BYTES_PER_SAMPLE // 5


def _destination(nextcloud_url: str) -> Destination:
    """Where its provider sends things is for Nextcloud's administrator to know; from here they go to Nextcloud."""
    return Destination(urlsplit(nextcloud_url).hostname or nextcloud_url, Carrier.NEXTCLOUD)


class NextcloudRecogniser:
    """Hears by `core:audio2text`. It takes a file by its id: one is put into the user's home for as long as it runs."""

    def __init__(self, gate: Gate, tasks: Tasks, nextcloud_url: str, timeout: float) -> None:
        self._gate = gate
        self._tasks = tasks
        self._limits = Limits(answer=timeout)
        self.info = EngineInfo("Nextcloud", _destination(nextcloud_url))

    async def listen(self, listening: Listening) -> Collected:
        """Begin to hear. Raises `Withheld` at once when the sound may not go there."""
        await self._ask(listening)
        return Collected(self, listening)

    async def prepare(self, listening: Listening) -> None:
        """There is nothing to prepare."""

    async def close(self) -> None:
        """Nothing is held open here."""

    async def transcript(self, samples: bytes, listening: Listening) -> Transcript:
        """What was said in these samples. Raises as `Recognition.finish` does."""
        await self._ask(listening)
        timeout = self._limits.for_sound(len(samples))
        try:
            async with self._tasks.lent(listening.user_id, as_wav(samples), ".wav") as file_id:
                output = await self._tasks.run(listening.user_id, AUDIO_TO_TEXT, {"input": file_id}, timeout=timeout)
        except (NotAllowed, NotFound, Conflict, BadInput) as error:
            raise Unavailable("Nextcloud does not take a recording from this user.") from error
        text = output.get("output")
        if not isinstance(text, str):
            raise Unavailable("Nextcloud's speech recognition gave no text.")
        return Transcript(text.strip(), self.info.name, listening.language or "en")

    async def _ask(self, listening: Listening) -> None:
        with acting_for(listening.user_id):
            await self._gate.check(Purpose.SPEECH, self.info.destination, [], sound=True)


class NextcloudSynthesiser:
    """Speaks by `core:text2speech`, in the voice that its provider has: a task takes nothing but the text."""

    def __init__(self, gate: Gate, tasks: Tasks, nextcloud_url: str, timeout: float, decoder: Decoder) -> None:
        self._gate = gate
        self._tasks = tasks
        self._decoder = decoder
        self._timeout = timeout
        self.info = EngineInfo("Nextcloud", _destination(nextcloud_url))

    async def speak(self, text: str, voice: Voice, user_id: str) -> AsyncGenerator[bytes, None]:
        """The sound, once all of it is there; see `Synthesiser.speak`."""
        with acting_for(user_id):
            await self._gate.check(Purpose.SPEECH, self.info.destination, [text])
        given = {"input": text}
        file = await self._tasks.run_for_file(
            user_id, TEXT_TO_SPEECH, given, "speech", timeout=self._timeout, most=_MOST_FILE_BYTES
        )
        try:
            sound = await self._decoder.decode(file, SPOKEN_RATE, seconds=_MOST_SECONDS)
        except BadInput as error:
            raise Unavailable(f"Nextcloud gave no speech that can be used. {error.message}") from error
        for start in range(0, len(sound), _PIECE):
            yield sound[start : start + _PIECE]

    async def voices(self) -> Sequence[str]:
        """Nextcloud does not tell."""
        return ()

    async def close(self) -> None:
        """Nothing is held open here."""
