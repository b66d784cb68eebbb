"""The envelope of every JSON answer, and the request id that ties an answer to its log lines."""

import re
import uuid
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend import __version__
from backend.errors import ErrorCode, VoiceAssistError
from backend.trouble import told, where

log = structlog.get_logger(__name__)

request_id_var: ContextVar[str] = ContextVar("request_id", default="-")


def current_request_id() -> str:
    """The id of the request being served, "-" outside of one."""
    return request_id_var.get()


# A client's own id is accepted when it cannot forge a log line or bloat one.
_ACCEPTED_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")

_CODE_OF_STATUS = {
    400: ErrorCode.VALIDATION_ERROR,
    401: ErrorCode.UNAUTHORIZED,
    403: ErrorCode.FORBIDDEN,
    404: ErrorCode.NOT_FOUND,
    405: ErrorCode.VALIDATION_ERROR,
    408: ErrorCode.VALIDATION_ERROR,
    409: ErrorCode.CONFLICT,
    413: ErrorCode.VALIDATION_ERROR,
    415: ErrorCode.VALIDATION_ERROR,
    422: ErrorCode.VALIDATION_ERROR,
    429: ErrorCode.RATE_LIMITED,
    503: ErrorCode.UNAVAILABLE,
}

T = TypeVar("T")


class Pagination(BaseModel):
    """Where a page lies in a list: `offset` and `limit` as asked, `total` items in all."""

    offset: int
    limit: int
    total: int


class Metadata(BaseModel):
    """About the answer itself."""

    version: str = __version__
    request_id: str = Field(default_factory=current_request_id)
    pagination: Pagination | None = None


class ErrorBody(BaseModel):
    """What went wrong, for a program (`code`, `field`, `details`) and for a person (`message`)."""

    code: ErrorCode
    message: str
    details: dict[str, object] | None = None
    field: str | None = None


class Envelope(BaseModel, Generic[T]):
    """The one shape of every JSON answer."""

    success: bool = True
    data: T | None = None
    error: ErrorBody | None = None
    metadata: Metadata = Field(default_factory=Metadata)
    timestamp: datetime = Field(default_factory=lambda: datetime.now(UTC))


# What any route may answer beside its own: one shape for every error. FastAPI adds the schema once.
ERROR_ANSWERS: dict[int | str, dict[str, Any]] = {
    status: {"model": Envelope[None], "description": description}
    for status, description in {
        400: "The request cannot be read.",
        401: "Nobody, or nobody who can be verified, is asking.",
        403: "Not allowed, or the request did not come from a page of ours.",
        404: "It does not exist, or is not the caller's.",
        405: "The path has no such method.",
        408: "The request did not come in time.",
        409: "It was changed meanwhile, or its state does not allow this.",
        413: "The request is too large.",
        415: "The request is compressed.",
        422: "A value cannot be used; `error.field` names it.",
        429: "Too many requests; `Retry-After` says when to come back.",
        503: "A part that is needed does not answer now.",
    }.items()
}


def ok(data: T, pagination: Pagination | None = None) -> Envelope[T]:
    """Wrap the data of a successful answer."""
    return Envelope[T](data=data, metadata=Metadata(pagination=pagination))


def failed(error: ErrorBody, status: int, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Build the answer of a request that failed."""
    envelope = Envelope[None](success=False, error=error)
    headers = {"Cache-Control": "no-store", **(headers or {})}
    return JSONResponse(envelope.model_dump(mode="json"), status_code=status, headers=headers)


class HeadersMiddleware:
    """Accept `X-Request-ID` or make one, put it into the log context and send it back.

    An answer that says nothing about being kept is kept nowhere; one with an ETag must be asked for again. AppAPI's
    proxy would have it kept for an hour.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        asked = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = asked if _ACCEPTED_REQUEST_ID.fullmatch(asked) else str(uuid.uuid4())
        request_id_var.set(request_id)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                more = [(b"x-request-id", request_id.encode())]
                if b"cache-control" not in given:
                    more.append((b"cache-control", b"no-cache" if b"etag" in given else b"no-store"))
                message["headers"] = [*message["headers"], *more]
            await send(message)

        await self.app(scope, receive, send_with_headers)


def install(app: FastAPI) -> None:
    """Give `app` the request id, say what may be kept, and answer every error in the envelope."""
    app.add_middleware(HeadersMiddleware)

    @app.exception_handler(VoiceAssistError)
    async def known(request: Request, error: VoiceAssistError) -> JSONResponse:
        if error.status >= 500:
            log.error("request.failed", path=request.url.path, error=repr(error))
        headers = {"Retry-After": str(round(error.retry_after))} if error.retry_after else None
        body = ErrorBody(code=error.code, message=error.message, details=error.details, field=error.field)
        return failed(body, error.status, headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        # The location starts with where the value was found (body, query, path); the rest names the field.
        field = ".".join(str(part) for part in first["loc"][1:]) or None
        problems = [
            {"field": ".".join(str(part) for part in e["loc"][1:]), "message": e["msg"]} for e in error.errors()
        ]
        message = f"{field}: {first['msg']}" if field else str(first["msg"])
        body = ErrorBody(code=ErrorCode.VALIDATION_ERROR, message=message, field=field, details={"problems": problems})
        return failed(body, 422)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        code = _CODE_OF_STATUS.get(error.status_code, ErrorCode.INTERNAL_ERROR)
        return failed(ErrorBody(code=code, message=str(error.detail)), error.status_code, error.headers)

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        log.error("request.crashed", path=request.url.path, error=told(error), where=where(error))
        message = "Something went wrong inside VoiceAssist. The request id finds it in the log."
        return failed(ErrorBody(code=ErrorCode.INTERNAL_ERROR, message=message), 500)
