"""The OpenAPI document is kept: schemathesis thinks up requests, and every answer must be one that it promises."""

import asyncio
import os
import shutil
import sys
from pathlib import Path

import pytest

from backend.nextcloud.demo.samples import SAMPLES
from tests.servers.local_accounts import local_accounts
from tests.servers.product import all_indexed, product

# For whoever may do everything, and for a foreign page. On two idle processors 2,600 requests are thought up in 20 s.
_SECONDS, _FOREIGN_SECONDS = 20, 8
_CHECKS = "status_code_conformance,content_type_conformance,response_schema_conformance,not_a_server_error"


async def _fuzz(address: str, folder: Path, *arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("schemathesis"),
        *("run", f"{address}/openapi.json", "--checks", _CHECKS, "--phases", "coverage,fuzzing", "--seed", "7"),
        *("--max-time", str(_SECONDS), "--continue-on-failure", "--request-timeout", "30", "--no-color"),
        *("--suppress-health-check", "all", "--generation-database", "none", *arguments),
        env={**os.environ, "SCHEMATHESIS_HOOKS": "tests.servers.schemathesis_hooks", "PYTHONPATH": str(Path.cwd())},
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


@pytest.mark.timeout(400)
async def test_every_answer_is_one_that_the_document_promises(tmp_path: Path) -> None:
    """For the one who may do everything, and for a foreign page, which may do nothing that changes something."""
    # A few files are enough: what is asked about them is thought up.
    shutil.copytree(SAMPLES / "Leaflets", tmp_path / "demo" / "files")
    async with product(tmp_path) as address:
        await all_indexed(address)
        # Nobody hears or speaks some languages here, and no mail or calendar server answers: that is said by 503.
        code, said = await _fuzz(address, tmp_path, "-H", "X-Requested-With: test", *_NO_CRASH)
        assert code == 0, said[-6000:]
        code, said = await _fuzz(address, tmp_path, "--max-time", str(_FOREIGN_SECONDS), *_NO_CRASH)
        assert code == 0, said[-6000:]


@pytest.mark.timeout(300)
async def test_every_answer_about_signing_in_is_one_that_the_document_promises(tmp_path: Path) -> None:
    """For somebody with an account, and for nobody."""
    async with local_accounts(tmp_path, ACCOUNTS_REGISTRATION="*") as accounts:
        added = await asyncio.to_thread(accounts.command, "accounts", "add", "ann@clinic.example", "--user-id", "ann")
        # Not the password of the examples in the document, by which it would be changed.
        token, password = added.stdout.strip().rpartition("=")[2], "ofen specht rille 4"
        async with accounts.client("198.51.100.7") as ann:
            await ann.post("auth/password/reset", json={"token": token, "password": password})
            given = await ann.post("auth/login", json={"email": "ann@clinic.example", "password": password})
            access = given.json()["data"]["tokens"]["access"]
        only = ("--include-path-regex", "^/api/v1/auth/", "--max-time", "20", "-H", "X-Requested-With: test")
        # Who signs out, or ends a session that the answers named, is nobody from then on.
        signed_in = ("--exclude-path-regex", "/logout|/sessions/", "-H", f"Authorization: Bearer {access}")
        for more in (signed_in, ()):
            code, said = await _fuzz(accounts.address, tmp_path, *only, *more)
            assert code == 0, said[-6000:]
        async with accounts.client("198.51.100.7", access) as ann:
            still = await ann.get("auth/me")
            assert still.is_success, accounts.command("audit", "query", "--user", "ann").stdout


_NO_CRASH = ("--exclude-checks", "not_a_server_error")
