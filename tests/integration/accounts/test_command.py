"""`voiceassist accounts`, on the records of each kind of server, and what of it stands in the audit."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PAGE = "https://assistant.clinic.example"
ANN = "ann@clinic.example"
Said = tuple[int, str]


@pytest.fixture(params=["sqlite", "postgresql"])
def voiceassist(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Said]:
    settings = {
        "APP_PERSISTENT_STORAGE": str(tmp_path / "storage"),
        "LOCAL_ACCOUNTS": "true",
        "ACCOUNTS_BASE_URL": PAGE,
        "ACCOUNTS_SMTP_URL": "smtp://localhost",
        "ACCOUNTS_SENDER": "assistant@clinic.example",
        "PYTHONPATH": os.environ.get("PYTHONPATH") or str(Path(__file__).parents[3]),
        "COLUMNS": "300",
    }
    if request.param == "postgresql":
        settings["DATABASE_URL"] = request.getfixturevalue("postgres_url")

    def run(*arguments: str, **more: str) -> Said:
        done = subprocess.run(
            [sys.executable, "-c", "from backend.cli import main; main()", *arguments],
            env=settings | more,
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.mark.timeout(200)
def test_an_administrator_adds_changes_disables_and_removes_an_account_on_record(
    voiceassist: Callable[..., Said],
) -> None:
    code, said = voiceassist("accounts", "add", ANN, "--name", "Ann", "--user-id", "ann")
    assert (code, said.startswith(f"{PAGE}/#/reset?token=")) == (0, True), said
    code, said = voiceassist("accounts", "add", ANN)
    assert (code, "There is an account" in said) == (1, True)
    assert voiceassist("accounts", "roles", ANN, "--role", "user", "--role", "auditor") == (0, "")
    assert voiceassist("accounts", "disable", ANN) == (0, "")
    code, said = voiceassist("accounts", "list", "--json")
    facts = {"user_id": "ann", "email": ANN, "name": "Ann", "roles": ["auditor", "user"], "disabled": True}
    assert json.loads(said) == facts
    assert voiceassist("accounts", "enable", ANN) == (0, "")
    assert voiceassist("accounts", "reset-second-factor", ANN) == (0, "")
    assert voiceassist("accounts", "remove", ANN) == (0, "")
    assert voiceassist("accounts", "list") == (0, "")
    code, said = voiceassist("accounts", "disable", ANN)
    assert (code, "There is no account" in said) == (1, True)

    code, said = voiceassist("audit", "verify")
    assert code == 0, said
    code, said = voiceassist("audit", "query", "--json", "--resource", "user:ann")
    kinds = [json.loads(line)["kind"].removeprefix("account.") for line in said.splitlines()]
    assert kinds == ["removed", "factors_reset", "enabled", "disabled", "roles_changed", "created"]


@pytest.mark.parametrize(
    ("arguments", "more", "expected"),
    [
        (("list",), {"LOCAL_ACCOUNTS": "false"}, "LOCAL_ACCOUNTS is off"),
        (("list",), {"ACCOUNTS_BASE_URL": ""}, "ACCOUNTS_BASE_URL"),
        (("list",), {"ACCOUNTS_BASE_URL": "http://assistant.clinic.example"}, "must begin with https://"),
        (("add", ANN, "--role", "chief"), {}, "'chief' is no role"),
        (("add", "ann"), {}, "is not a mail address"),
        (("add", ANN), {"APP_SECRET": "s", "NEXTCLOUD_URL": "https://cloud.example"}, "--user-id"),
    ],
)
@pytest.mark.parametrize("voiceassist", ["sqlite"], indirect=True)
def test_what_cannot_be_done_is_said(
    voiceassist: Callable[..., Said], arguments: tuple[str, ...], more: dict[str, str], expected: str
) -> None:
    code, said = voiceassist("accounts", *arguments, **more)
    assert (code, expected in said) == (1, True), said
