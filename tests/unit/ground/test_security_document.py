"""`docs/security.md` names what proves each boundary; what it names is there."""

import re
from pathlib import Path

_ROOT = Path(__file__).parents[3]


def test_every_test_that_the_document_names_exists() -> None:
    named = re.findall(r"`((?:tests|backend)/[^`]+\.py)`", (_ROOT / "docs/security.md").read_text())
    assert len(named) > 15
    assert [one for one in named if not (_ROOT / one).is_file()] == []
