"""Which policy is in force, by the settings."""

from contextlib import AsyncExitStack
from pathlib import Path

from backend.errors import BadInput
from backend.identity.policy.opa import OpaPolicy
from backend.identity.policy.rego import RegoPolicy
from backend.identity.principal import Policy
from backend.settings import Settings

SHIPPED = Path(__file__).parents[3] / "deploy/policy/voiceassist.rego"


def open_policy(settings: Settings, stack: AsyncExitStack) -> Policy:
    """The policy, which `stack` closes. Raises `BadInput` for one that cannot be used."""
    if not settings.opa_url:
        return RegoPolicy(Path(settings.policy_file) if settings.policy_file else SHIPPED)
    if settings.policy_file:
        raise BadInput("OPA_URL and POLICY_FILE are both set: OPA decides by its own policy, so leave one out.")
    opa = OpaPolicy(settings.opa_url)
    stack.push_async_callback(opa.close)
    return opa
