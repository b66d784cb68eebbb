"""A policy that is evaluated in this process: files that cannot be used, threads, memory."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backend.errors import BadInput, Unavailable
from backend.identity.policy.opening import SHIPPED
from backend.identity.policy.rego import RegoPolicy
from backend.identity.principal import Action, Principal, Resource, Role

# Four lines; what follows begins at the fifth.
_BEGINNING = 'package voiceassist\n\n# ä\ndefault decision := {"allow": false, "reason": "no"}\n'
_ALLOW = 'decision := {"allow": true, "reason": "yes"} if'


def policy_of(folder: Path, rules: str) -> RegoPolicy:
    path = folder / "own.rego"
    path.write_text(_BEGINNING + rules)
    return RegoPolicy(path)


async def test_a_policy_of_ones_own_decides(tmp_path: Path) -> None:
    conditions = ('"auditor" in input.principal.roles', 'input.resource.kind == "mail"', 'input.action == "read"')
    policy = policy_of(tmp_path, f"{_ALLOW} {{\n{chr(10).join(conditions)}\n}}\n")
    for role, allowed in ((Role.AUDITOR, True), (Role.ADMIN, False)):
        principal = Principal("ann", frozenset({role}))
        assert (await policy.decide(principal, Action.READ, Resource("mail", "ann"))).allow is allowed


def test_a_mistyped_name_that_would_open_what_identifies_patients_is_refused(tmp_path: Path) -> None:
    written = SHIPPED.read_text()
    assert written.count("if revealing\n") == 1
    path = tmp_path / "own.rego"
    path.write_text(written.replace("if revealing\n", "if reveeling\n"))
    with pytest.raises(BadInput, match="without a grant by name"):
        RegoPolicy(path)


def test_a_policy_that_lets_a_program_change_how_one_signs_in_is_refused(tmp_path: Path) -> None:
    written = SHIPPED.read_text()
    assert written.count('== "service"') == 1
    path = tmp_path / "own.rego"
    path.write_text(written.replace('== "service"', '== "servant"'))
    with pytest.raises(BadInput, match="change how its user signs in"):
        RegoPolicy(path)


@pytest.mark.parametrize(
    ("rules", "line", "problem"),
    [
        ("x := {\n", 5, "unclosed"),
        ("\n\nx = = 3\n", 7, "Invalid assignment"),
        ("\n)\n", 6, "Syntax error"),
        (f"{_ALLOW[:-2]} iff input.x\n", 5, "Invalid literal"),
        (f"{_ALLOW} {{\n  no_such_function(1)\n}}\n", 6, "no_such_function"),
        (f"{_ALLOW} again\n\nagain if decision.allow\n", 4, "Recursion"),
        ('decision := "yes"\n', 4, "`allow`"),
        (f"{_ALLOW} true\n", 4, "somebody without any role"),
    ],
)
def test_an_error_is_named_with_file_and_line(tmp_path: Path, rules: str, line: int, problem: str) -> None:
    with pytest.raises(BadInput) as refused:
        policy_of(tmp_path, rules)
    assert f"{tmp_path}/own.rego:{line}: " in refused.value.message
    assert problem in refused.value.message


def test_a_file_of_another_package_or_none_at_all_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.rego"
    for content in (b"", b"package other\n\nx := 1\n", b"\xff\xfe", b"hello"):
        path.write_bytes(content)
        with pytest.raises(BadInput, match=r"own\.rego"):
            RegoPolicy(path)
    with pytest.raises(BadInput, match="POLICY_FILE"):
        RegoPolicy(tmp_path / "missing.rego")


async def test_a_rule_that_fails_at_one_question_allows_nothing_there(tmp_path: Path) -> None:
    policy = policy_of(tmp_path, f'{_ALLOW} {{\n  input.resource.kind == "odd"\n  no_such_function(1)\n}}\n')
    assert not (await policy.decide(Principal("ann"), Action.READ, Resource("mail", "ann"))).allow
    with pytest.raises(Unavailable):
        await policy.decide(Principal("ann"), Action.READ, Resource("odd", "ann"))


def test_threads_that_ask_at_the_same_time_get_their_own_answers() -> None:
    policy = RegoPolicy(SHIPPED)

    def ask(number: int) -> bool:
        own = number % 2 == 0
        resource = Resource("mail", f"user{number}" if own else "another")
        decision = asyncio.run(policy.decide(Principal(f"user{number}"), Action.READ, resource))
        return decision.allow is own

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(ask, range(400)))


def _resident_pages() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1])


async def test_questions_that_were_asked_before_leave_nothing_behind() -> None:
    policy = RegoPolicy(SHIPPED)

    async def decide(count: int) -> int:
        for number in range(count):
            await policy.decide(Principal(f"user{number % 200}"), Action.READ, Resource("mail", "ann"))
        return _resident_pages()

    warm = await decide(1_000)
    assert await decide(20_000) - warm < 250  # pages; evaluated each time it would be thousands
