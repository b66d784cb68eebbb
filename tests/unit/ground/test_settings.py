"""Settings and their documentation."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from backend.settings import Mode, Settings, as_markdown

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)  # no .env file
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_every_setting_is_documented_as_it_is() -> None:
    assert (ROOT / "docs/settings.md").read_text() == as_markdown(), "run `make docs`"
    for name, field in Settings.model_fields.items():
        assert field.description, f"{name} has no description"


@pytest.mark.parametrize(
    ("variable", "value"),
    [("NEXTCLOUD_URL", "cloud.example.org"), ("APP_PORT", "99999"), ("LOG_LEVEL", "LOUD"), ("CRAWL_INTERVAL", "0")],
)
def test_a_wrong_value_is_refused_and_named(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValidationError) as problem:
        Settings()
    assert problem.value.errors()[0]["loc"] == (variable.lower(),)


def test_the_mode_follows_from_what_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().mode is Mode.DEMO
    monkeypatch.setenv("NEXTCLOUD_URL", "https://cloud.example.org/nextcloud/")
    monkeypatch.setenv("NEXTCLOUD_USER", "alice")
    monkeypatch.setenv("NEXTCLOUD_APP_PASSWORD", "xxxxx-yyyyy")
    settings = Settings()
    assert settings.mode is Mode.APP_PASSWORD
    assert settings.nextcloud_url == "https://cloud.example.org/nextcloud"


def test_a_secret_is_not_shown_when_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXTCLOUD_APP_PASSWORD", "xxxxx-yyyyy")
    assert "xxxxx" not in repr(Settings())
