"""The OpenAPI document for those who may not do everything: what schemathesis thinks up is asked by each of them.

Every answer must be one that the document promises, and its status what the policy says: 401 for nobody, 403 where it
denies, neither where it allows.
"""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from backend import house as house_module
from backend.app import create_app
from backend.house import House, open_house
from backend.identity.principal import Action, Principal, Resource, Role, Way
from backend.identity.residents import OnePerson
from backend.identity.session import Beginning
from backend.settings import Settings
from tests.integration.identity.test_routes_are_decided import FOR_EVERYBODY, SIGNING_IN
from tests.servers import schemathesis_hooks  # noqa: F401 - what schemathesis needs to run here
from tests.servers.listening import listening

# Of each operation: so many requests as the document wants them, and as it does not.
_EXAMPLES = {GenerationMode.POSITIVE: 2, GenerationMode.NEGATIVE: 1}
_CHECKS = [content_type_conformance, response_schema_conformance, status_code_conformance]
_PUBLIC = FOR_EVERYBODY | SIGNING_IN
NOBODY = "nobody"
ROLES = {
    "user": frozenset({Role.USER}),
    "auditor": frozenset({Role.USER, Role.AUDITOR}),
    "medical": frozenset({Role.USER, Role.MEDICAL_STAFF}),
    "without a role": frozenset[Role](),
    "program": frozenset(Role),
}


class Colleagues(OnePerson):
    """Everybody has the role that their name says. It leaves unproved where roles come from: Nextcloud's groups."""

    async def roles_of(self, name: str, account: frozenset[Role] = frozenset()) -> frozenset[Role]:
        return ROLES[name]


@dataclass(frozen=True)
class Caller:
    """Somebody who asks: what they send, and what the policy says of each operation ("GET /api/v1/status")."""

    headers: dict[str, str]
    allowed: Mapping[str, bool]


async def _caller(house: House, name: str, operations: list[tuple[str, str]]) -> Caller:
    assert house.outside is not None
    assert house.visitor is not None
    way = Way.SERVICE if name == "program" else Way.OIDC
    if way is Way.SERVICE:
        _, secret = await house.outside.keys.make(name, "a script", None, read_only=False)
        token = secret.written()
    else:
        token = (await house.outside.sessions.begin(Beginning(name, way))).access
    principal = Principal(house.visitor.user_id, ROLES[name], way, name=name)
    allowed = {}
    for method, path in operations:
        kind = path.removeprefix("/api/v1/").partition("/")[0]
        action = Action.READ if method == "GET" else Action.WRITE
        decision = await house.policy.decide(principal, action, Resource(kind, principal.user_id))
        allowed[f"{method} {path}"] = decision.allow
    return Caller({"Authorization": f"Bearer {token}"}, allowed)


def _cases(operation: Any) -> Iterator[Any]:
    for mode, examples in _EXAMPLES.items():
        if mode is GenerationMode.NEGATIVE and not (operation.body or list(operation.iter_parameters())):
            continue
        found: list[Any] = []

        @seed(7)
        @settings(
            max_examples=examples,
            phases=[Phase.generate],
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy(generation_mode=mode))
        def think_up(case: Any) -> None:
            found.append(case)  # noqa: B023 - it is called here and now

        # Of some operations nothing that is sent is unwanted.
        with contextlib.suppress(*([Unsatisfiable] if mode is GenerationMode.NEGATIVE else [])):
            think_up()
        yield from filter(_keeps_its_path, found)


def _keeps_its_path(case: Any) -> bool:
    """Whether the parameters leave the path as it is: with a slash in one it is a path that may lead elsewhere."""
    return not any("/" in str(value) or str(value) in (".", "..") for value in (case.path_parameters or {}).values())


def _problem(case: Any, answer: Any, label: str, name: str, caller: Caller) -> str | None:
    """What is wrong with an answer."""
    status = answer.status_code
    try:
        case.validate_response(answer, checks=_CHECKS)
    except BaseExceptionGroup as failures:
        return "; ".join(str(failure).splitlines()[0] for failure in failures.exceptions)
    if status == 422 and "JSON decode error" in answer.text:
        wrong = False  # FastAPI reads a body before it asks who sends it: that is all that is told
    elif case.operation.path in _PUBLIC:
        wrong = status == 401 and case.operation.path in FOR_EVERYBODY
    elif name == NOBODY:
        wrong = status != 401
    else:
        # Nobody hears some languages here, and no mail server answers: what is missing is said by 503.
        wrong = status in (401, 403) if caller.allowed[label] else status != 403
        wrong |= status >= 500 and status != 503
    return f"answers {status}" if wrong else None


def _walk(address: str, callers: Mapping[str, Caller]) -> tuple[set[str], int]:
    """What is wrong, and how many answers there were."""
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    wrong, answers = set(), 0
    with requests.Session() as session:
        for result in schema.get_all_operations():
            assert isinstance(result, Ok)
            operation = result.ok()
            label = f"{operation.method.upper()} {operation.path}"
            for case in _cases(operation):
                for name, caller in callers.items():
                    if operation.path in _PUBLIC and name != NOBODY:
                        continue  # they would sign themselves out
                    headers = {"X-Requested-With": "test", **caller.headers}
                    answer = case.call(headers=headers, session=session, timeout=30, allow_redirects=False)
                    answers += 1
                    problem = _problem(case, answer, label, name, caller)
                    if problem:
                        wrong.add(f"{label} by {name}: {problem}")
    return wrong, answers


@pytest.mark.timeout(400)
# schemathesis itself does so when it thinks up what the document does not want.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning")
async def test_nobody_gets_more_or_less_than_the_policy_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house_module, "OnePerson", Colleagues)
    given_settings = {
        "app_persistent_storage": tmp_path,
        "indexing": False,
        "nextcloud_oidc_issuer": "http://127.0.0.1:9",  # it is not asked: the sessions are begun here
        "nextcloud_client_id": "voiceassist",
        "nextcloud_client_secret": "a-secret-of-the-tests-only",
        "nextcloud_redirect_uri": "http://127.0.0.1/auth/callback",
    }
    async with open_house(Settings.model_validate(given_settings)) as house, listening() as (address, serve):
        app = create_app(house)
        operations = [(method.upper(), path) for path, methods in app.openapi()["paths"].items() for method in methods]
        callers = {name: await _caller(house, name, operations) for name in ROLES}
        denied = {name: sum(not allow for allow in caller.allowed.values()) for name, caller in callers.items()}
        async with serve(app):
            wrong, answers = await asyncio.to_thread(_walk, address, callers | {NOBODY: Caller({}, {})})
    assert not wrong, "\n".join(sorted(wrong))
    assert answers > 5 * len(operations)
    # Each of them is denied something, but for who may read the audit.
    assert denied["user"] == denied["medical"] > denied["auditor"]
    assert denied["program"] > 0
    assert denied["without a role"] > len(operations) * 0.8
