"""The contract of every policy: the same decisions, evaluated in this process or by a server."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.identity.policy.opa import OpaPolicy
from backend.identity.policy.opening import SHIPPED
from backend.identity.policy.rego import RegoPolicy
from backend.identity.principal import Action, Decision, Policy, Principal, Resource, Role, Way
from tests.servers.opa import OpaServer

READ, WRITE, REVEAL = Action.READ, Action.WRITE, Action.REVEAL
USER, STAFF, AUDITOR, ADMIN = Role.USER, Role.MEDICAL_STAFF, Role.AUDITOR, Role.ADMIN
GRANT = "phi:reveal"

PERSONAL = (
    "actions", "auth", "calendar", "chat", "contacts", "conversations", "files", "folders", "mail", "nodes", "passages",
    "reminders", "search", "status", "voice",
)  # fmt: skip
SHARED = {"medical": STAFF, "audit": AUDITOR, "groups": ADMIN, "users": ADMIN}


def may(principal: Principal, action: Action, resource: Resource) -> bool:
    """What the administration manual promises, said once more and in another language than the policy."""
    if resource.kind == "phi" or action is REVEAL:
        return resource.kind == "phi" and action is REVEAL and GRANT in principal.grants
    if resource.kind not in (*PERSONAL, *SHARED):
        return False
    if principal.way is Way.SERVICE and resource.kind == "auth" and action is WRITE:
        return False
    if ADMIN in principal.roles:
        return True
    if resource.kind in SHARED:
        return SHARED[resource.kind] in principal.roles
    return USER in principal.roles and resource.owner == principal.user_id


@pytest.fixture(params=["here", "opa"])
async def policy(request: pytest.FixtureRequest) -> AsyncIterator[Policy]:
    if request.param == "here":
        yield RegoPolicy(SHIPPED)
        return
    with OpaServer(SHIPPED).serving() as server:
        opa = OpaPolicy(server.url, seconds=20.0)  # the stand-in is slow on a busy machine
        yield opa
        await opa.close()


def somebody(*roles: Role, user_id: str = "ann", grants: frozenset[str] = frozenset()) -> Principal:
    return Principal(user_id, frozenset(roles), Way.APPAPI, grants=grants)


@pytest.mark.parametrize(
    ("roles", "action", "kind", "owner", "allowed"),
    [
        ((USER,), READ, "calendar", "ann", True),
        ((USER,), WRITE, "mail", "ann", True),
        ((USER,), READ, "calendar", "ben", False),
        ((USER,), READ, "calendar", "Ann", False),
        ((USER,), READ, "medical", "ann", False),
        ((USER,), READ, "audit", "ann", False),
        ((USER,), WRITE, "users", "ann", False),
        ((USER, AUDITOR), READ, "groups", "ann", False),
        ((STAFF,), READ, "medical", "", True),
        ((STAFF,), READ, "audit", "ann", False),
        ((STAFF,), READ, "calendar", "ann", False),
        ((AUDITOR,), READ, "audit", "", True),
        ((AUDITOR,), READ, "medical", "ann", False),
        ((USER, AUDITOR), READ, "calendar", "ben", False),
        ((ADMIN,), READ, "calendar", "ben", True),
        ((ADMIN,), WRITE, "users", "", True),
        ((ADMIN,), READ, "audit", "", True),
        ((ADMIN,), READ, "no-such-kind", "ann", False),
        ((ADMIN,), REVEAL, "phi", "ann", False),
        ((ADMIN,), REVEAL, "calendar", "ann", False),
        ((ADMIN,), READ, "phi", "ann", False),
        ((), READ, "status", "ann", False),
    ],
)
async def test_each_role_may_what_is_said_of_it(
    policy: Policy, roles: tuple[Role, ...], action: Action, kind: str, owner: str, allowed: bool
) -> None:
    decision = await policy.decide(somebody(*roles), action, Resource(kind, owner))
    assert (decision.allow, bool(decision.reason)) == (allowed, True)
    assert may(somebody(*roles), action, Resource(kind, owner)) is allowed


async def test_what_identifies_patients_is_revealed_to_whom_it_was_granted_and_to_nobody_else(policy: Policy) -> None:
    phi = Resource("phi", "ann")
    granted = somebody(USER, grants=frozenset({GRANT}))
    assert await policy.decide(granted, REVEAL, phi) == Decision(True, "granted by name")
    for grants in ({"phi:read"}, {"PHI:REVEAL"}, {"phi:reveal "}, {"*"}, set[str]()):
        refused = somebody(*Role, grants=frozenset(grants))
        assert await policy.decide(refused, REVEAL, phi) == Decision(False, "it takes a grant by name")


async def test_a_program_does_what_its_user_may_but_changes_nothing_about_signing_in(policy: Policy) -> None:
    own = {kind: Resource(kind, "ann") for kind in ("auth", "mail", "audit")}
    program, person = (Principal("ann", frozenset({USER, ADMIN}), way) for way in (Way.SERVICE, Way.ACCOUNT))
    assert not (await policy.decide(program, WRITE, own["auth"])).allow
    for principal, action, kind in (
        (person, WRITE, "auth"), (program, READ, "auth"), (program, WRITE, "mail"), (program, READ, "audit"),
    ):  # fmt: skip
        assert (await policy.decide(principal, action, own[kind])).allow


async def test_a_role_that_nobody_knows_gives_nothing(policy: Policy) -> None:
    wizard = Principal("ann", frozenset({"wizard", "Admin", "admin "}))  # type: ignore[arg-type]
    for kind in (*PERSONAL, *SHARED, "phi"):
        for action in Action:
            assert not (await policy.decide(wizard, action, Resource(kind, "ann"))).allow


async def test_names_are_compared_whole_and_letter_by_letter(policy: Policy) -> None:
    for one, other in (("ann\0", "ann"), ("ann\0x", "ann\0y"), ("é", "e\u0301"), ("a\\u0062", "ab"), ('a"', "a")):
        assert not (await policy.decide(somebody(USER, user_id=one), READ, Resource("mail", other))).allow
        assert (await policy.decide(somebody(USER, user_id=one), READ, Resource("mail", one))).allow


_names = st.text(max_size=12) | st.sampled_from(["ann", "ben"])
_principals = st.builds(
    Principal,
    _names,
    st.frozensets(st.sampled_from(Role)),
    st.sampled_from(Way),
    grants=st.frozensets(st.sampled_from([GRANT, "phi:read", "audit:read", ""]) | st.text(max_size=5), max_size=3),
)
_kinds = st.sampled_from([*PERSONAL, *SHARED, "phi"]) | st.text(max_size=10)
_HERE = RegoPolicy(SHIPPED)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_principals, st.sampled_from(Action), _kinds, _names, st.booleans())
async def test_nobody_may_more_or_less_than_the_table_says(
    principal: Principal, action: Action, kind: str, owner: str, own: bool
) -> None:
    resource = Resource(kind, principal.user_id if own else owner)
    assert (await _HERE.decide(principal, action, resource)).allow is may(principal, action, resource)
