"""The HTTP side of the assistant: questions, their events, conversations."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from backend.assistant.schemas import (
    Branch,
    Conversation,
    ConversationSummary,
    Feedback,
    Rename,
    Share,
    SharedFile,
    TurnEvents,
    TurnRequest,
    TurnTaken,
)
from backend.assistant.service import Assistant
from backend.envelope import Envelope, Pagination, ok
from backend.identity.principal import CurrentPrincipal

# A proxy closes a line on which nothing comes; a comment every so many seconds keeps it open.
HEARTBEAT_SECONDS = 15.0
# A poll is answered as soon as there is something new, and at the latest after this.
POLL_SECONDS = 10.0

_EXPORTED: dict[str, Any] = {
    "content": {
        "text/markdown": {
            "schema": {"type": "string"},
            "example": "# Flu vaccine\n\n## When is it offered?\n\nFrom October on. [\\[1\\]](<https://cloud.example.org/f/7>)\n",
        },
        "application/json": {"schema": {"$ref": "#/components/schemas/Conversation"}},
    }
}
_STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def build_router(
    assistant: Assistant, *, heartbeat_seconds: float = HEARTBEAT_SECONDS, poll_seconds: float = POLL_SECONDS
) -> APIRouter:
    """The routes, to be mounted under `/api/v1`."""
    router = APIRouter()

    @router.post("/chat/turns", status_code=201, tags=["chat"])
    async def ask(principal: CurrentPrincipal, body: TurnRequest) -> Envelope[TurnTaken]:
        """Ask a question. Its answer comes as events."""
        return ok(
            await assistant.ask(principal.user_id, body.text, body.conversation_id, body.scope, body.option, body.zone)
        )

    @router.get(
        "/chat/turns/{turn_id}/events",
        tags=["chat"],
        response_model=Envelope[TurnEvents],
        responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
    )
    async def events(
        principal: CurrentPrincipal,
        request: Request,
        turn_id: str,
        after: Annotated[int, Query(ge=0, description="Number of the last event already seen.")] = 0,
        last_event_id: Annotated[str, Header(description="The same, as an EventSource sends it.")] = "",
    ) -> Response:
        """The events of a turn: as a stream for `Accept: text/event-stream`, otherwise those that are new by now."""
        if last_event_id.isdecimal() and len(last_event_id) < 10:
            after = max(after, int(last_event_id))
        if "text/event-stream" not in request.headers.get("accept", ""):
            news = await assistant.events(principal.user_id, turn_id, after, poll_seconds)
            return JSONResponse(ok(news).model_dump(mode="json"), headers={"Cache-Control": "no-store"})
        # Asked once before the stream begins, so that an unknown turn is an error and not an empty stream.
        first = await assistant.events(principal.user_id, turn_id, after, 0.0)
        return StreamingResponse(
            _stream(assistant, principal.user_id, turn_id, after, first, heartbeat_seconds),
            media_type="text/event-stream",
            headers=_STREAM_HEADERS,
        )

    @router.post("/chat/turns/{turn_id}/cancel", tags=["chat"])
    async def cancel(principal: CurrentPrincipal, turn_id: str) -> Envelope[dict[str, str]]:
        """Stop an answer. What was shown of it stays in the conversation."""
        await assistant.cancel(principal.user_id, turn_id)
        return ok({})

    @router.post("/chat/turns/{turn_id}/regenerate", status_code=201, tags=["chat"])
    async def regenerate(
        principal: CurrentPrincipal,
        turn_id: str,
        zone: Annotated[str | None, Query(max_length=64, description="Your time zone, an IANA name.")] = None,
    ) -> Envelope[TurnTaken]:
        """Answer the question of this answer once more. The answers that it has stay in the conversation."""
        return ok(await assistant.regenerate(principal.user_id, turn_id, zone))

    @router.put("/chat/turns/{turn_id}/feedback", tags=["chat"])
    async def judge(principal: CurrentPrincipal, turn_id: str, body: Feedback) -> Envelope[Feedback]:
        """Say what you think of an answer; it replaces what you said before."""
        return ok(await assistant.kept.judge(principal.user_id, turn_id, body))

    @router.delete("/chat/turns/{turn_id}/feedback", tags=["chat"])
    async def unjudge(principal: CurrentPrincipal, turn_id: str) -> Envelope[dict[str, str]]:
        """Take back what you said of an answer."""
        await assistant.kept.forget_judgement(principal.user_id, turn_id)
        return ok({})

    @router.get("/conversations", tags=["conversations"])
    async def conversations(
        principal: CurrentPrincipal,
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        q: Annotated[
            str, Query(max_length=200, description="Words that must all occur in title or messages.", examples=["flu"])
        ] = "",
    ) -> Envelope[list[ConversationSummary]]:
        """Your conversations, the one used last first."""
        page, total = await assistant.kept.list(principal.user_id, offset, limit, q)
        return ok(page, Pagination(offset=offset, limit=limit, total=total))

    @router.get("/conversations/{conversation_id}", tags=["conversations"])
    async def conversation(principal: CurrentPrincipal, conversation_id: str) -> Envelope[Conversation]:
        """One conversation with its messages."""
        return ok(await assistant.kept.get(principal.user_id, conversation_id))

    @router.put("/conversations/{conversation_id}", tags=["conversations"])
    async def rename(principal: CurrentPrincipal, conversation_id: str, body: Rename) -> Envelope[ConversationSummary]:
        """Give a conversation another title."""
        return ok(await assistant.kept.rename(principal.user_id, conversation_id, body.title))

    @router.delete("/conversations/{conversation_id}", tags=["conversations"])
    async def delete(principal: CurrentPrincipal, conversation_id: str) -> Envelope[dict[str, str]]:
        """Remove a conversation for good."""
        await assistant.kept.delete(principal.user_id, conversation_id)
        return ok({})

    @router.get(
        "/conversations/{conversation_id}/export",
        tags=["conversations"],
        response_class=Response,
        responses={200: _EXPORTED},
    )
    async def export(
        principal: CurrentPrincipal,
        conversation_id: str,
        format: Annotated[Literal["markdown", "json"], Query(description="Markdown for people, JSON for programs.")],
    ) -> Response:
        """A conversation as a file, its citations as links."""
        file = await assistant.kept.export(principal.user_id, conversation_id, format)
        # RFC 6266 with RFC 8187: the name in UTF-8, percent-encoded, so that no character of it can break the header.
        name = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
        headers = {"Content-Disposition": name, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return Response(file.content, media_type=file.mime, headers=headers)

    @router.post("/conversations/{conversation_id}/branch", status_code=201, tags=["conversations"])
    async def branch(principal: CurrentPrincipal, conversation_id: str, body: Branch) -> Envelope[ConversationSummary]:
        """Begin a conversation that has all up to and including an answer of this one."""
        return ok(await assistant.kept.branch(principal.user_id, conversation_id, body.turn_id))

    @router.post("/conversations/{conversation_id}/share", status_code=201, tags=["conversations"])
    async def share(principal: CurrentPrincipal, conversation_id: str, body: Share) -> Envelope[SharedFile]:
        """Write a conversation, or one answer of it, as a new Markdown file into your files in Nextcloud."""
        return ok(await assistant.kept.share(principal.user_id, conversation_id, body.folder, body.turn_id))

    return router


async def _stream(
    assistant: Assistant, user_id: str, turn_id: str, after: int, news: TurnEvents, heartbeat_seconds: float
) -> AsyncIterator[str]:
    """Server-sent events (WHATWG HTML, section 9.2): the number as id, the type as event, the event as data."""
    while True:
        for event in news.events:
            after = event.seq
            yield f"id: {event.seq}\nevent: {event.type}\ndata: {event.model_dump_json()}\n\n"
        if news.done:
            return
        news = await assistant.events(user_id, turn_id, after, heartbeat_seconds)
        if not news.events:
            yield ": still here\n\n"
