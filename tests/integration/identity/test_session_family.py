"""Whatever clients do and in whatever order: a session ends for its own reasons, and never for another one's."""

import asyncio
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from backend.database import Base, Database
from backend.errors import NotSignedIn, TokenExpired, TokenRevoked
from backend.identity.keys.tables import KeyRow
from backend.identity.session import Tokens
from backend.identity.sessions.tables import RefreshRow, RevocationRow, SessionRow
from tests.integration.identity.desk import Clock, Desk

T = TypeVar("T")
GRACE, ACCESS, REFRESH = timedelta(seconds=10), timedelta(seconds=900), timedelta(days=7)
# Within, on the edge of and beyond the grace, an access token's time, and a refresh token's.
STEPS = [1, 9, 10, 11, 600, 901, 3 * 86_400, 7 * 86_400]


@dataclass
class Token:
    """A refresh token as it should be known."""

    text: str
    expires: datetime
    used: datetime | None = None
    follower: "Token | None" = None


@dataclass
class Family:
    """A session as it should be: who has it, and every refresh token that it had."""

    user_id: str
    id: str
    expires: datetime
    access: str
    access_from: datetime
    ended: bool = False
    tokens: list[Token] = field(default_factory=list)


class Sessions(RuleBasedStateMachine):
    """A model of sessions beside the real service over SQLite."""

    tokens = Bundle("tokens")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.database = Database(f"sqlite+aiosqlite:///{Path(self.folder.name) / 'records.db'}")
        self.run(self._prepare())
        self.clock = Clock()
        self.desk = Desk(self.database, self.clock)
        self.families: list[Family] = []

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    async def _prepare(self) -> None:
        tables = [Base.metadata.tables[row.__tablename__] for row in (SessionRow, RefreshRow, RevocationRow, KeyRow)]
        async with self.database.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all, tables=tables)

    def teardown(self) -> None:
        self.run(self.database.close())
        self.runner.close()
        self.folder.cleanup()

    def kept(self, family: Family, tokens: Tokens) -> Token:
        now = self.clock()
        family.expires = now + REFRESH
        family.access, family.access_from = tokens.access, now
        family.tokens.append(Token(tokens.refresh, family.expires))
        return family.tokens[-1]

    @rule(target=tokens, user_id=st.sampled_from(["ann", "bob"]))
    def begin(self, user_id: str) -> tuple[Family, Token]:
        tokens = self.run(self.desk.begin(user_id))
        family = Family(user_id, tokens.session_id, self.clock(), tokens.access, self.clock())
        self.families.append(family)
        return family, self.kept(family, tokens)

    @rule(target=tokens, given=tokens)
    def refresh(self, given: tuple[Family, Token]) -> Any:
        """With any token that there ever was: the newest one, or one that was used."""
        family, token = given
        now = self.clock()
        try:
            tokens = self.run(self.desk.sessions.refresh(token.text))
        except TokenExpired:
            assert not family.ended
            assert token.expires <= now
            return multiple()
        except TokenRevoked:
            if not family.ended:  # this was the replay that ends it
                assert token.used is not None
                assert now - token.used > GRACE or (token.follower is not None and token.follower.used is not None)
                family.ended = True
            return multiple()
        except NotSignedIn:  # what is over for good is forgotten when somebody signs in
            assert token.expires <= now or family.expires <= now
            return multiple()
        assert tokens.session_id == family.id
        assert not family.ended
        assert token.expires > now
        if token.used is None:
            token.used = now
            token.follower = self.kept(family, tokens)
            assert len({one.text for one in family.tokens}) == len(family.tokens)
            return family, token.follower
        assert now - token.used <= GRACE
        assert token.follower is not None
        assert token.follower.used is None
        assert tokens.refresh == token.follower.text
        family.access, family.access_from = tokens.access, now
        return multiple()

    @rule(given=consumes(tokens))
    def end_one(self, given: tuple[Family, Token]) -> None:
        family, _ = given
        self.run(self.desk.sessions.end(family.id, "ended by its user"))
        family.ended = family.ended or family.expires > self.clock()

    @rule(user_id=st.sampled_from(["ann", "bob"]))
    def end_all(self, user_id: str) -> None:
        self.run(self.desk.sessions.end_all(user_id, "signed out everywhere"))
        for family in self.families:
            if family.user_id == user_id and family.expires > self.clock():
                family.ended = True

    @rule(seconds=st.sampled_from(STEPS))
    def wait(self, seconds: int) -> None:
        self.clock.move(seconds)

    @invariant()
    def only_what_ended_is_refused(self) -> None:
        now = self.clock()
        for family in self.families:
            try:
                principal = self.run(self.desk.sessions.standing(family.id))
                assert (principal.user_id, family.ended, family.expires > now) == (family.user_id, False, True)
            except TokenRevoked:
                assert family.ended or family.expires <= now
            except TokenExpired:
                assert family.expires <= now
            try:
                principal = self.run(self.desk.sessions.check(family.access))
                assert (principal.session_id, family.ended) == (family.id, False)
            except TokenRevoked:
                assert family.ended
            except TokenExpired:
                assert now - family.access_from >= ACCESS

    @invariant()
    def what_is_listed_is_what_goes_on(self) -> None:
        now = self.clock()
        for user_id in ("ann", "bob"):
            listed = {one.id for one in self.run(self.desk.sessions.list(user_id))}
            assert listed == {
                family.id
                for family in self.families
                if family.user_id == user_id and not family.ended and family.expires > now
            }


TestSessions = Sessions.TestCase
TestSessions.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
