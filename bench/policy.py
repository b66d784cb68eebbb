"""How long a decision of the policy takes in this process, and what many leave behind: `python -m bench.policy`; JSON.

`evaluated` are questions that were not asked before, `remembered` are those of some users again and again. `wall_ms` is
what a request waits, `processor_ms` what the decision costs by itself on a machine that does other things as well, and
`grown_kb` what the process has grown by (the measured times among it).
"""

import argparse
import asyncio
import json
import resource
import statistics
import time
from itertools import cycle, islice, product
from pathlib import Path

from backend.identity.policy.opening import SHIPPED
from backend.identity.policy.rego import RegoPolicy
from backend.identity.principal import Action, Principal, Resource, Role

# Questions that nobody asked before, and the users who ask again and again.
_EVALUATED, _USERS = 5_000, 200
_ASKED = list(
    product(
        [frozenset({Role.USER}), frozenset({Role.USER, Role.MEDICAL_STAFF}), frozenset({Role.USER, Role.ADMIN})],
        Action,
        ["calendar", "chat", "medical", "audit", "phi"],
    )
)


async def _measure(decisions: int) -> dict[str, object]:
    began = time.perf_counter()
    policy = RegoPolicy(SHIPPED)
    opened = time.perf_counter() - began
    return {
        "open_ms": round(opened * 1000, 2),
        "evaluated": await _run(policy, _EVALUATED, users=_EVALUATED),
        "remembered": await _run(policy, decisions, users=_USERS),
    }


async def _run(policy: RegoPolicy, decisions: int, users: int) -> dict[str, object]:
    wall, processor, before = [], [], _resident_kb()
    for number, (roles, action, kind) in enumerate(islice(cycle(_ASKED), decisions)):
        user_id = f"user{number % users}"
        principal, asked = Principal(user_id, roles), Resource(kind, user_id)
        began, began_here = time.perf_counter(), time.thread_time()
        await policy.decide(principal, action, asked)
        wall.append((time.perf_counter() - began) * 1000)
        processor.append((time.thread_time() - began_here) * 1000)
    grown = _resident_kb() - before
    return {"decisions": decisions, "wall_ms": _spread(wall), "processor_ms": _spread(processor), "grown_kb": grown}


def _spread(taken: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(taken, n=100)
    return {"p50": round(cuts[49], 3), "p95": round(cuts[94], 3), "p99": round(cuts[98], 3)}


def _resident_kb() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 1024


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=100_000)
    print(json.dumps(asyncio.run(_measure(parser.parse_args().decisions)), indent=1))
