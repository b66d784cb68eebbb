"""How words sound, in the phones of the acoustic model: from the dictionary, otherwise as espeak-ng would say them."""

import re
import subprocess
from collections.abc import Collection, Sequence
from pathlib import Path

# A name is said as an English speaker reads it, or as it is said where most of its kind come from.
_VOICES = ("en-us", "de")
# espeak-ng says a thousand names in a second.
_SECONDS = 60

# espeak-ng's phonemes (IPA) in ARPAbet. English ones as the dictionary writes them; others as the English phones that
# an English speaker puts in their place.
_ARPABET: dict[str, tuple[str, ...]] = {
    # vowels
    "aɪə": ("AY", "ER"), "aɪ": ("AY",), "aʊ": ("AW",), "eɪ": ("EY",), "oʊ": ("OW",), "ɔɪ": ("OY",), "ɔø": ("OY",),
    "ɔʏ": ("OY",), "ɑːɹ": ("AA", "R"), "ɔːɹ": ("AO", "R"), "oːɹ": ("AO", "R"), "ɛɹ": ("EH", "R"), "ɪɹ": ("IH", "R"),
    "ʊɹ": ("UH", "R"), "iə": ("IY", "AH"), "əl": ("AH", "L"), "ɑː": ("AA",), "ɔː": ("AO",), "iː": ("IY",),
    "uː": ("UW",), "ɜː": ("ER",), "eː": ("EY",), "oː": ("OW",), "aː": ("AA",), "yː": ("UW",), "øː": ("ER",),
    "ɛː": ("EH",), "œ": ("ER",), "ø": ("ER",), "y": ("UW",), "ʏ": ("IH",), "æ": ("AE",), "a": ("AA",), "ɑ": ("AA",),
    "ɐ": ("AH",), "ə": ("AH",), "ʌ": ("AH",), "ɛ": ("EH",), "e": ("EH",), "ɪ": ("IH",), "i": ("IY",), "ɒ": ("AA",),
    "ɔ": ("AO",), "o": ("OW",), "ʊ": ("UH",), "u": ("UW",), "ɚ": ("ER",), "ɜ": ("ER",), "ᵻ": ("IH",), "ɨ": ("IH",),
    # consonants
    "tʃ": ("CH",), "dʒ": ("JH",), "ts": ("T", "S"), "dz": ("D", "Z"), "pf": ("P", "F"), "b": ("B",), "d": ("D",),
    "ð": ("DH",), "f": ("F",), "ɡ": ("G",), "g": ("G",), "h": ("HH",), "j": ("Y",), "k": ("K",), "l": ("L",),
    "ɫ": ("L",), "ʎ": ("L", "Y"), "m": ("M",), "n": ("N",), "ɲ": ("N", "Y"), "ŋ": ("NG",), "p": ("P",), "ɹ": ("R",),
    "r": ("R",), "ɾ": ("D",), "ʁ": ("R",), "s": ("S",), "ʃ": ("SH",), "ɕ": ("SH",), "t": ("T",), "θ": ("TH",),
    "v": ("V",), "w": ("W",), "x": ("K",), "χ": ("K",), "ç": ("HH",), "z": ("Z",), "ʒ": ("ZH",), "ʑ": ("ZH",),
    "ʔ": ("T",), "β": ("B",), "ɣ": ("G",), "ɬ": ("L",), "q": ("K",), "ʂ": ("SH",), "ʐ": ("ZH",),
    "n̩": ("AH", "N"), "l̩": ("AH", "L"), "m̩": ("AH", "M"),
}  # fmt: skip
_PHONEME = re.compile("|".join(sorted(map(re.escape, _ARPABET), key=len, reverse=True)))
_STRESS = str.maketrans("", "", "ˈˌ_ʲʰ‿̃")
_FOREIGN = re.compile(r"\([a-z-]+\)")  # espeak-ng names the language that it reads a word in
_TAPPED = {"de": "R"}  # the sound that is a quick "t" in English is an "r" in German


def phones(ipa: str, voice: str = "en-us") -> tuple[str, ...]:
    """The phones of a word that espeak-ng wrote in IPA; what is no sound of speech is left out."""
    said = _FOREIGN.sub("", ipa).translate(_STRESS)
    if voice in _TAPPED:
        said = said.replace("ɾ", "ɹ")
    return tuple(phone for found in _PHONEME.findall(said) for phone in _ARPABET[found])


def spoken(words: Sequence[str]) -> dict[str, list[str]]:
    """Each word's pronunciations, the likeliest first, as espeak-ng says them; none for a word that it cannot say.

    Raises `OSError` or `subprocess.SubprocessError` when espeak-ng does not run.
    """
    found: dict[str, list[str]] = {word: [] for word in words}
    if not words:
        return found
    for voice in _VOICES:
        # It reads lines, says each by itself, and answers with a line.
        said = subprocess.run(  # noqa: S603 - no shell; the words are its input, not its arguments
            ("espeak-ng", "-q", "--ipa", "-b", "1", "-v", voice),  # noqa: S607 - where the system has it
            input="\n".join(words) + "\n",
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        )
        lines = said.stdout.splitlines()
        if len(lines) != len(words):
            continue
        for word, line in zip(words, lines, strict=True):
            pronunciation = " ".join(phones(line, voice))
            if pronunciation and pronunciation not in found[word]:
                found[word].append(pronunciation)
    return found


def dictionary(path: Path, words: Collection[str]) -> dict[str, list[str]]:
    """The pronunciations of those words that stand in a dictionary: lines of `word phones`, others as `word(2)`."""
    found: dict[str, list[str]] = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            entry, _, pronunciation = line.partition(" ")
            word = entry.partition("(")[0]
            if word in words:
                found.setdefault(word, []).append(pronunciation.strip())
    return found
