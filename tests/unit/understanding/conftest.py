"""One understanding per language: building it takes a moment."""

import pytest

from backend.assistant.understanding import Understanding, languages


@pytest.fixture(scope="session")
def english() -> Understanding:
    return Understanding(languages.get("en"))


@pytest.fixture(scope="session")
def german() -> Understanding:
    return Understanding(languages.get("de"))
