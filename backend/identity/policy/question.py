"""What a policy is asked, and what it may answer: the same document for every way to evaluate one."""

from backend.errors import Unavailable
from backend.identity.principal import Action, Decision, Principal, Resource

PACKAGE = "voiceassist"
RULE = "decision"


def question(principal: Principal, action: Action, resource: Resource) -> dict[str, object]:
    """The policy's `input`; deploy/policy/voiceassist.rego says what it looks like."""
    return {
        "principal": {
            "user_id": principal.user_id,
            "roles": sorted(principal.roles),
            "way": principal.way,
            "grants": sorted(principal.grants),
        },
        "action": action,
        "resource": {"kind": resource.kind, "owner": resource.owner},
    }


def decision_of(value: object) -> Decision:
    """What `data.voiceassist.decision` says. Raises `Unavailable` where it says nothing that can be acted on."""
    if isinstance(value, dict):
        allow, reason = value.get("allow"), value.get("reason")
        if isinstance(allow, bool) and isinstance(reason, str):
            return Decision(allow, reason)
    raise Unavailable(
        f"The policy gives no decision: data.{PACKAGE}.{RULE} must be an object with `allow` (true or false) and "
        "`reason` (text). Nothing is allowed until it does."
    )
