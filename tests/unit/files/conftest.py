from pathlib import Path

import pytest

from backend.database import Database
from tests.unit.files.house import House


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return House(database, tmp_path)
