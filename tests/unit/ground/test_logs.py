"""What logs must not tell."""

import io
import json
import sys

import pytest
import structlog

from backend.telemetry import configure_logging
from backend.trouble import told, where


@pytest.fixture(autouse=True)
def as_before() -> object:
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize("as_json", [True, False])
def test_a_logged_exception_shows_neither_its_text_nor_the_variables_around_it(
    monkeypatch: pytest.MonkeyPatch, as_json: bool
) -> None:
    errors = io.StringIO()
    monkeypatch.setattr(sys, "stderr", errors)
    configure_logging("INFO", json=as_json)
    question = "What is Mrs Tolland's diagnosis?"
    try:
        raise ValueError(question)
    except ValueError as error:
        structlog.get_logger().exception("turn.crashed", error=told(error), where=where(error))
    assert "turn.crashed" in errors.getvalue()
    assert "ValueError" in errors.getvalue()
    assert "test_logs.py" in errors.getvalue()
    assert "Tolland" not in errors.getvalue()
    if as_json:
        assert json.loads(errors.getvalue())["level"] == "error"
