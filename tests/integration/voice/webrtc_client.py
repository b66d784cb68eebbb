"""A client of a spoken session over WebRTC: aiortc itself, over UDP on the loopback."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from fractions import Fraction
from typing import Any

import httpx
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, AudioResampler

from backend.speech.protocol import HEARD_RATE
from tests.integration.voice.client import Listener
from tests.sounds import Sound, from_pcm, pcm

_FRAME_SECONDS = 0.02
_FRAME_BYTES = 640
_CONNECT_SECONDS = 10.0


class Microphone(MediaStreamTrack):  # type: ignore[misc,unused-ignore]  # Any, where the extra is not installed
    """Says what is put into `left`, in real time, and is silent otherwise."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.left = bytearray()
        self._frames = 0
        self._began: float | None = None

    async def recv(self) -> AudioFrame:
        now = asyncio.get_running_loop().time()
        self._began = self._began if self._began is not None else now
        await asyncio.sleep(max(0.0, self._began + self._frames * _FRAME_SECONDS - now))
        samples = bytes(self.left[:_FRAME_BYTES]).ljust(_FRAME_BYTES, b"\0")
        del self.left[:_FRAME_BYTES]
        frame = AudioFrame.from_ndarray(np.frombuffer(samples, np.int16).reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = HEARD_RATE
        frame.time_base = Fraction(1, HEARD_RATE)
        frame.pts = self._frames * _FRAME_BYTES // 2
        self._frames += 1
        return frame


class RtcClient(Listener):
    """Speaks and listens over WebRTC. `heard` is all that came on the track, silence included, at 16 kHz."""

    def __init__(self, channel: str = "events") -> None:
        super().__init__()
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.microphone = Microphone()
        self.heard = bytearray()
        self.numbers: list[int] = []
        self.acknowledged = 0
        self.peer.addTrack(self.microphone)
        self.channel = self.peer.createDataChannel(channel)
        self.channel.on("message", self._on_message)
        self.channel.on("close", self._on_close)
        self.peer.on("track", self._on_track)
        self._hearing: asyncio.Task[None] | None = None

    async def offer(self) -> str:
        """The SDP of its offer."""
        await self.peer.setLocalDescription()
        sdp: str = self.peer.localDescription.sdp
        return sdp

    async def take(self, answer: str) -> None:
        """Connect by the SDP of the answer."""
        opened = asyncio.Event()
        self.channel.on("open", opened.set)
        await self.peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        async with asyncio.timeout(_CONNECT_SECONDS):
            await opened.wait()

    async def connect(self, http: httpx.AsyncClient) -> None:
        """Offer, and connect by the answer."""
        answered = await http.post("/voice/webrtc", json={"type": "offer", "sdp": await self.offer()})
        assert answered.status_code == 200, answered.text
        assert answered.json()["data"]["type"] == "answer"
        await self.take(answered.json()["data"]["sdp"])

    def send(self, kind: str, **fields: Any) -> None:
        """Send a message."""
        self.channel.send(json.dumps({"type": kind, **fields}))

    async def start(self, **fields: Any) -> dict[str, Any]:
        """Begin a session; gives `session.ready`."""
        self.send("session.start", **{"mode": "hands_free", **fields})
        return await self.event("session.ready")

    def say(self, sound: Sound) -> None:
        """Say something next, in real time."""
        self.microphone.left += pcm(sound)

    @property
    def sound(self) -> Sound:
        """What was heard so far."""
        return from_pcm(bytes(self.heard))

    async def close(self) -> None:
        """Say goodbye."""
        await self.peer.close()
        if self._hearing is not None:
            await asyncio.wait([self._hearing])

    def _on_message(self, message: str) -> None:
        told = json.loads(message)
        assert not self.numbers or told["n"] > self.numbers[-1], "numbers only grow"
        self.numbers.append(told["n"])
        if told["event"]["type"] == "audio.ack":
            self.acknowledged = told["event"]["seq"]
        else:
            self.events.append(told["event"])
        self._news.set()

    def _on_close(self) -> None:
        self.closed = (0, "the channel was closed")
        self._news.set()

    def _on_track(self, track: MediaStreamTrack) -> None:
        self._hearing = asyncio.create_task(self._hear(track))

    async def _hear(self, track: MediaStreamTrack) -> None:
        resampler = AudioResampler(format="s16", layout="mono", rate=HEARD_RATE)
        with suppress(MediaStreamError):
            while True:
                received = await track.recv()
                assert isinstance(received, AudioFrame)
                for frame in resampler.resample(received):
                    self.heard += frame.to_ndarray().tobytes()
                self._news.set()


@asynccontextmanager
async def calling(http: httpx.AsyncClient) -> AsyncIterator[RtcClient]:
    """A client that is connected and has said nothing yet."""
    client = RtcClient()
    try:
        await client.connect(http)
        yield client
    finally:
        await client.close()
