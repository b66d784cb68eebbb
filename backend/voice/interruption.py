"""Stand-in until the branch `turntaking` brings its own."""

from enum import Enum, auto


class Verdict(Enum):
    STOP = auto()
    IGNORE = auto()
    WAIT = auto()


class Interruption:
    def judge(self, spoken_for: float, transcript: str, echo: bool, language: str, ended: bool) -> Verdict:
        if echo or transcript.strip().lower() in ("mm-hm", "okay", "yeah"):
            return Verdict.IGNORE
        if transcript.strip() or spoken_for > 0.8:
            return Verdict.STOP
        return Verdict.IGNORE if ended else Verdict.WAIT
