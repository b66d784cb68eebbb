"""How long the check of an issuer's access token takes: `python -m bench.issuer_tokens`. Wanted: p95 under 0.2 ms."""

import asyncio
import time
from statistics import quantiles

from tests.integration.oidc.house import HOME, House
from tests.servers.scripted_issuer import scripted_issuer

_CHECKS = 2_000


async def _measure() -> None:
    async with scripted_issuer() as issuer:
        tokens = House(nextcloud_oidc_issuer=issuer.url).oidc.tokens
        assert tokens is not None
        await tokens.check(issuer.access_token(HOME))  # fetches the keys
        made = [issuer.access_token(HOME) for _ in range(_CHECKS)]
        for name in ("first", "remembered"):
            taken = []
            for token in made:
                began = time.perf_counter()
                await tokens.check(token)
                taken.append((time.perf_counter() - began) * 1_000)
            print(f"{name}: p95 {quantiles(taken, n=20)[-1]:.4f} ms over {len(taken)} tokens")


if __name__ == "__main__":
    asyncio.run(_measure())
