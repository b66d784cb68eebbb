"""The clinic, read once."""

import pytest

from backend.search.builtin import BuiltinEmbedder
from tests.integration.models.clinic import Clinic, sections


@pytest.fixture(scope="session")
def clinic(embedder: BuiltinEmbedder) -> Clinic:
    """The clinic's documents."""
    return Clinic(embedder, sections())
