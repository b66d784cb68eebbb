"""The OpenAPI document is kept: schemathesis thinks up requests, and every answer must be one that it promises."""

import asyncio
import os
import shutil
import sys
from pathlib import Path

import pytest

from backend.nextcloud.demo.samples import SAMPLES
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


_NO_CRASH = ("--exclude-checks", "not_a_server_error")
