"""Sessions: begun, checked, refreshed, replayed and ended, on SQLite and PostgreSQL."""

import asyncio
from datetime import UTC, datetime

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from backend.database import Database
from backend.errors import NotAllowed, NotFound, NotSignedIn, RateLimited, TokenExpired, TokenRevoked
from backend.identity.principal import Role, Way
from backend.identity.sessions.access import AccessTokens
from backend.vault import Vault
from tests.integration.identity.desk import KEY, Clock, Desk


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(records: Database, clock: Clock) -> Desk:
    return Desk(records, clock)


async def test_an_access_token_is_good_for_fifteen_minutes_and_its_session_for_longer(desk: Desk, clock: Clock) -> None:
    tokens = await desk.begin()
    principal = await desk.sessions.check(tokens.access)
    assert (principal.user_id, principal.way, principal.session_id) == ("ann", Way.OIDC, tokens.session_id)
    clock.move(tokens.access_seconds + 11)
    with pytest.raises(TokenExpired):
        await desk.sessions.check(tokens.access)
    assert (await desk.sessions.standing(tokens.session_id)).user_id == "ann"
    again = await desk.sessions.refresh(tokens.refresh)
    assert (await desk.sessions.check(again.access)).session_id == tokens.session_id
    clock.move(tokens.refresh_seconds)
    with pytest.raises(TokenExpired):
        await desk.sessions.refresh(again.refresh)


async def test_a_changed_group_and_a_disabled_user_count_at_once(desk: Desk) -> None:
    tokens = await desk.begin()
    desk.roles["ann"] = frozenset({Role.USER, Role.ADMIN})
    assert Role.ADMIN in (await desk.sessions.check(tokens.access)).roles
    desk.shut_out.add("ann")
    with pytest.raises(NotAllowed):
        await desk.sessions.check(tokens.access)
    with pytest.raises(NotAllowed):
        await desk.sessions.refresh(tokens.refresh)
    with pytest.raises(NotAllowed):
        await desk.begin()


@pytest.mark.parametrize("later", [11, 1])
async def test_a_replayed_refresh_token_ends_its_session(desk: Desk, clock: Clock, later: int) -> None:
    """After the grace, and within it once the token that followed was used."""
    first = await desk.begin()
    other = await desk.begin()
    second = await desk.sessions.refresh(first.refresh)
    if later == 1:
        second = await desk.sessions.refresh(second.refresh)
    clock.move(later)
    with pytest.raises(TokenRevoked):
        await desk.sessions.refresh(first.refresh)
    with pytest.raises(TokenRevoked):
        await desk.sessions.refresh(second.refresh)
    with pytest.raises(TokenRevoked):
        await desk.sessions.check(second.access)
    assert "session.replayed" in desk.kinds
    assert (await desk.sessions.check(other.access)).session_id == other.session_id


async def test_refreshes_at_once_are_given_the_same_token(desk: Desk) -> None:
    tokens = await desk.begin()
    given = await asyncio.gather(*(desk.sessions.refresh(tokens.refresh) for _ in range(8)))
    assert len({new.refresh for new in given}) == 1
    assert given[0].refresh != tokens.refresh
    assert (await desk.sessions.check(given[-1].access)).user_id == "ann"


async def test_two_hundred_sessions_begun_at_once_are_all_there(desk: Desk) -> None:
    begun = await asyncio.gather(*(desk.begin(f"user{number}") for number in range(200)))
    users = {(await desk.sessions.check(tokens.access)).user_id for tokens in begun}
    assert len(users) == 200
    assert (await desk.sessions.refresh(begun[-1].refresh)).session_id == begun[-1].session_id


async def test_sessions_are_ended_one_by_one_all_together_and_by_their_issuer(desk: Desk) -> None:
    a, b = await desk.begin(), await desk.begin()
    c = await desk.begin(issuer="https://cloud", issuer_session="s1", subject="ann-at-cloud")
    d = await desk.begin(issuer="https://cloud", issuer_session="s2", subject="ann-at-cloud")
    bob = await desk.begin("bob", issuer="https://other", issuer_session="s1", subject="ann-at-cloud")

    async def left() -> set[str]:
        return {known.id for known in await desk.sessions.list("ann")}

    with pytest.raises(NotFound):
        await desk.sessions.end_own("bob", a.session_id, "not his")
    await desk.sessions.end_own("ann", a.session_id, "hers")
    assert await left() == {b.session_id, c.session_id, d.session_id}
    with pytest.raises(TokenRevoked):
        await desk.sessions.check(a.access)
    with pytest.raises(TokenRevoked):
        await desk.sessions.standing(a.session_id)
    await desk.sessions.end_at_issuer("https://cloud", "s1", "", "signed out there")
    assert await left() == {b.session_id, d.session_id}
    await desk.sessions.end_at_issuer("https://cloud", "", "ann-at-cloud", "signed out there")
    assert await left() == {b.session_id}
    await desk.sessions.end_at_issuer("https://cloud", "", "", "says nothing")
    await desk.sessions.end_all("ann", "password changed")
    assert await left() == set()
    assert (await desk.sessions.check(bob.access)).user_id == "bob"
    assert desk.kinds.count("session.ended") == 4


async def test_an_issuers_tokens_are_refused_by_id_by_session_and_from_before_the_end_of_all(
    desk: Desk, clock: Clock
) -> None:
    issued = clock()
    assert await desk.sessions.check_issued("ann", "t1", "s1", "ann-at-cloud", issued)
    await desk.sessions.revoke_issued("t1", datetime(2026, 3, 6, 12, tzinfo=UTC))
    with pytest.raises(TokenRevoked):
        await desk.sessions.check_issued("ann", "t1", "", "ann-at-cloud", issued)
    await desk.sessions.end_at_issuer("https://cloud", "s1", "", "signed out there")
    with pytest.raises(TokenRevoked):
        await desk.sessions.check_issued("ann", "t2", "s1", "ann-at-cloud", issued)
    await desk.sessions.end_all("ann", "disabled")
    with pytest.raises(TokenRevoked):
        await desk.sessions.check_issued("ann", "t2", "", "ann-at-cloud", issued)
    clock.move(1)
    assert await desk.sessions.check_issued("ann", "t2", "", "ann-at-cloud", clock())
    clock.move(3 * 3600)
    assert await desk.sessions.check_issued("ann", "t1", "", "ann-at-cloud", clock())  # its mark is forgotten


async def test_another_process_refuses_what_this_one_ended_within_a_second(
    records: Database, desk: Desk, clock: Clock
) -> None:
    other = Desk(records, clock)
    told = asyncio.Event()
    other.sessions.on_ended(told.set)
    other.revocations.start()
    try:
        tokens = await desk.begin()
        assert (await other.sessions.check(tokens.access)).user_id == "ann"
        await desk.sessions.end(tokens.session_id, "signed out")
        await asyncio.wait_for(told.wait(), 30)
        with pytest.raises(TokenRevoked):
            await other.sessions.check(tokens.access)
    finally:
        await other.revocations.close()


async def test_no_token_and_no_secret_stands_in_the_records(records: Database, desk: Desk) -> None:
    tokens = await desk.begin(id_token="the.id.token")
    async with records.engine.connect() as connection:
        rows = [
            str(row)
            for table in ("sessions", "refresh_tokens")
            for row in await connection.exec_driver_sql(f"SELECT * FROM {table}")
        ]
    assert tokens.session_id in "".join(rows)
    for secret in (tokens.refresh, tokens.access, "the.id.token"):
        assert secret not in "".join(rows) + repr(desk.events)
    assert await desk.sessions.id_token_of(tokens.session_id) == "the.id.token"


async def test_an_account_that_refreshes_too_often_is_told_so(desk: Desk) -> None:
    tokens = await desk.begin()
    desk.limited = True
    with pytest.raises(RateLimited):
        await desk.sessions.refresh(tokens.refresh)
    desk.limited = False
    await desk.sessions.refresh(tokens.refresh)


async def test_what_is_no_token_of_ours_is_refused(desk: Desk, clock: Clock) -> None:
    good = (await desk.begin()).access
    assert await desk.sessions.check(good)
    head, body, signature = good.split(".")
    key = OctKey.import_key(Vault([KEY]).derive("access tokens"))
    claims = jwt.decode(good, key).claims
    foreign = AccessTokens(b"x" * 32, 900, clock)
    forged = [
        "",
        "nonsense",
        "x" * 1_000_000,
        f"{head}.{body}.",
        f"{head}.{body}.{signature[:-4]}AAAA",
        "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0." + body + ".",
        jwt.encode({"alg": "HS256", "typ": "JWT"}, claims, key),
        jwt.encode({"alg": "HS512", "typ": "at+jwt"}, claims, key, algorithms=["HS512"]),
        foreign.make(AccessTokens(key.raw_value, 900, clock).read(good), "id"),
        *(
            jwt.encode({"alg": "HS256", "typ": "at+jwt"}, {**claims, **change}, key)
            for change in (
                {"iss": "other"},
                {"aud": "other"},
                {"sub": ""},
                {"way": "magic"},
                {"iat": claims["iat"] + 60},
                {"exp": "tomorrow"},
            )
        ),
        *(
            jwt.encode({"alg": "HS256", "typ": "at+jwt"}, {k: v for k, v in claims.items() if k != missing}, key)
            for missing in ("iss", "aud", "sub", "sid", "jti", "iat", "exp", "way")
        ),
    ]
    for token in forged:
        with pytest.raises(NotSignedIn):
            await desk.sessions.check(token)
    for refresh in ("", "nonsense", "x" * 1_000_000, good):
        with pytest.raises(NotSignedIn):
            await desk.sessions.refresh(refresh)
