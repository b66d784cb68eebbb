"""WebRTC connections: answered within limits, given to a session once they stand, and ended without a trace."""

import asyncio
from collections import Counter

import structlog
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from backend.errors import BadInput, RateLimited, Unavailable
from backend.trouble import told
from backend.voice.connection import StillAllowed
from backend.voice.limits import Limits
from backend.voice.sessions import Sessions
from backend.voice.webrtc.line import WebRtcLine
from backend.voice.webrtc.offer import without_addresses
from backend.voice.work import Work

log = structlog.get_logger(__name__)

# A client that comes back needs a connection beside the one of which nobody knows yet that it is lost.
_CALLS_PER_SESSION = 2


class Calls:
    """`close` at the end, after the sessions."""

    def __init__(self, sessions: Sessions, limits: Limits) -> None:
        self._sessions = sessions
        self._limits = limits
        self._open: Counter[str] = Counter()
        self._work = Work()

    def __len__(self) -> int:
        return self._open.total()

    async def close(self) -> None:
        """End all connections."""
        await self._work.close()

    async def answer(self, offer: str, user_id: str, still_allowed: StillAllowed) -> str:
        """The SDP that answers the SDP of an offer. The client has `Limits.first_within` seconds to connect.

        Raises `BadInput` for an offer that cannot be taken, `RateLimited` when the user has too many connections,
        `Unavailable` on a machine without a network.
        """
        text = without_addresses(offer)
        self._check_room(user_id)
        self._open[user_id] += 1
        # Without the list aiortc would ask a server of Google where we stand.
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        line = WebRtcLine(peer)
        try:
            answer = await _answered(peer, text)
        except BaseException:
            await self._end(line, user_id)
            raise
        self._work.do(self._serve(line, user_id, still_allowed), "call")
        return answer

    async def _serve(self, line: WebRtcLine, user_id: str, still_allowed: StillAllowed) -> None:
        try:
            if await self._stands(line):
                await self._sessions.serve(line, user_id, still_allowed)
        finally:
            await self._end(line, user_id)

    async def _stands(self, line: WebRtcLine) -> bool:
        try:
            async with asyncio.timeout(self._limits.first_within):
                return await line.opened()
        except TimeoutError:
            log.info("voice.call_not_connected")
            return False

    async def _end(self, line: WebRtcLine, user_id: str) -> None:
        try:
            await line.hang_up()
        finally:
            self._open[user_id] -= 1
            if not self._open[user_id]:
                del self._open[user_id]

    def _check_room(self, user_id: str) -> None:
        own = self._open[user_id]
        if own >= self._limits.per_user * _CALLS_PER_SESSION:
            raise RateLimited(
                f"You have {own} voice connections open already. Close one of them.",
                retry_after=self._limits.first_within,
            )
        if len(self) >= self._limits.in_all * _CALLS_PER_SESSION:
            raise RateLimited(
                "Too many people are speaking with VoiceAssist. Try again soon.", retry_after=self._limits.first_within
            )


async def _answered(peer: RTCPeerConnection, offer: str) -> str:
    try:
        await peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await peer.setLocalDescription()
    except Exception as error:  # aiortc raises whatever it stumbles over
        log.info("voice.offer_refused", error=told(error))
        raise BadInput("The offer asks for what WebRTC does not have, or lacks what it needs.", field="sdp") from None
    answer: str = peer.localDescription.sdp
    if "a=candidate:" not in answer:
        raise Unavailable("The machine of VoiceAssist has no address in a network at which WebRTC could reach it.")
    return answer
