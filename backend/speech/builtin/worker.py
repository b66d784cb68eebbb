"""The child process: decodes speech with pocketsphinx.

Started as `python -m backend.speech.builtin.worker` by `child.Child`. pocketsphinx holds the interpreter's lock while
it decodes (a loop beside it turned 12 times a second instead of 750), and is C code that a bad model can bring down.
"""

import contextlib
import os
import sys
from collections import OrderedDict
from pathlib import Path

import msgspec
import pocketsphinx

from backend.speech.builtin import wire
from backend.speech.builtin.vocabulary import ACOUSTIC, Base, heard_as, make

# Decoders that nobody uses at the moment, ready for the next utterance with the same vocabulary; each takes some 15 MB.
_READY = 4
# pocketsphinx's frames in a second.
_FRAMES = 100
# pocketsphinx breaks off (a segmentation fault) at the end of an utterance of fewer frames; quiet is put behind it.
_LEAST_FRAMES, _QUIET = 10, bytes(2 * 3_200)
# Bytes of a first utterance that are kept to be heard again: ten seconds. A longer one has told enough in its course.
_HEARD_AGAIN = 10 * 32_000


class Worker:
    """Utterances that are being heard, and decoders for the next ones."""

    def __init__(self) -> None:
        self._heard: dict[int, tuple[str, pocketsphinx.Decoder]] = {}
        self._ready: OrderedDict[int, tuple[str, pocketsphinx.Decoder]] = OrderedDict()
        self._text: dict[int, str] = {}
        self._unknown: dict[int, bytearray] = {}  # what speakers said of whose microphones nothing is known yet

    def answer(self, request: wire.Request) -> wire.Answer:
        """Do what is asked."""
        match request:
            case wire.Make():
                base = Base(Path(request.base))
                if not base.is_there:
                    base.make()
                make(Path(request.folder), base, request.names, request.phrases)
            case wire.Warm():
                self._keep(request.folder, self._decoder(request.folder))
            case wire.Begin():
                decoder = self._decoder(request.folder)
                if request.cepstral_mean:
                    decoder.set_cmn(request.cepstral_mean)
                else:
                    self._unknown[request.utterance] = bytearray()
                decoder.start_utt()
                self._heard[request.utterance] = (request.folder, decoder)
                self._text[request.utterance] = ""
            case wire.Hear():
                _, decoder = self._heard[request.utterance]
                decoder.process_raw(request.samples, False, False)
                if (kept := self._unknown.get(request.utterance)) is not None and len(kept) < _HEARD_AGAIN:
                    kept += request.samples
                text = _text(decoder)
                if text != self._text[request.utterance]:
                    self._text[request.utterance] = text
                    return wire.Answer(text=text)
            case wire.Finish():
                kept = self._unknown.get(request.utterance)
                decoder = self._end(request.utterance)
                if kept and len(kept) < _HEARD_AGAIN:
                    self._hear_again(decoder, kept)
                return wire.Answer(text=_text(decoder), words=_words(decoder), cepstral_mean=decoder.get_cmn(False))
            case wire.Abandon():
                with contextlib.suppress(KeyError):
                    self._end(request.utterance)
        return wire.Answer()

    @staticmethod
    def _hear_again(decoder: pocketsphinx.Decoder, samples: bytearray) -> None:
        """Hear a speaker's first utterance once more, now that it has told how the microphone sounds.

        Without that the first word is often misheard.
        """
        decoder.set_cmn(decoder.get_cmn(True))
        decoder.start_utt()
        decoder.process_raw(bytes(samples).ljust(len(_QUIET), b"\0"), False, False)
        decoder.end_utt()

    def _end(self, utterance: int) -> pocketsphinx.Decoder:
        folder, decoder = self._heard.pop(utterance)
        self._text.pop(utterance)
        self._unknown.pop(utterance, None)
        if decoder.n_frames() < _LEAST_FRAMES:
            decoder.process_raw(_QUIET, False, False)
        decoder.end_utt()
        self._keep(folder, decoder)
        return decoder

    def _keep(self, folder: str, decoder: pocketsphinx.Decoder) -> None:
        self._ready[id(decoder)] = (folder, decoder)
        while len(self._ready) > _READY:
            self._ready.popitem(last=False)

    def _decoder(self, folder: str) -> pocketsphinx.Decoder:
        for key, (of_folder, decoder) in self._ready.items():
            if of_folder == folder:
                del self._ready[key]
                return decoder
        if not folder:
            return pocketsphinx.Decoder(
                hmm=str(ACOUSTIC / "en-us"),
                dict=str(ACOUSTIC / "cmudict-en-us.dict"),
                lm=str(ACOUSTIC / "en-us.lm.bin"),
                loglevel="FATAL",
            )
        return pocketsphinx.Decoder(
            hmm=str(ACOUSTIC / "en-us"),
            dict=f"{folder}/dictionary",
            lm=None,
            lmctl=f"{folder}/control",
            lmname="user",
            # The second pass over the whole utterance took 75 ms at its end, and heard commands no better.
            fwdflat=False,
            loglevel="FATAL",
        )


def _text(decoder: pocketsphinx.Decoder) -> str:
    hypothesis = decoder.hyp()
    return " ".join(map(heard_as, hypothesis.hypstr.split())) if hypothesis else ""


def _words(decoder: pocketsphinx.Decoder) -> list[wire.HeardWord]:
    """The words with their times. Words of one entry share its time, by their letters."""
    words: list[wire.HeardWord] = []
    for segment in decoder.seg() or ():  # None where it has no idea
        if segment.word.startswith(("<", "[", "+")):
            continue
        parts = heard_as(segment.word.partition("(")[0]).split()
        begin, length = segment.start_frame, segment.end_frame + 1 - segment.start_frame
        letters, past = sum(map(len, parts)), 0
        for part in parts:
            start = (begin + length * past / letters) / _FRAMES
            past += len(part)
            end = (begin + length * past / letters) / _FRAMES
            words.append(wire.HeardWord(part, round(start, 2), round(end, 2), round(min(1.0, segment.prob), 3)))
    return words


def main() -> None:
    """Serve requests from standard input until it is closed."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints must not mix with the answers
    decode = msgspec.msgpack.Decoder(wire.Request)
    worker = Worker()
    wire.write(answers, wire.Answer())
    while (body := wire.read(sys.stdin.buffer)) is not None:
        try:
            answer = worker.answer(decode.decode(body))
        except (RuntimeError, OSError, KeyError, ValueError) as error:  # what pocketsphinx raises, and a full disk
            answer = wire.Answer(error=type(error).__name__)
        wire.write(answers, answer)


if __name__ == "__main__":
    main()
