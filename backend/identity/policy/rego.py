"""A policy in Rego, evaluated in this process."""

import json
import threading
from functools import lru_cache
from itertools import product
from pathlib import Path

from regopy import Interpreter, LogLevel, RegoError

from backend.errors import BadInput, Unavailable
from backend.identity.policy.faults import fault_in
from backend.identity.policy.question import PACKAGE, RULE, decision_of, question
from backend.identity.principal import Action, Decision, Principal, Resource, Role, Way

_ENTRY = f"{PACKAGE}/{RULE}"

# Decisions that are remembered, some 500 bytes each. rego-cpp keeps 2.6 kB of every evaluation for good when another
# library has brought in libstdc++ before it (numpy does), so the same question is not evaluated again and again.
_REMEMBERED = 20_000

# What a policy is tried with before it is used: rules are only looked at as far as a question reaches them. Somebody
# without a role may do nothing under any policy, and what identifies patients is for those who were named: a mistyped
# name, which the interpreter takes for a rule that never holds, must not open it. A program does not change how its
# user signs in.
_NOBODY = Principal("nobody", frozenset())
_TRIED_KINDS = ("status", "medical", "audit", "users", "phi", "")


class RegoPolicy:
    """The policy of one file. May be asked from several threads; each question takes its turn.

    What was decided is remembered: a policy decides by its input alone, not by the time or by what is elsewhere.

    Raises `BadInput`, which names file and line, for a policy that cannot be used.
    """

    def __init__(self, path: Path) -> None:
        try:
            source = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"The policy {path} cannot be read ({error}). POLICY_FILE names another one.") from error
        self._path = path
        self._turn = threading.Lock()
        self._decided = lru_cache(_REMEMBERED)(self._evaluate)
        self._interpreter = Interpreter()
        self._interpreter.log_level = LogLevel.NONE  # it would print errors to standard output
        try:
            self._interpreter.add_module(path.name, source)
            self._compiled = self._interpreter.build(None, [_ENTRY])
            if not self._compiled.ok():
                raise RegoError("rules contradict each other")
            self._try()
        except (RegoError, ValueError, Unavailable) as error:
            raise BadInput(f"The policy cannot be used: {path}{fault_in(source, error)}") from error

    async def decide(self, principal: Principal, action: Action, resource: Resource) -> Decision:
        """Takes well under a millisecond, so it is done here and now. Raises `Unavailable` where it fails."""
        try:
            return self._decide(principal, action, resource)
        except (RegoError, ValueError) as error:
            raise Unavailable(
                f"The policy {self._path} fails at {action} of {resource.kind!r}, so nothing is allowed there."
            ) from error

    def _decide(self, principal: Principal, action: Action, resource: Resource) -> Decision:
        # As text in ASCII: what is handed over as objects ends at its first NUL, so that "ann\0" would be "ann".
        return self._decided(json.dumps(question(principal, action, resource)))

    def _evaluate(self, asked: str) -> Decision:
        with self._turn:
            self._interpreter.set_input_term(asked)
            results = self._interpreter.query_bundle_entrypoint(self._compiled, _ENTRY).results
        expressions = results[0].expressions if results else []
        return decision_of(expressions[0] if expressions else None)

    def _try(self) -> None:
        for action, kind in product(Action, _TRIED_KINDS):
            if self._decide(_NOBODY, action, Resource(kind, _NOBODY.user_id)).allow:
                raise ValueError(f"it allows {action} of {kind!r} to somebody without any role")
            for role in Role:
                decision = self._decide(Principal("somebody", frozenset({role})), action, Resource(kind, "somebody"))
                if decision.allow and (kind == "phi" or action is Action.REVEAL):
                    raise ValueError(f"it allows {action} of {kind!r} to the role {role}, without a grant by name")
        program = Principal("somebody", frozenset(Role), Way.SERVICE)
        if self._decide(program, Action.WRITE, Resource("auth", "somebody")).allow:
            raise ValueError("it allows a program to change how its user signs in")
