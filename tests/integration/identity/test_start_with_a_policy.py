"""A policy that cannot be used stops the start, through the command line."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.servers.product import PROGRAM


async def start(folder: Path, **settings: str) -> tuple[int, str]:
    """Start it, where it will not run for long; returns its exit code and what it said, without line breaks."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        "serve",
        "--port",
        "0",
        env={**kept, "APP_PERSISTENT_STORAGE": str(folder), "COLUMNS": "500", **settings},
        cwd=folder,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    return process.returncode or 0, said.decode()


async def test_an_error_in_the_policy_is_named_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "own.rego").write_text("package voiceassist\n\ndecision = = 3\n")
    code, said = await start(tmp_path, POLICY_FILE="own.rego")
    assert code == 1
    assert "own.rego:3: Invalid assignment operator" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"ROLE_GROUPS": "staff=wizard"}, "there is no role 'wizard'"),
        ({"POLICY_FILE": "missing.rego"}, "missing.rego"),
        ({"OPA_URL": "127.0.0.1:8181"}, "OPA_URL"),
    ],
)
async def test_a_setting_that_cannot_be_meant_is_named(tmp_path: Path, settings: dict[str, str], told: str) -> None:
    code, said = await start(tmp_path, **settings)
    assert code == 1
    assert told in said
    assert "Traceback" not in said
