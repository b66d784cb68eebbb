"""What the administrator's stored values do to the settings."""

from pathlib import Path

import pytest

from backend.settings import AnswersBy, Settings, SpeechBy
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


def test_only_an_engine_that_can_speak_is_offered_for_it(environment: Settings) -> None:
    fields = {field.id: field for field in admin_form(environment).fields}
    for key in ("hears_by", "speaks_by"):
        for value in (fields[key].options or {}).values():
            settings, refused = apply(environment, {key: str(value)})
            assert refused == []
            assert getattr(settings, key) == value
    assert SpeechBy.REALTIME not in (fields["speaks_by"].options or {}).values()


def test_voice_is_switched_off_and_pointed_elsewhere_by_stored_values(environment: Settings) -> None:
    stored = {"voice": "0", "hears_by": "realtime", "speech_api_key": "s3cret", "speech_is_relay": "1"}
    settings, refused = apply(environment, stored)
    assert refused == []
    assert (settings.voice, settings.hears_by, settings.speech_is_relay) == (False, SpeechBy.REALTIME, True)
    assert settings.speech_api_key.get_secret_value() == "s3cret"
    settings, refused = apply(environment, {"speaks_by": "realtime"})
    assert [one.key for one in refused] == ["speaks_by"]
