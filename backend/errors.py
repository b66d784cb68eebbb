"""The error tree. The class of an error decides its envelope code, its HTTP status and whether trying again helps.

A message says what was wrong, with the value, and what to do about it. Secrets and patient data never appear in one.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar


class ErrorCode(StrEnum):
    """The codes a client may meet in `error.code` of the response envelope."""

    INVALID_CREDENTIALS = "INVALID_CREDENTIALS"
    TOKEN_EXPIRED = "TOKEN_EXPIRED"  # noqa: S105 - the name of a code
    TOKEN_REVOKED = "TOKEN_REVOKED"  # noqa: S105 - the name of a code
    WEAK_PASSWORD = "WEAK_PASSWORD"  # noqa: S105 - the name of a code
    VALIDATION_ERROR = "VALIDATION_ERROR"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    UNAUTHORIZED = "UNAUTHORIZED"
    FORBIDDEN = "FORBIDDEN"
    RATE_LIMITED = "RATE_LIMITED"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL_ERROR = "INTERNAL_ERROR"


class VoiceAssistError(Exception):
    """Root of every error that we raise on purpose.

    `field` names the request field at fault; `details` are facts a program can use. `retry_after` (seconds) is a hint
    for errors where trying again makes sense.
    """

    code: ClassVar[ErrorCode] = ErrorCode.INTERNAL_ERROR
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        details: Mapping[str, object] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.details = dict(details) if details else None
        self.retry_after = retry_after

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.message!r})"


class BadInput(VoiceAssistError):
    """The caller sent something that cannot be used; sending it again will not help."""

    code = ErrorCode.VALIDATION_ERROR
    status = 422


class WeakPassword(BadInput):
    """The password would be guessed too easily; `details` say why."""

    code = ErrorCode.WEAK_PASSWORD


class NotSignedIn(VoiceAssistError):
    """Nobody, or nobody we can verify, is asking."""

    code = ErrorCode.UNAUTHORIZED
    status = 401


class InvalidCredentials(NotSignedIn):
    """What was given to prove who asks does not. The message is the same whether there is such a user or not."""

    code = ErrorCode.INVALID_CREDENTIALS


class TokenExpired(NotSignedIn):
    """The token was good once. Refreshing it, or signing in again, helps."""

    code = ErrorCode.TOKEN_EXPIRED


class TokenRevoked(NotSignedIn):
    """The token, or the session it belongs to, was ended."""

    code = ErrorCode.TOKEN_REVOKED


class NotAllowed(VoiceAssistError):
    """We know who asks, and they may not."""

    code = ErrorCode.FORBIDDEN
    status = 403


class NotFound(VoiceAssistError):
    """It does not exist, or the caller may not know that it does."""

    code = ErrorCode.NOT_FOUND
    status = 404


class Conflict(VoiceAssistError):
    """It was changed by somebody else, or is in a state where this cannot be done."""

    code = ErrorCode.CONFLICT
    status = 409


class RateLimited(VoiceAssistError):
    """Too many requests, here or at a server that we use."""

    code = ErrorCode.RATE_LIMITED
    status = 429
    retryable = True


class Unavailable(VoiceAssistError):
    """A part that we need (a server, a disk, a model) does not answer now; later it may."""

    code = ErrorCode.UNAVAILABLE
    status = 503
    retryable = True


class Broken(VoiceAssistError):
    """A bug of ours. The message is for the log; users see a request id."""
