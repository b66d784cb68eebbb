"""What the administrator's stored values do to the settings."""

from pathlib import Path

import pytest

from backend.settings import AnswersBy, Settings
from ex_app.forms import admin_form, apply, user_form


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    monkeypatch.chdir(tmp_path)
    return Settings(llm_base_url="http://localhost:1/v1", llm_model="old")


def test_stored_values_win_over_the_environment(environment: Settings) -> None:
    stored = {"llm_model": "new", "llm_api_key": "s3cret", "answers_by": "nextcloud", "indexing": "0"}
    settings, refused = apply(environment, stored)
    assert refused == []
    assert settings.llm_model == "new"
    assert settings.llm_api_key.get_secret_value() == "s3cret"
    assert settings.answers_by is AnswersBy.NEXTCLOUD
    assert settings.indexing is False
    assert settings.llm_base_url == "http://localhost:1/v1"


def test_a_value_that_cannot_be_used_is_refused_by_name_and_the_others_are_taken(environment: Settings) -> None:
    settings, refused = apply(environment, {"max_file_size_mb": "-3", "llm_model": "new"})
    assert [one.key for one in refused] == ["max_file_size_mb"]
    assert settings.max_file_size_mb == environment.max_file_size_mb
    assert settings.llm_model == "new"


def test_every_field_of_the_administrator_is_a_setting_and_secrets_are_marked(environment: Settings) -> None:
    for field in admin_form(environment).fields:
        assert field.id in Settings.model_fields
        assert field.sensitive == (Settings.model_fields[field.id].annotation.__name__ == "SecretStr")  # type: ignore[union-attr]
        assert "SecretStr" not in str(field.default)


def test_each_form_can_be_sent_to_nextcloud(environment: Settings) -> None:
    for form in (admin_form(environment), user_form()):
        assert {"id", "section_id", "fields"} <= form.to_dict().keys()
