"""Detecting languages."""

import pytest

from backend.search.language import LanguageDetector

detector = LanguageDetector()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The patient was discharged in good condition and will be seen again in two weeks."),
        ("de", "Der Patient wurde in gutem Zustand entlassen und stellt sich in zwei Wochen wieder vor."),
        ("fr", "Le patient est sorti en bon état et sera revu en consultation dans deux semaines."),
        ("es", "El paciente fue dado de alta en buen estado y volverá a consulta en dos semanas."),
        ("no", "Pasienten ble utskrevet i god tilstand og skal komme tilbake til kontroll om to uker."),
    ],
)
def test_sentences_tell_their_language(language: str, text: str) -> None:
    assert detector.detect(text) == language


@pytest.mark.parametrize("text", ["", "metformin dose", "12.5 | 13.1 | 14.0 | 12.5 | 13.1 | 14.0 | 12.5 | 13.1 | 99"])
def test_what_does_not_tell_its_language_has_the_default(text: str) -> None:
    assert detector.detect(text) == "en"
    assert LanguageDetector("de").detect(text) == "de"


async def test_detecting_in_a_thread_gives_the_same() -> None:
    assert await detector.detect_async("Der Patient wurde in gutem Zustand nach Hause entlassen.") == "de"
