"""Runs a file of js/tests/browser, whose scenarios drive Chromium by playwright-core."""

import os
import re
import subprocess
from pathlib import Path

_SCENARIOS = Path(__file__).parents[2] / "js" / "tests" / "browser"

# Playwright's launches are slow when the machine is busy.
_WITHIN_SECONDS = 500.0


def run_scenarios(scenarios: str, environment: dict[str, str], *, at_least: int = 8) -> None:
    """Run a file of scenarios; its report is shown when one fails, or when fewer than `at_least` passed."""
    done = subprocess.run(
        ["node", "--test", "--test-reporter=spec", scenarios],
        cwd=_SCENARIOS,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=_WITHIN_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-12000:] + done.stderr[-4000:]
    # A file without tests passes as well: count them.
    passed = re.search(r"pass (\d+)", done.stdout)
    assert passed
    assert int(passed[1]) >= at_least, done.stdout
