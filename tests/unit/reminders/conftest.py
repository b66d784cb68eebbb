import pytest

from backend.database import Database
from tests.unit.reminders.desk import Desk


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)
