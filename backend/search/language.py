"""Which language a text is written in."""

import asyncio
import threading
from typing import Protocol

DEFAULT_LANGUAGE = "en"

# Enough of a document to know its language, in characters; more changes nothing and costs time.
_SAMPLE = 4_000

# Below this many characters the classifier guesses (it takes "metformin dose" for Azerbaijani).
_SHORTEST = 40

# A confidence (0 to 1, over the languages considered) below which the answer is the default.
_CONFIDENT = 0.6


class _Classifier(Protocol):
    def classify(self, text: str) -> tuple[str, float]: ...


class LanguageDetector:
    """Detects languages with py3langid (97 languages, Naive Bayes over byte n-grams, Lui and Baldwin 2012).

    The model is read at the first use (75 MB). Calls may come from any thread.
    """

    def __init__(self, default: str = DEFAULT_LANGUAGE) -> None:
        self._default = default
        self._classifier: _Classifier | None = None
        self._loading = threading.Lock()

    def detect(self, text: str) -> str:
        """The ISO 639-1 code of the text's language; the default for a text that is short or hard to tell."""
        sample = text[:_SAMPLE].strip()
        if len(sample) < _SHORTEST:
            return self._default
        language, confidence = self._load().classify(sample)
        if confidence < _CONFIDENT or len(language) != 2:
            return self._default
        # The two written standards of Norwegian share one stemmer.
        return "no" if language in ("nb", "nn") else language

    async def detect_async(self, text: str) -> str:
        """Like `detect`, in a thread."""
        return await asyncio.to_thread(self.detect, text)

    def _load(self) -> _Classifier:
        with self._loading:
            if self._classifier is None:
                from py3langid import langid

                classifier: _Classifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
                self._classifier = classifier
            return self._classifier
