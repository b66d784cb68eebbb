"""What leads somewhere: web addresses, mailboxes, telephone numbers, files, and other identifiers."""

import re

from backend.speech.spoken import numerals
from backend.speech.spoken.language import Language
from backend.speech.spoken.rule import Rule, before, rule

# Endings that tell a listener nothing when a file is named.
_FILE_ENDINGS = (
    "pdf|docx?|odt|rtf|txt|md|xlsx?|ods|csv|tsv|pptx?|odp|html?|xml|json|eml|msg|ics|vcf|zip"
    "|jpe?g|png|gif|tiff?|heic|webp|mp3|wav|m4a|ogg|opus|flac|mp4|mov|dcm"
)
_PATH = re.compile(
    rf"(?<![\w/.])(?:[\w.~+%-]{{0,100}}/){{0,12}}[\w()+~%-][\w.()+~%-]{{0,200}}\.(?:{_FILE_ENDINGS})(?!\w)(?!\.\w)",
    re.IGNORECASE,
)
_ENDING = re.compile(rf"\.(?:{_FILE_ENDINGS})$", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])")
_BETWEEN = re.compile(r"[_+~%()]+|(?<=[^\W\d])[-.]|[-.](?=[^\W\d])")

# A number that is called: with "+", in brackets, or in groups that begin with a zero (ITU-T E.123); the North American
# form 555-123-4567. Seven digits at least, so that no range is taken for one.
_PHONE = (
    r"(?<![\w.,-])(?:\+\d{1,3}[\d /().-]{5,24}\d|\(0?\d{2,5}\)[ -]?\d[\d /.-]{3,20}\d"
    r"|0\d{1,5}[ /-]\d[\d /-]{3,20}\d|\d{3}[-.]\d{3}[-.]\d{4})(?![\w-])"
)
_FEWEST_DIGITS = 7
# Behind "call" fewer are enough, but a number of three digits is one only in an emergency: "call 100 patients".
_FEWEST_CALLED = 5
_EMERGENCIES = frozenset({"110", "111", "112", "115", "118", "911", "999"})


def named(path: str) -> str:
    """A file's name as it is called: without folders and ending, with spaces for the signs between words."""
    name = _ENDING.sub("", path.rstrip("/").rpartition("/")[2])
    name = _BETWEEN.sub(" ", name)
    return " ".join(_CAMEL.sub(" ", name).split())


def files_named(text: str) -> str:
    """The text with every file in it as it is called."""
    return _PATH.sub(lambda found: named(found.group()), text)


class Addresses:
    """The rules about addresses for one language, in two parts, since dates are asked in between."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def rules(self) -> list[Rule]:
        """What may hold everything else, dates too."""
        return [
            rule(
                r"(?:https?|ftp|webdavs?|davs?)://([^\s/?#<>\"')\]]+)[^\s<>\"')\]]*(?<![.,;:!?])",
                self._url,
                re.IGNORECASE,
            ),
            rule(r"(?<![\w@.])(www\.[\w.-]+\w)(?:[/?#][^\s<>\"')\]]*(?<![.,;:!?]))?", self._url, re.IGNORECASE),
            rule(r"mailto:", lambda _: ""),
            rule(r"(?<![\w.+-])[\w+-][\w.+-]{0,63}@(?:[\w-]{1,63}\.)+[^\W\d_]{2,24}(?![\w-])", self._mailbox),
        ]

    def identifiers(self) -> list[Rule]:
        """Rows of digits that count nothing."""
        return [
            rule(r"(?<![\w.,])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])", self._parts),
            rule(_PHONE, self._phone),
            rule(r"\d[\d /-]{1,20}\d(?![\w.,:%°-]*\d)(?!\w)", self._called),
            rule(r"(?<![\w.,-])\d{1,6}(?:-\d{1,6}){2,}(?![\w-])", self._grouped),
            rule(r"\d{2,}(?![\d.,:/-]*\d)(?!\w)", self._code),
            rule(r"(?<![\w.,])(?:[vV]\d{1,4}(?:\.\d{1,4})+|\d{1,4}(?:\.\d{1,4}){2,})(?![\w.]*\d)", self._parts),
        ]

    def _url(self, found: re.Match[str]) -> str:
        host = found.group(1).rpartition("@")[2].partition(":")[0]
        return self._spelled(host.removeprefix("www."))

    def _mailbox(self, found: re.Match[str]) -> str:
        local, _, host = found.group().partition("@")
        return f"{self._spelled(local)} {self._language.signs.at} {self._spelled(host)}"

    def _spelled(self, address: str) -> str:
        signs = self._language.signs
        names = {".": signs.dot, "-": signs.dash, "_": signs.underscore, "+": signs.plus}
        pieces = re.findall(r"[^\W\d_]+|\d+|[._+-]", address)
        return " ".join(names.get(p) or (self._row(p) if p[0].isdigit() else p) for p in pieces)

    def _row(self, digits: str) -> str:
        """A number within an address: a year and a house number are said whole, longer ones digit by digit."""
        return numerals.say(digits, self._language) if len(digits) <= 2 else numerals.digits(digits, self._language)

    def _parts(self, found: re.Match[str]) -> str | None:
        if re.fullmatch(numerals.numeral(self._language), found.group()):
            return None  # "1.000.000"
        version = "version " if found.group()[0] in "vV" else ""
        point = f" {self._language.point} "
        return version + point.join(numerals.say(part, self._language) for part in re.findall(r"\d+", found.group()))

    def _phone(self, found: re.Match[str]) -> str | None:
        if sum(c.isdigit() for c in found.group()) < _FEWEST_DIGITS:
            return None
        return numerals.by_digit(found, self._language)

    def _grouped(self, found: re.Match[str]) -> str | None:
        """A number such as that of an invoice; "1-0-1" and "12-0-14" say how much is taken when."""
        return None if max(map(len, found.group().split("-"))) <= 2 else numerals.by_digit(found, self._language)

    def _called(self, found: re.Match[str]) -> str | None:
        long = sum(c.isdigit() for c in found.group()) >= _FEWEST_CALLED
        if (long or found.group() in _EMERGENCIES) and self._language.before_phone.search(before(found)):
            return numerals.by_digit(found, self._language)
        return None

    def _code(self, found: re.Match[str]) -> str | None:
        if not self._language.before_code.search(before(found)):
            return None
        return numerals.digits(found.group(), self._language)
