"""What came of trying something that VoiceAssist depends on."""

from dataclasses import dataclass

# How long a server may take to answer.
SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Check:
    """Something that was tried. An `optional` one that fails costs a feature, not the product."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    optional: bool = False
