"""What the routes of sessions take and give."""

from datetime import datetime

from pydantic import BaseModel, Field

from backend.identity.principal import Way
from backend.identity.session import Tokens
from backend.identity.sessions.service import SessionInfo


class SessionView(BaseModel):
    """A session of yours; `current` is the one that asks."""

    id: str
    way: Way
    begun_at: datetime
    used_at: datetime
    agent: str
    address: str
    current: bool

    @classmethod
    def of(cls, session: SessionInfo, current: str | None) -> "SessionView":
        return cls(
            id=session.id,
            way=session.way,
            begun_at=session.begun_at,
            used_at=session.used_at,
            agent=session.agent,
            address=session.address,
            current=session.id == current,
        )


class TokensView(BaseModel):
    """Tokens for a program; times in seconds."""

    access: str
    refresh: str
    access_seconds: int
    refresh_seconds: int
    session_id: str

    @classmethod
    def of(cls, tokens: Tokens) -> "TokensView":
        return cls(
            access=tokens.access,
            refresh=tokens.refresh,
            access_seconds=tokens.access_seconds,
            refresh_seconds=tokens.refresh_seconds,
            session_id=tokens.session_id,
        )


class Refreshing(BaseModel):
    """A program gives its refresh token; a browser has it as a cookie."""

    refresh_token: str | None = Field(None, max_length=200)


class Refreshed(BaseModel):
    """The new tokens; None for a browser, whose cookies were set."""

    tokens: TokensView | None


class LoggingOut(BaseModel):
    """`everywhere` ends all your sessions. A program whose access token is over may give its refresh token."""

    everywhere: bool = False
    refresh_token: str | None = Field(None, max_length=200)


class LoggedOut(BaseModel):
    """Where a browser goes to sign out at the issuer as well."""

    redirect: str | None
