"""`oidc-provider` from npm as a real OpenID Connect issuer, and a user with a browser who signs in at it."""

import asyncio
import html
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import httpx

CLIENT_ID = "voiceassist"
CLIENT_SECRET = "a-secret-of-the-tests-only"
_SCRIPT = Path(__file__).with_name("oidc-provider.mjs")
_START_SECONDS = 30.0
# So many steps has no sign-in.
_MOST_STEPS = 20


@dataclass(frozen=True, slots=True)
class Issuer:
    """A running issuer: its name is its address."""

    url: str


@asynccontextmanager
async def oidc_provider(
    origin: str, accounts: Mapping[str, Sequence[str]], access_seconds: int = 900
) -> AsyncIterator[Issuer]:
    """Start it for a VoiceAssist at `origin`. `accounts` are those who can sign in, with their groups."""
    process = await asyncio.create_subprocess_exec(
        "node",
        _SCRIPT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # it warns of its own pages, which are for development
    )
    assert process.stdin
    assert process.stdout
    try:
        asked = {"origin": origin, "accounts": accounts, "accessSeconds": access_seconds}
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        line = await asyncio.wait_for(process.stdout.readline(), _START_SECONDS)
        assert line, "oidc-provider did not start"
        yield Issuer(json.loads(line)["issuer"])
    finally:
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()


class Person:
    """Somebody with a browser. Keeps the issuer's cookies between sign-ins; ours are the test's matter."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._browser = httpx.AsyncClient(trust_env=False, timeout=20)

    async def __aenter__(self) -> "Person":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._browser.aclose()

    async def follow(self, url: str, until: str) -> str:
        """Open an address at the issuer, fill in what it asks, and give the address below `until` it leads to."""
        for _ in range(_MOST_STEPS):
            if url.startswith(until):
                return url
            answer = await self._browser.get(url)
            if answer.is_redirect:
                url = urljoin(url, answer.headers["location"])
                continue
            assert answer.status_code == 200, f"{url}: {answer.status_code} {answer.text[:500]}"
            form = re.search(r'<form[^>]*action="([^"]+)"', answer.text)
            assert form, f"a page without a form: {answer.text[:500]}"
            fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', answer.text))
            sent = {**fields, "login": self.name, "password": "any", "logout": "yes"}
            target = urljoin(url, html.unescape(form[1]))
            answer = await self._browser.post(target, data=sent)
            assert answer.is_redirect, f"{target}: {answer.status_code} {answer.text[:500]}"
            url = urljoin(url, answer.headers["location"])
        raise AssertionError(f"never came to {until}")
