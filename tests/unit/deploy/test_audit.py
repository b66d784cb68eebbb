"""`deploy/audit` over stand-ins of pip-audit and npm. They leave unproved what the real services answer."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.deploy import ROOT

FAULT = {"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"], "fix_versions": ["1.1"]}
CLEAN_PYTHON: dict[str, Any] = {"dependencies": [{"name": "lxml", "version": "6.1.3", "vulns": []}]}
CLEAN_NODE: dict[str, Any] = {"vulnerabilities": {}}
NODE_FAULT = {
    "vulnerabilities": {
        "vue": {"via": [{"url": "https://github.com/advisories/GHSA-x", "range": "<3"}], "fixAvailable": True},
        "above": {"via": ["vue"]},
    }
}


def audit(folder: Path, python: object, node: object, accepted: str = "[]") -> tuple[int, str]:
    """Exit status and output, with programs that say this."""
    (folder / "deploy").mkdir()
    program = folder / "deploy/audit"
    program.write_text((ROOT / "deploy/audit").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "deploy/audit.toml").write_text(f"accepted = {accepted}", encoding="utf-8")
    for name, said in (("pip-audit", python), ("npm", node)):
        (folder / f"{name}.said").write_text(json.dumps(said) if said is not None else "", encoding="utf-8")
        (folder / name).write_text(f"#!/bin/sh\ncat {folder}/{name}.said; echo 405 Not Allowed >&2; exit 1\n")
        (folder / name).chmod(0o755)
    done = subprocess.run(
        [sys.executable, str(program), "a.lock"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": f"{folder}:/usr/bin:/bin"},
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_where_both_answer_and_nothing_is_known_it_is_clean(tmp_path: Path) -> None:
    assert audit(tmp_path, CLEAN_PYTHON, CLEAN_NODE) == (0, "Everybody was asked; nothing is open.\n")


@pytest.mark.parametrize(
    ("python", "node", "named"),
    [
        (None, CLEAN_NODE, "NOT ASKED: PyPI was not asked: 405 Not Allowed"),
        ({"dependencies": []}, CLEAN_NODE, "NOT ASKED: PyPI"),
        ({"dependencies": [{"name": "lxml", "skip_reason": "?"}]}, CLEAN_NODE, "nothing about 1 of 1 packages (lxml"),
        (CLEAN_PYTHON, {"message": "405 Method Not Allowed"}, "NOT ASKED: npm was not asked: 405 Method Not Allowed"),
        (CLEAN_PYTHON, None, "NOT ASKED: npm"),
    ],
)
def test_what_could_not_be_asked_is_not_clean(tmp_path: Path, python: object, node: object, named: str) -> None:
    status, said = audit(tmp_path, python, node)
    assert (status, named in said, "no clean audit" in said) == (2, True, True), said


def test_a_finding_counts_also_where_others_could_not_be_asked(tmp_path: Path) -> None:
    faulty = {"dependencies": [{"name": "a", "version": "1", "vulns": [FAULT]}, {"name": "b", "skip_reason": "?"}]}
    status, said = audit(tmp_path, faulty, NODE_FAULT)
    assert status == 1
    assert "FOUND: a 1: CVE-2026-1, PYSEC-2026-1; fixed in 1.1\n" in said
    assert "FOUND: vue <3: GHSA-x" in said
    assert "NOT ASKED: PyPI" in said


def test_a_finding_that_is_accepted_is_shown_with_its_reason(tmp_path: Path) -> None:
    faulty = {"dependencies": [{"name": "a", "version": "1", "vulns": [FAULT]}]}
    listed = '[{ id = "CVE-2026-1", reason = "not used" }, { id = "CVE-2020-9", reason = "old" }]'
    status, said = audit(tmp_path, faulty, CLEAN_NODE, listed)
    assert status == 0
    assert "accepted: a 1: CVE-2026-1, PYSEC-2026-1; fixed in 1.1 — not used\n" in said
    assert "accepted, but not found: CVE-2020-9" in said
