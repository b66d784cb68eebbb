"""Who may come in, and as what, where there are local accounts as well."""

import pytest

from backend.errors import NotAllowed
from backend.identity.accounts.registration import admits
from backend.identity.principal import Role
from backend.identity.residents import OnePerson, WithAccounts
from backend.settings import Settings

_ACCOUNTS = {"account-1": frozenset({Role.USER, Role.AUDITOR}), "ida": frozenset({Role.USER})}


async def account_roles(name: str) -> frozenset[Role]:
    if name == "disabled":
        raise NotAllowed("This account is disabled.")
    return _ACCOUNTS.get(name, frozenset())


async def test_a_persons_own_voiceassist_lets_in_that_person_those_who_are_named_and_accounts() -> None:
    residents = WithAccounts(OnePerson("ida", ["alice", "disabled"]), account_roles)
    assert await residents.roles_of("ida") == {Role.USER, Role.ADMIN}
    assert await residents.roles_of("alice") == {Role.USER}
    assert await residents.roles_of("account-1") == {Role.USER, Role.AUDITOR}
    assert residents.acts_as("account-1") == "ida"
    with pytest.raises(NotAllowed, match="SIGN_IN_ALLOWED"):
        await residents.roles_of("mallory")


async def test_a_disabled_account_is_refused_whoever_else_would_let_it_in() -> None:
    assert await OnePerson("ida", ["disabled"]).roles_of("disabled") == {Role.USER}
    with pytest.raises(NotAllowed, match="disabled"):
        await WithAccounts(OnePerson("ida", ["disabled"]), account_roles).roles_of("disabled")


async def test_a_changed_role_holds_within_seconds_and_a_lookup_serves_until_then() -> None:
    roles, seconds = {"account-1": frozenset({Role.USER})}, [0.0]

    async def looked_up(name: str) -> frozenset[Role]:
        return roles[name]

    residents = WithAccounts(OnePerson("ida", []), looked_up, lambda: seconds[0])
    assert await residents.roles_of("account-1") == {Role.USER}
    roles["account-1"] = frozenset({Role.AUDITOR})
    seconds[0] = 4.9
    assert await residents.roles_of("account-1") == {Role.USER}
    seconds[0] = 5.0
    assert await residents.roles_of("account-1") == {Role.AUDITOR}


@pytest.mark.parametrize(
    ("admitted", "email", "expected"),
    [
        ({"@clinic.example"}, "ann@clinic.example", True),
        ({"@clinic.example"}, "ann@other.clinic.example", False),
        ({"@clinic.example"}, "ann@evilclinic.example", False),
        ({"ann@home.example"}, "ann@home.example", True),
        ({"ann@home.example"}, "bob@home.example", False),
        ({"*"}, "ann@home.example", True),
        (set(), "ann@home.example", False),
    ],
)
def test_an_address_registers_when_it_its_domain_or_everybody_is_named(
    admitted: set[str], email: str, expected: bool
) -> None:
    assert admits(admitted, email) is expected


@pytest.mark.parametrize("wrong", ["true", "clinic.example", "ann@", "@clinic.example, yes"])
def test_who_may_register_is_not_said_by_anything_else(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"such as @clinic\.example"):
        Settings(accounts_registration=wrong)
