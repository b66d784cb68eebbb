"""Why a file gave no text or not all of it, in words for the person whose file it is."""

DAMAGED = "damaged"
FRAGMENTS = "damaged: the pieces of text that were found in it are searchable"
EMPTY = "empty: the file has no content"
PASSWORD = "password-protected"  # noqa: S105 - words for a person
TOO_DEEP = "too deeply nested to read"
BOMB = "too large when unpacked: looks like a decompression bomb"
ENTITIES = "contains XML entity declarations, which are refused because they can blow up"
NO_TEXT = "no text in it"
NO_TEXT_AFTER_OCR = "no text found in it, even by text recognition (OCR)"
NO_OCR = "scanned, and text recognition is not installed (tesseract)"
NOT_RECOGNISED = "scanned, and its text was not recognised"
NOT_TRANSCRIBED = "a recording, and what is said in it was not transcribed"
NO_SPEECH = "a recording, and no speech was heard in it"
GONE = "the file could not be opened"

_UNITS = {
    "pdf": "page",
    "pptx": "slide",
    "ppt": "slide",
    "odp": "slide",
    "xlsx": "sheet",
    "xls": "sheet",
    "ods": "sheet",
    "epub": "chapter",
    "tiff": "page",
}


class Unreadable(Exception):
    """Reading ends here; the message is a reason from this module or alike. Pages read before it are kept."""


def too_much_memory(limit_bytes: int) -> str:
    """Reading it needs more memory than allowed."""
    return f"too large to read: it needs more than {limit_bytes // 2**20} MB of memory"


def too_slow(seconds: float) -> str:
    """Reading it took longer than allowed."""
    return f"reading it took longer than {seconds:g} s"


def too_long(characters: int) -> str:
    """It holds more text than we keep."""
    return f"only the first {characters:,} characters are searchable"


def too_long_to_hear(seconds: float) -> str:
    """A recording that goes on for longer than we hear."""
    return f"a recording of more than {seconds / 3600:g} hours, which is too long to be transcribed"


def not_a_document(mime: str) -> str:
    """A format that we do not read."""
    return f"not a document we can read ({mime})"


def explain(reason: str, format_name: str, pages: int) -> str:
    """`reason`, completed by what is searchable all the same when `pages` pages were read before it."""
    if pages == 0:
        return f"{DAMAGED}: no text could be read from it" if reason == DAMAGED else reason
    if "searchable" in reason:
        return reason
    unit = _UNITS.get(format_name)
    if unit is None:
        return f"{reason}: the text before that is searchable"
    where = f" after {unit} {pages}" if reason == DAMAGED else ""
    kept = f"the first {unit} is" if pages == 1 else f"the first {pages} {unit}s are"
    return f"{reason}{where}: {kept} searchable"
