"""The whole product with local accounts, whose mails go to a mail server of the test's own by STARTTLS."""

import asyncio
import os
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path

import httpx

from tests.servers.mail import PASSWORD, Postbox, make_certificate, smtp_server
from tests.servers.ports import free_port
from tests.servers.product import PROGRAM, product

_MAIL_SECONDS = 30.0


@dataclass(frozen=True)
class Accounts:
    """A running product. `address` is its page, `postbox` what it sent, `settings` its environment."""

    address: str
    postbox: Postbox
    settings: dict[str, str]

    def client(self, source: str, access: str = "") -> httpx.AsyncClient:
        """A client as a proxy hands it on: from the IP address `source`."""
        headers = {"X-Requested-With": "test", "X-Forwarded-For": source}
        headers |= {"Authorization": f"Bearer {access}"} if access else {}
        return httpx.AsyncClient(base_url=f"{self.address}/api/v1/", headers=headers, trust_env=False, timeout=60)

    async def token(self, to: str, purpose: str) -> str:
        """Wait for a mail to this address with a link to `purpose`; its token. It is not found again."""
        link = re.compile(rf"{re.escape(self.address)}/#/{purpose}\?token=([\w-]+)")
        async with asyncio.timeout(_MAIL_SECONDS):
            while True:
                for place, mail in enumerate(map(message_from_bytes, self.postbox.mails)):
                    text = mail.get_payload(decode=True)
                    assert isinstance(text, bytes)
                    if mail["To"] == to and (found := link.search(text.decode())):
                        del self.postbox.mails[place]
                        return found[1]
                await asyncio.sleep(0.05)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """What `voiceassist` says beside it."""
        return subprocess.run(
            [PROGRAM, *arguments], env={**os.environ, **self.settings}, capture_output=True, text=True, timeout=60
        )


@asynccontextmanager
async def local_accounts(storage: Path, **settings: str) -> AsyncIterator[Accounts]:
    """Start it over `storage`; `settings` go before those that it needs."""
    port = free_port()
    address = f"http://localhost:{port}"
    certificate = make_certificate(storage)
    with smtp_server(certificate) as smtp:
        settings = {
            "APP_PORT": str(port),
            "LOCAL_ACCOUNTS": "true",
            "ACCOUNTS_REGISTRATION": "@clinic.example",
            "ACCOUNTS_BASE_URL": address,
            "ACCOUNTS_SMTP_URL": f"smtp://voiceassist:{PASSWORD}@localhost:{smtp.port}",
            "ACCOUNTS_SENDER": "VoiceAssist <assistant@clinic.example>",
            "SSL_CERT_FILE": str(certificate.cert),
            "TRUSTED_PROXIES": "127.0.0.1",
            "APP_PERSISTENT_STORAGE": str(storage),
            **settings,
        }
        async with product(storage, **settings):
            yield Accounts(address, smtp.postbox, settings)
