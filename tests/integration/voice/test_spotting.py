"""Single words, as pocketsphinx hears them when it knows what to choose from."""

import numpy as np
import pytest

from backend.speech.spotting import PhraseSpotter
from tests import sounds

_PHRASES = ("stop", "wait", "be quiet", "okay", "i see", "thank you", "uh huh", "xqzzt")


@pytest.fixture(scope="module")
def spotter() -> PhraseSpotter:
    return PhraseSpotter(_PHRASES)


@pytest.mark.parametrize("phrase", ["stop", "wait", "be quiet", "okay", "thank you"])
@pytest.mark.parametrize("voice", ["flite:slt", "flite:rms"])
def test_a_phrase_is_spotted(spotter: PhraseSpotter, phrase: str, voice: str) -> None:
    around = sounds.silence(0.2)
    assert spotter.spot(sounds.pcm(np.concatenate([around, sounds.say(phrase, voice), around]))) == phrase


def test_no_sound_is_no_phrase(spotter: PhraseSpotter) -> None:
    assert spotter.spot(b"") == ""
