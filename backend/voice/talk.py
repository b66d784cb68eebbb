"""A client that says one thing out of a recording to a running VoiceAssist, and gives what comes of it."""

import asyncio
import json
import struct
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from backend.errors import Unavailable
from backend.speech.audio import decode
from backend.speech.protocol import BYTES_PER_SAMPLE, SPOKEN_RATE
from backend.voice.wire import FRAME_BYTES, FRAME_SECONDS, unpack_audio

# Nobody waits longer for an answer (seconds).
_PATIENCE = 120.0
_SILENCE = bytes(FRAME_BYTES)


async def talk(address: str, file: Path, language: str, zone: str | None) -> AsyncIterator[dict[str, Any]]:
    """The events of a session in which `file` is played in real time, until its turn has been answered and spoken.

    `address` is that of the running VoiceAssist. Raises `Unavailable` when it does not answer, or ends the session.
    """
    frames = await asyncio.to_thread(lambda: list(_frames(file)))
    url = f"{address.replace('http', 'ws', 1)}/api/v1/voice/session"
    try:
        async with asyncio.timeout(_PATIENCE), connect(url, proxy=None, compression=None) as socket:
            start = {"type": "session.start", "mode": "hands_free", "language": language, "zone": zone}
            await socket.send(json.dumps(start))
            microphone = asyncio.create_task(_speak(socket, frames))
            try:
                async for event in _events(socket):
                    yield event
            finally:
                microphone.cancel()
                await asyncio.wait([microphone])
    except (OSError, InvalidHandshake) as error:
        raise Unavailable(f"No VoiceAssist takes a conversation at {address}. Start it with `make run`.") from error
    except ConnectionClosed as error:
        raise Unavailable(f"The session was ended: {error.rcvd.reason if error.rcvd else 'the line broke'}.") from error
    except TimeoutError:
        raise Unavailable(f"The conversation was not over after {_PATIENCE:g} s.") from None


async def _events(socket: ClientConnection) -> AsyncIterator[dict[str, Any]]:
    """What comes, until nothing follows of what was said. All sound is taken as played as soon as it is here."""
    heard = False
    async for message in socket:
        if isinstance(message, bytes):
            _, speech, offset, samples = unpack_audio(message)
            played = offset + len(samples) // BYTES_PER_SAMPLE
            if played // SPOKEN_RATE == offset // SPOKEN_RATE:  # once for each second of it is enough
                continue
            await socket.send(json.dumps({"type": "playback", "speech": speech, "samples": played, "ended": False}))
            continue
        event: dict[str, Any] = json.loads(message)["event"]
        if event["type"] == "audio.ack":
            continue
        yield event
        if event["type"] == "audio.ended":
            ended = {"type": "playback", "speech": event["speech"], "samples": event["samples"], "ended": True}
            await socket.send(json.dumps(ended))
        heard = heard or event["type"] == "transcript.done"
        if heard and event == {"type": "session.state", "state": "listening"}:
            return


async def _speak(socket: ClientConnection, frames: list[bytes]) -> None:
    """Send the frames in real time, and then the silence of a microphone that stays on."""
    begin = asyncio.get_running_loop().time()
    seq = 0
    while True:
        samples = frames[seq] if seq < len(frames) else _SILENCE
        seq += 1
        await socket.send(struct.pack("<I", seq) + samples)
        await asyncio.sleep(max(0.0, begin + seq * FRAME_SECONDS - asyncio.get_running_loop().time()))


def _frames(file: Path) -> Iterator[bytes]:
    """A recording in frames of 20 ms. Raises `BadInput` for what is none."""
    sound = b"".join(decode(file))
    for start in range(0, len(sound), FRAME_BYTES):
        yield sound[start : start + FRAME_BYTES].ljust(FRAME_BYTES, b"\0")
