"""How long a decision of the policy takes in this process, and what many leave behind: `python -m bench.policy`; JSON.

`wall_ms` is what a request waits, `processor_ms` what the decision costs by itself on a machine that does other things
as well. `grown_kb` is what the process has grown by after them all.
"""

import argparse
import asyncio
import json
import resource
import statistics
import time
from itertools import cycle, islice, product

from backend.identity.policy.opening import SHIPPED
from backend.identity.policy.rego import RegoPolicy
from backend.identity.principal import Action, Principal, Resource, Role

_WARM_UP = 1_000
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
    wall, processor, before = [], [], 0
    for number, (roles, action, kind) in enumerate(islice(cycle(_ASKED), decisions + _WARM_UP)):
        if number == _WARM_UP:
            before = _grown_kb()
        principal, asked = Principal(f"user{number}", roles), Resource(kind, f"user{number}")
        began, began_here = time.perf_counter(), time.thread_time()
        await policy.decide(principal, action, asked)
        if number >= _WARM_UP:
            wall.append((time.perf_counter() - began) * 1000)
            processor.append((time.thread_time() - began_here) * 1000)
    return {
        "decisions": decisions,
        "open_ms": round(opened * 1000, 2),
        "wall_ms": _spread(wall),
        "processor_ms": _spread(processor),
        "grown_kb": _grown_kb() - before,
    }


def _spread(taken: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(taken, n=100)
    return {"p50": round(cuts[49], 3), "p95": round(cuts[94], 3), "p99": round(cuts[98], 3)}


def _grown_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=100_000)
    print(json.dumps(asyncio.run(_measure(parser.parse_args().decisions)), indent=1))
