"""Signing in: the password, and a second factor where the account has one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, select, update

from backend.database import Database
from backend.errors import InvalidCredentials, RateLimited
from backend.identity.accounts import recovery_codes, totp, webauthn_keys
from backend.identity.accounts.address import same_email
from backend.identity.accounts.directory import disabled_account
from backend.identity.accounts.lockout import Lockout, Trying
from backend.identity.accounts.passwords import Passwords
from backend.identity.accounts.second_factors import confirmed
from backend.identity.accounts.tables import AccountRow, ChallengeRow, FactorRow
from backend.identity.accounts.totp import TotpCodes
from backend.identity.accounts.webauthn_keys import WebAuthnKeys
from backend.identity.events import Event, Outcome, Record
from backend.identity.origin import current_origin
from backend.identity.principal import Way
from backend.identity.session import Beginning, Limiter, Sessions, Tokens
from backend.identity.tokens import hash_of, new_token

LOGIN = "login"
GOOD_FOR = timedelta(minutes=5)
MOST_TRIES = 5
_WRONG = "Address or password are wrong."
_WRONG_FACTOR = "This second factor is not accepted."
_OVER = "This sign-in took too long or failed too often. Sign in again."


class Method(StrEnum):
    """What a second factor can be proven with."""

    TOTP = "totp"
    WEBAUTHN = "webauthn"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class SecondAsked:
    """The password was right; one of `methods` is wanted. `webauthn`: what a browser asks the keys with."""

    challenge: str
    methods: tuple[Method, ...]
    webauthn: dict[str, object] | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody gave as second factor: a `code`, or a WebAuthn `credential`."""

    method: Method
    code: str = ""
    credential: Mapping[str, object] | None = None


class SignIn:
    """Signs in to local accounts. What is refused is refused alike, whether there is an account or not."""

    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        lockout: Lockout,
        codes: TotpCodes,
        keys: WebAuthnKeys,
        sessions: Sessions,
        *,
        record: Record,
        limit: Limiter,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._lockout = lockout
        self._codes = codes
        self._keys = keys
        self._sessions = sessions
        self._record = record
        self._limit = limit
        self._now = now

    async def login(self, email: str, password: str) -> Tokens | SecondAsked:
        """Begin a session, or ask for the second factor.

        Raises `InvalidCredentials`, `RateLimited`, and `NotAllowed` when the account whose password it is is disabled.
        """
        email = same_email(email)
        await self._limit("login", f"address:{current_origin().address}")
        await self._limit("login", f"account:{email}")
        account = await self._by_email(email)
        try:
            async with self._lockout.trying(email) as trying:
                # Once more: who waited for another try may meet a new password or a renewed hash.
                account = await self._by_email(email)
                return await self._login(account, password, trying)
        except RateLimited:
            await self._refused(account, "too many failures")
            raise

    async def _login(self, account: AccountRow | None, password: str, trying: Trying) -> Tokens | SecondAsked:
        verified = await self._passwords.verify(password, account.password if account else "")
        if account is None or not verified.right:
            await trying.failed()
            await self._refused(account, "wrong password" if account else "no such account")
            raise InvalidCredentials(_WRONG)
        if account.disabled_at is not None:
            await self._refused(account, "disabled")
            raise disabled_account()
        if verified.renewed:
            await self._renew(account, verified.renewed)
        factors = await confirmed(self._database, account.user_id)
        if factors:
            # The failures stay until the second factor is right, too: who has the password alone gets no more tries.
            return await self._ask_second(account, factors)
        tokens = await self._begin(account, "password")
        await trying.succeeded()
        return tokens

    async def second(self, challenge: str, answer: Answer) -> Tokens:
        """Begin the session for who has the second factor. Raises `InvalidCredentials`, `RateLimited`, `NotAllowed`."""
        await self._limit("login", f"address:{current_origin().address}")
        waiting = await self._count_try(hash_of(challenge), answer.method)
        account = await self._by_id(waiting.user_id) if waiting else None
        if waiting is None or account is None:
            await self._refused(account, "no such challenge")
            raise InvalidCredentials(_OVER)
        try:
            async with self._lockout.trying(account.email) as trying:
                return await self._second(account, waiting, answer, trying)
        except RateLimited:
            await self._refused(account, "too many failures")
            raise

    async def _second(self, account: AccountRow, waiting: ChallengeRow, answer: Answer, trying: Trying) -> Tokens:
        if not await self._proves(account.user_id, answer, waiting.webauthn):
            await trying.failed()
            await self._refused(account, f"wrong second factor: {answer.method}")
            raise InvalidCredentials(_WRONG_FACTOR)
        if account.disabled_at is not None:
            await self._refused(account, "disabled")
            raise disabled_account()
        async with self._database.transaction() as session:
            used = delete(ChallengeRow).where(ChallengeRow.hash == waiting.hash).returning(ChallengeRow.hash)
            once = await session.scalar(used) is not None
        if not once:
            await self._refused(account, "no such challenge")
            raise InvalidCredentials(_OVER)
        tokens = await self._begin(account, answer.method)
        await trying.succeeded()
        return tokens

    async def _proves(self, user_id: str, answer: Answer, webauthn_challenge: str) -> bool:
        factors = await confirmed(self._database, user_id)
        match answer.method:
            case Method.TOTP:
                apps = [row for row in factors if row.kind == totp.KIND]
                return bool(apps) and await self._codes.use(apps[0], answer.code)
            case Method.WEBAUTHN:
                keys = [row for row in factors if row.kind == webauthn_keys.KIND]
                return await self._keys.use(keys, answer.credential or {}, webauthn_challenge)
            case Method.RECOVERY:
                return bool(factors) and await recovery_codes.use(self._database, user_id, answer.code)

    async def _ask_second(self, account: AccountRow, factors: list[FactorRow]) -> SecondAsked:
        keys = [row for row in factors if row.kind == webauthn_keys.KIND]
        options, webauthn_challenge = self._keys.request_options(keys) if keys else (None, "")
        await self._record(Event("auth.second_factor_asked", account.user_id))
        now, challenge = self._now(), new_token()
        row = ChallengeRow(
            hash=hash_of(challenge),
            user_id=account.user_id,
            purpose=LOGIN,
            webauthn=webauthn_challenge,
            tries=0,
            expires_at=now + GOOD_FOR,
        )
        async with self._database.transaction() as session:
            await session.execute(delete(ChallengeRow).where(ChallengeRow.expires_at <= now))
            session.add(row)
        kinds = {row.kind for row in factors}
        methods = [method for method in (Method.TOTP, Method.WEBAUTHN) if method in kinds]
        return SecondAsked(challenge, (*methods, Method.RECOVERY), options)

    async def _count_try(self, hashed: str, method: Method) -> ChallengeRow | None:
        """The challenge as it was before this try; None when it is over. A WebAuthn challenge serves one try."""
        async with self._database.transaction() as session:
            row = await session.get(ChallengeRow, hashed, with_for_update=True)
            if row is None or row.purpose != LOGIN or row.expires_at <= self._now() or row.tries >= MOST_TRIES:
                return None
            before = ChallengeRow(hash=row.hash, user_id=row.user_id, webauthn=row.webauthn)
            row.tries += 1
            if method is Method.WEBAUTHN:
                row.webauthn = ""
        return before

    async def _begin(self, account: AccountRow, how: str) -> Tokens:
        event = Event("auth.login", account.user_id, resource=f"user:{account.user_id}", details={"factor": how})
        await self._record(event)
        tokens = await self._sessions.begin(Beginning(account.user_id, Way.ACCOUNT))
        # Whoever changed the password or disabled the account meanwhile ended the sessions there were, not this one.
        now = await self._by_id(account.user_id)
        if now is None or now.disabled_at is not None or now.password_at != account.password_at:
            await self._sessions.end(tokens.session_id, "the account was changed meanwhile")
            raise InvalidCredentials(_WRONG)
        return tokens

    async def _renew(self, account: AccountRow, renewed: str) -> None:
        """Keep a better hash, unless the password was changed meanwhile."""
        same = (AccountRow.user_id == account.user_id, AccountRow.password == account.password)
        async with self._database.transaction() as session:
            await session.execute(update(AccountRow).where(*same).values(password=renewed))

    async def _refused(self, account: AccountRow | None, reason: str) -> None:
        user_id = account.user_id if account else None
        await self._record(Event("auth.login", user_id, Outcome.REFUSED, reason=reason, details={"way": Way.ACCOUNT}))

    async def _by_email(self, email: str) -> AccountRow | None:
        async with self._database.reading() as session:
            found: AccountRow | None = await session.scalar(select(AccountRow).where(AccountRow.email == email))
        return found

    async def _by_id(self, user_id: str) -> AccountRow | None:
        async with self._database.reading() as session:
            return await session.get(AccountRow, user_id)
