"""What answers over all files say in our own words, in the languages of questions."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrases:
    """The words of one language; what stands in braces is filled in with `str.format`."""

    files: str
    that_mention: str
    about: str
    found: str
    near: str
    more: str
    none_of_kind: str
    no_file: str
    by_kind: str
    not_all: str
    unread: str
    looking: str
    reading: str
    summing_up: str
    request: str


PHRASES = {
    "en": Phrases(
        files="Files",
        that_mention=" that mention “{subject}”",
        about=" about “{subject}”",
        found="{what}: {count}.",
        near="Without these words, but near to them in meaning: {count}.",
        more="… and {count} more. Ask about a folder, a time or a kind of document to see these.",
        none_of_kind="None of these is plainly one of your {called}: all files were looked at.",
        no_file="No file that you can open matches that word for word.",
        by_kind="Counted are files whose name, heading, beginning or folder says what they are.",
        not_all="More than {count} files match; only so many were looked at.",
        unread="{count} further files match and were not read.",
        looking="Looking through your files",
        reading="Reading files",
        summing_up="Summing up",
        request="What do these files say about {subject}?",
    ),
    "de": Phrases(
        files="Dateien",
        that_mention=", die „{subject}“ erwähnen",
        about=" zu „{subject}“",
        found="{what}: {count}.",
        near="Ohne diese Wörter, aber nah an ihrer Bedeutung: {count}.",
        more="… und {count} weitere. Fragen Sie nach einem Ordner, einer Zeit oder einer Art von Dokument, um diese zu "
        "sehen.",
        none_of_kind="Davon ist nichts erkennbar eines von: {called}. Alle Dateien wurden angesehen.",
        no_file="Keine Datei, die Sie öffnen können, passt Wort für Wort.",
        by_kind="Gezählt sind Dateien, deren Name, Überschrift, Anfang oder Ordner sagt, was sie sind.",
        not_all="Mehr als {count} Dateien passen; nur so viele wurden angesehen.",
        unread="{count} weitere Dateien passen und wurden nicht gelesen.",
        looking="Dateien werden durchgesehen",
        reading="Dateien werden gelesen",
        summing_up="Wird zusammengefasst",
        request="Was sagen diese Dateien über {subject}?",
    ),
}
