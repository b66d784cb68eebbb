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
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from backend.database import Base, Database
from backend.errors import NotSignedIn, TokenExpired, TokenRevoked
from backend.identity.keys.tables import KeyRow
from backend.identity.session import Tokens
from backend.identity.sessions.tables import RefreshRow, RevocationRow, SessionRow
from tests.integration.identity.desk import Clock, Desk

T = TypeVar("T")
GRACE, ACCESS, REFRESH = timedelta(seconds=10), timedelta(seconds=900), timedelta(days=7)
DAY = 86_400


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

    def _begin(self, user_id: str) -> tuple[Family, Token]:
        tokens = self.run(self.desk.begin(user_id))
        family = Family(user_id, tokens.session_id, self.clock(), tokens.access, self.clock())
        self.families.append(family)
        return family, self.kept(family, tokens)

    def _refresh(self, family: Family, token: Token) -> Token | None:
        """Use a token, and see that it does what it should; the one that follows, where that is new."""
        now = self.clock()
        try:
            tokens = self.run(self.desk.sessions.refresh(token.text))
        except TokenExpired:
            assert not family.ended
            assert token.expires <= now
            return None
        except TokenRevoked:
            if not family.ended:  # this was the replay that ends it
                assert token.used is not None
                assert now - token.used > GRACE or (token.follower is not None and token.follower.used is not None)
                family.ended = True
            return None
        except NotSignedIn:  # what is over for good is forgotten when somebody signs in
            assert token.expires <= now or family.expires <= now
            return None
        assert tokens.session_id == family.id
        assert not family.ended
        assert token.expires > now
        if token.used is None:
            token.used = now
            token.follower = self.kept(family, tokens)
            assert len({one.text for one in family.tokens}) == len(family.tokens)
            return token.follower
        assert now - token.used <= GRACE
        assert token.follower is not None
        assert token.follower.used is None
        assert tokens.refresh == token.follower.text
        family.access, family.access_from = tokens.access, now
        return None

    @initialize(target=tokens)
    def some_sessions(self) -> Any:
        return multiple(*(self._begin(user_id) for user_id in ("ann", "ann", "bob")))

    @precondition(lambda self: len(self.families) < 8)
    @rule(target=tokens, user_id=st.sampled_from(["ann", "bob"]))
    def begin(self, user_id: str) -> tuple[Family, Token]:
        return self._begin(user_id)

    @rule(target=tokens, given=tokens)
    def use_any_token_that_there_ever_was(self, given: tuple[Family, Token]) -> Any:
        family, token = given
        follower = self._refresh(family, token)
        return multiple() if follower is None else (family, follower)

    @rule(target=tokens, given=tokens, seconds=st.sampled_from([0, 9, 10, 11, 20]), follows=st.booleans())
    def go_on_and_replay(self, given: tuple[Family, Token], seconds: int, follows: bool) -> Any:
        """The newest token is used, perhaps the one that follows as well, and then the first once more."""
        family = given[0]
        first = family.tokens[-1]
        second = self._refresh(family, first)
        third = self._refresh(family, second) if second is not None and follows else None
        self.clock.move(seconds)
        self._refresh(family, first)
        return multiple(*((family, token) for token in (second, third) if token is not None))

    @rule(given=tokens)
    def use_it_for_longer_than_a_refresh_token_is_good(self, given: tuple[Family, Token]) -> None:
        family, _ = given
        for _ in range(2):
            self._refresh(family, family.tokens[-1])
            self.clock.move(4 * DAY)

    @rule(given=consumes(tokens))
    def end_one(self, given: tuple[Family, Token]) -> None:
        family, _ = given
        self.run(self.desk.sessions.end(family.id, "ended by its user"))
        family.ended = family.ended or family.expires > self.clock()

    @precondition(lambda self: len(self.families) > 4)
    @rule(user_id=st.sampled_from(["ann", "bob"]))
    def end_all(self, user_id: str) -> None:
        self.run(self.desk.sessions.end_all(user_id, "signed out everywhere"))
        for family in self.families:
            if family.user_id == user_id and family.expires > self.clock():
                family.ended = True

    @rule(seconds=st.sampled_from([1, 9, 11, 600, 901, 4 * DAY, 8 * DAY]))
    def wait(self, seconds: int) -> None:
        self.clock.move(seconds)

    @rule(given=tokens)
    def stay_connected(self, given: tuple[Family, Token]) -> None:
        """What was opened with the session asks again."""
        family, _ = given
        over = family.expires <= self.clock()
        try:
            principal = self.run(self.desk.sessions.standing(family.id))
            assert (principal.user_id, family.ended, over) == (family.user_id, False, False)
        except TokenRevoked:
            assert family.ended or over
        except TokenExpired:
            assert over

    @invariant()
    def only_what_ended_is_refused(self) -> None:
        now = self.clock()
        for family in self.families:
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
TestSessions.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
