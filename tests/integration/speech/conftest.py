"""What tests of engines share."""

from collections.abc import AsyncIterator

import pytest

from backend.speech.decoding.decoder import Decoder


@pytest.fixture
async def decoder() -> AsyncIterator[Decoder]:
    opened = Decoder()
    yield opened
    await opened.close()
