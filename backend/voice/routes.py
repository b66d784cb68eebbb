"""The HTTP side of voice: the session's WebSocket, and raw bodies where no WebSocket passes."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Header, Query, Request, WebSocket
from fastapi.responses import Response

from backend.envelope import Envelope, ok
from backend.errors import VoiceAssistError
from backend.identity.principal import CurrentPrincipal, current_principal
from backend.speech.protocol import SPOKEN_RATE
from backend.voice.line import Close
from backend.voice.recordings import body_of
from backend.voice.schemas import (
    Answer,
    Offer,
    Transcription,
    UtteranceTaken,
    VoiceChoice,
    VoiceInfo,
    VoiceNames,
    VoicePreferences,
)
from backend.voice.service import VoiceService
from backend.voice.websocket import WebSocketLine

_RECORDING: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A recording: WAV, Opus, WebM, MP3, M4A or FLAC; or audio/pcm, 16-bit mono at 16 kHz.",
        "content": {"audio/*": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_SAID: dict[int | str, dict[str, Any]] = {
    200: {"content": {"audio/pcm": {"schema": {"type": "string", "format": "binary"}}}},
    204: {"description": "There is no such part: all has been said."},
}

Language = Annotated[
    str | None,
    Query(
        max_length=16,
        pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})?$",
        description="ISO 639-1; by default as the user chose.",
        examples=["en"],
    ),
]
ContentType = Annotated[str, Header(max_length=200, include_in_schema=False)]


def build_router(voice: VoiceService) -> APIRouter:
    """The routes, to be mounted under `/api/v1`."""
    router = APIRouter()

    @router.get("/voice", tags=["voice"])
    async def info(principal: CurrentPrincipal, language: Language = None) -> Envelope[VoiceInfo]:
        """Who hears and who speaks, and where the sound goes for it."""
        chosen = await voice.voice_for(principal.user_id, language, "", 1.0)
        return ok(voice.info(chosen.language))

    @router.get("/voice/voices", tags=["voice"])
    async def voices(principal: CurrentPrincipal, language: Language = None) -> Envelope[VoiceNames]:
        """The voices that a language can be spoken in."""
        chosen = await voice.voice_for(principal.user_id, language, "", 1.0)
        return ok(await voice.voices(chosen.language))

    @router.get("/voice/preferences", tags=["voice"])
    async def preferences(principal: CurrentPrincipal) -> Envelope[VoicePreferences]:
        """How you want to be spoken to, and in which language."""
        return ok(await voice.chosen(principal.user_id))

    @router.put("/voice/preferences", tags=["voice"])
    async def choose(principal: CurrentPrincipal, choice: VoiceChoice) -> Envelope[VoicePreferences]:
        """Say how you want to be spoken to, from the next conversation on."""
        return ok(await voice.choose(principal.user_id, choice))

    @router.websocket("/voice/session")
    async def session(websocket: WebSocket) -> None:
        try:
            voice.require()
            principal = await current_principal(websocket)
        except VoiceAssistError as error:
            await websocket.close(Close.NOT_ALLOWED, error.message)
            return
        await websocket.accept()

        async def still_allowed() -> None:
            voice.require()
            await current_principal(websocket)

        await voice.sessions.serve(WebSocketLine(websocket), principal.user_id, still_allowed)

    @router.post("/voice/webrtc", tags=["voice"])
    async def webrtc(principal: CurrentPrincipal, request: Request, offer: Offer) -> Envelope[Answer]:
        """Open the session over WebRTC: one audio track, and the data channel `events` that the client makes."""
        voice.require()

        async def still_allowed() -> None:
            voice.require()
            await current_principal(request)

        return ok(Answer(sdp=await voice.calls.answer(offer.sdp, principal.user_id, still_allowed)))

    @router.post("/voice/utterances", tags=["voice"], openapi_extra=_RECORDING)
    async def utterance(
        principal: CurrentPrincipal,
        request: Request,
        content_type: ContentType = "",
        conversation_id: Annotated[str | None, Query(max_length=64)] = None,
        language: Language = None,
        zone: Annotated[str | None, Query(max_length=64, description="Your time zone, an IANA name.")] = None,
    ) -> Envelope[UtteranceTaken]:
        """Hear one utterance and begin the turn that comes of it. The sound is not kept."""
        content = await body_of(request.stream())
        spoken = await voice.voice_for(principal.user_id, language, "", 1.0)
        transcript = await voice.transcript(principal.user_id, content, content_type, spoken.language)
        taken = await voice.ask(principal.user_id, transcript, conversation_id, zone)
        heard = Transcription.of(transcript).model_dump()
        return ok(UtteranceTaken.model_validate({**heard, **(taken.model_dump() if taken else {})}))

    @router.get(
        "/voice/turns/{turn_id}/speech", tags=["voice"], response_class=Response, responses=_SAID, status_code=200
    )
    async def speech(
        principal: CurrentPrincipal,
        turn_id: str,
        part: Annotated[int, Query(ge=0, le=10_000, description="Parts are counted from 0.")] = 0,
        language: Language = None,
        name: Annotated[
            str | None, Query(alias="voice", max_length=100, description="By default as you chose.")
        ] = None,
        speed: Annotated[float | None, Query(ge=0.5, le=2.0, description="By default as you chose.")] = None,
    ) -> Response:
        """The sound of a part of what a turn says: 16-bit mono at 24 kHz. `X-Speech-Text` has its words, as a URI has.

        It waits until the part is there.
        """
        chosen = await voice.voice_for(principal.user_id, language, name, speed)
        clause = await voice.clause(principal.user_id, turn_id, part, chosen.language)
        if clause is None:
            return Response(status_code=204)
        samples = b"".join([piece async for piece in voice.sound(principal.user_id, clause, chosen)])
        headers = {"X-Speech-Text": quote(clause.text.strip(), safe="")}
        return Response(samples, media_type=f"audio/pcm;rate={SPOKEN_RATE}", headers=headers)

    @router.post("/voice/transcriptions", tags=["voice"], openapi_extra=_RECORDING)
    async def transcription(
        principal: CurrentPrincipal, request: Request, content_type: ContentType = "", language: Language = None
    ) -> Envelope[Transcription]:
        """Take dictation: the words of a recording. The sound is not kept."""
        content = await body_of(request.stream())
        spoken = await voice.voice_for(principal.user_id, language, "", 1.0)
        return ok(Transcription.of(await voice.transcript(principal.user_id, content, content_type, spoken.language)))

    return router
