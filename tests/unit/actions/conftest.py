import pytest

from backend.database import Database
from tests.unit.actions.board import World


@pytest.fixture
def world(database: Database) -> World:
    return World(database)
