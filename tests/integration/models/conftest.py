"""The built-in embedder and the clinic, opened once."""

from pathlib import Path

import pytest

from backend.search.builtin import BuiltinEmbedder
from tests.integration.models.clinic import Clinic, sections


@pytest.fixture(scope="session")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> BuiltinEmbedder:
    """The real model. Its threads end with the process."""
    storage: Path = tmp_path_factory.mktemp("embedder")
    return BuiltinEmbedder(storage)


@pytest.fixture(scope="session")
def clinic(embedder: BuiltinEmbedder) -> Clinic:
    """The clinic's documents."""
    return Clinic(embedder, sections())
