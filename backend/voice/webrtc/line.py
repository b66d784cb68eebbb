"""A session's line over WebRTC: events on a data channel, sound on audio tracks."""

import asyncio
import json
from contextlib import suppress

from aiortc import InvalidStateError, MediaStreamTrack, RTCDataChannel, RTCPeerConnection, RTCRtpSender
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, AudioResampler

from backend.speech.protocol import HEARD_RATE
from backend.voice.frames import Sound
from backend.voice.line import Close, Closing, LineLost
from backend.voice.webrtc.track import SpokenTrack
from backend.voice.wire import FRAME_BYTES, AudioIn, Received, WrongKind, pack_event, parse_text

CHANNEL = "events"
# As on the WebSocket.
_LONGEST_MESSAGE = 64 * 1024
_LOST = 1006
# A session takes what comes at once; where so much waits, more comes than anybody sends.
_MOST_WAITING = 300
# What the channel may hold before the next event waits (bytes).
_MOST_BUFFERED = 256 * 1024
_GOODBYE_SECONDS = 1.0
_CLOSE_SECONDS = 5.0
_LOOK_SECONDS = 0.02


class WebRtcLine:
    """See `Line`. `peer` has not been told the client's offer yet. The line counts what has been played by itself."""

    def __init__(self, peer: RTCPeerConnection) -> None:
        self._peer = peer
        self._channel: RTCDataChannel | None = None
        self._opened = asyncio.Event()
        self._inbox: asyncio.Queue[str | Received | LineLost | Closing | WrongKind] = asyncio.Queue()
        self._lost: LineLost | None = None
        self._flooded = False
        self._begun = False  # sound counts from the first message on
        self._seq = 0
        self._hearing: asyncio.Task[None] | None = None
        self._spoken = SpokenTrack(self._inbox.put_nowait)
        peer.addTrack(self._spoken)
        for transceiver in peer.getTransceivers():  # nothing but Opus, whatever else the client offers
            transceiver.setCodecPreferences(
                [codec for codec in RTCRtpSender.getCapabilities("audio").codecs if codec.mimeType == "audio/opus"]
            )
        peer.on("track", self._on_track)
        peer.on("datachannel", self._on_channel)
        peer.on("connectionstatechange", self._on_state)

    async def opened(self) -> bool:
        """Whether the client has opened the channel, as soon as that is known."""
        await self._opened.wait()
        return self._channel is not None

    async def send_event(self, n: int, body: str) -> None:
        """See `Line.send_event`."""
        self._obey(json.loads(body))
        channel = self._open_channel()
        try:
            channel.send(pack_event(n, body))
        except (InvalidStateError, ValueError, ConnectionError):  # ValueError: longer than the client takes
            raise self._lost or LineLost(_LOST) from None
        await self._until_buffered(_MOST_BUFFERED)

    async def send_audio(self, n: int, sound: Sound) -> None:
        """See `Line.send_audio`. A track has no numbers."""
        self._open_channel()
        self._spoken.put(sound)

    async def receive(self) -> Received:
        """See `Line.receive`."""
        item = await self._inbox.get()
        if isinstance(item, Exception):
            raise item
        if not isinstance(item, str):
            return item
        message = parse_text(item)
        self._begun = True
        return message

    async def close(self, close: Close, reason: str) -> None:
        """See `Line.close`. A data channel carries neither code nor reason: the last event has told why."""
        with suppress(LineLost, TimeoutError):
            async with asyncio.timeout(_GOODBYE_SECONDS):
                await self._until_buffered(0)
        await self.hang_up()

    async def hang_up(self) -> None:
        """End the connection and all that belongs to it."""
        if self._hearing is not None:
            self._hearing.cancel()
            await asyncio.wait([self._hearing])
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._peer.close()

    def _on_channel(self, channel: RTCDataChannel) -> None:
        if channel.label != CHANNEL or self._channel is not None:
            channel.close()
            return
        self._channel = channel
        channel.on("message", self._on_message)
        channel.on("close", self._on_close)
        self._opened.set()

    def _on_message(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            self._put(WrongKind(f"Bytes came on the channel `{CHANNEL}`; it carries text. Sound goes by the track."))
        elif len(message.encode()) > _LONGEST_MESSAGE:
            self._put(WrongKind(f"A frame has at most {_LONGEST_MESSAGE:,} bytes."))
        else:
            self._put(message)

    def _on_close(self) -> None:
        # It closes with a connection that breaks as well, or that we close.
        self._lose(Close.ENDED if self._peer.connectionState == "connected" else _LOST)

    def _on_track(self, track: MediaStreamTrack) -> None:
        self._hearing = asyncio.create_task(self._hear(track), name="voice: track")

    def _on_state(self) -> None:
        if self._peer.connectionState in ("failed", "closed"):
            self._lose(_LOST)

    def _lose(self, code: int) -> None:
        if self._lost is None:
            self._lost = LineLost(code)
            self._inbox.put_nowait(self._lost)
            self._opened.set()

    def _put(self, item: str | AudioIn | WrongKind) -> None:
        if self._inbox.qsize() < _MOST_WAITING:
            self._inbox.put_nowait(item)
        elif not self._flooded:
            self._flooded = True
            self._inbox.put_nowait(Closing(Close.FLOODED, "More comes than any client needs to send."))

    async def _hear(self, track: MediaStreamTrack) -> None:
        """Number the client's sound, in frames as on the WebSocket. A track that ends is a microphone that is off."""
        resampler = AudioResampler(format="s16", layout="mono", rate=HEARD_RATE)
        left = bytearray()
        with suppress(MediaStreamError):
            while True:
                received = await track.recv()
                assert isinstance(received, AudioFrame)
                for frame in resampler.resample(received):
                    left += frame.to_ndarray().tobytes()
                while len(left) >= FRAME_BYTES:
                    if self._begun:
                        self._seq += 1
                        self._put(AudioIn(self._seq, bytes(left[:FRAME_BYTES])))
                    del left[:FRAME_BYTES]

    def _obey(self, event: dict[str, object]) -> None:
        """Do with the sound what a client on a WebSocket does when it is told this."""
        match event:
            case {"type": "session.ready", "received": int(received)}:
                self._seq = max(self._seq, received)  # of a session that began on another line
            case {"type": "audio.paused"}:
                self._spoken.hold()
            case {"type": "audio.resumed"}:
                self._spoken.go_on()
            case {"type": "audio.stopped"}:
                self._spoken.drop()
            case {"type": "audio.ended", "speech": int(speech), "samples": int(samples)}:
                self._spoken.end(speech, samples)

    def _open_channel(self) -> RTCDataChannel:
        if self._lost is not None or self._channel is None:
            raise self._lost or LineLost(_LOST)
        return self._channel

    async def _until_buffered(self, most: int) -> None:
        while self._open_channel().bufferedAmount > most:  # noqa: ASYNC110 - it tells of one threshold only
            await asyncio.sleep(_LOOK_SECONDS)
