"""Which of a few phrases a short utterance is: pocketsphinx with a grammar of nothing else.

An engine that may hear anything mishears single words, since nothing around them helps. One that must choose among
some hundred phrases is right far more often, and done in some 50 ms; what it says of anything else means nothing. A
grammar of two phrases in a row takes more than ten times as long.
"""

from collections.abc import Iterable

import pocketsphinx

from backend.speech.protocol import BYTES_PER_SAMPLE, HEARD_RATE

# pocketsphinx breaks off (a segmentation fault) at the end of an utterance of fewer than ten frames of 10 ms.
_LEAST_BYTES = round(0.2 * HEARD_RATE) * BYTES_PER_SAMPLE


class PhraseSpotter:
    """Knows English phrases; those with a word that has no pronunciation are left out. For one thread at a time."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._decoder = pocketsphinx.Decoder(samprate=HEARD_RATE, lm=None, loglevel="FATAL")
        known = [phrase for phrase in sorted(phrases) if all(map(self._decoder.lookup_word, phrase.split()))]
        grammar = f"#JSGF V1.0; grammar phrases; public <phrase> = {' | '.join(known)};"
        self._decoder.add_jsgf_string("phrases", grammar)
        self._decoder.activate_search("phrases")

    def spot(self, samples: bytes) -> str:
        """The phrase that an utterance (16-bit mono at `HEARD_RATE`, cut to the speech) sounds most like, or "".

        Blocks, and holds the interpreter's lock: not for more than a second or two of sound.
        """
        if len(samples) < _LEAST_BYTES:
            return ""
        self._decoder.start_utt()
        self._decoder.process_raw(samples, full_utt=True)
        self._decoder.end_utt()
        hypothesis = self._decoder.hyp()
        return hypothesis.hypstr if hypothesis else ""
