"""Roles by groups, grants by name."""

import pytest
from structlog.testing import capture_logs

from backend.errors import BadInput
from backend.identity.principal import Role
from backend.identity.roles import Rights, known_roles
from backend.settings import Settings


def test_by_default_nextclouds_administrators_are_ours_and_everybody_is_a_user() -> None:
    rights = Rights.of(Settings())
    assert rights.roles_of(["admin", "staff"]) == {Role.USER, Role.ADMIN}
    assert rights.roles_of(["Admin", "administrators"]) == {Role.USER}
    assert rights.grants_of("admin") == frozenset()


def test_groups_give_the_roles_that_are_set() -> None:
    rights = Rights.of(Settings(role_groups="Ärzte und Pflege=medical_staff, a=b=auditor,a=b=medical_staff, "))
    assert rights.roles_of(["Ärzte und Pflege"]) == {Role.USER, Role.MEDICAL_STAFF}
    assert rights.roles_of(["a=b"]) == {Role.USER, Role.AUDITOR, Role.MEDICAL_STAFF}
    assert rights.roles_of(["admin"]) == {Role.USER}


def test_grants_belong_to_one_user_in_exact_case() -> None:
    rights = Rights.of(Settings(grants="alice=phi:reveal"))
    assert rights.grants_of("alice") == {"phi:reveal"}
    assert rights.grants_of("Alice") == frozenset()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"role_groups": "staff=wizard"}, "ROLE_GROUPS: there is no role 'wizard'"),
        ({"role_groups": "staff"}, "ROLE_GROUPS: 'staff'"),
        ({"role_groups": "=admin"}, "ROLE_GROUPS: '=admin'"),
        ({"grants": "alice=reveal"}, "GRANTS: 'reveal'"),
        ({"grants": "alice=phi:"}, "GRANTS: 'phi:'"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, str], told: str) -> None:
    with pytest.raises(BadInput) as refused:
        Rights.of(Settings.model_validate(settings))
    assert told in refused.value.message


def test_a_role_that_does_not_exist_gives_no_rights_and_is_logged() -> None:
    with capture_logs() as logs:
        assert known_roles(["auditor", "wizard", "ADMIN"]) == {Role.AUDITOR}
    assert [(entry["event"], entry["roles"]) for entry in logs] == [("roles.unknown", ["ADMIN", "wizard"])]
    with capture_logs() as logs:
        assert known_roles(["user"]) == {Role.USER}
    assert logs == []
