"""What kind of answer a question asks for, and whether a sentence holds one.

Who asks for a name, when for a date or a time, how much for a number. The patterns cover English, German, French and
Spanish; a question in another language simply expects nothing.
"""

import re
from enum import StrEnum


class Expected(StrEnum):
    """The kind of answer that a question asks for."""

    PERSON = "person"
    TIME = "time"
    NUMBER = "number"
    PLACE = "place"
    REASON = "reason"
    CONTACT = "contact"


# In order: the first that matches decides.
_QUESTIONS: tuple[tuple[Expected, re.Pattern[str]], ...] = (
    (
        Expected.CONTACT,
        re.compile(
            r"\b(?:phone|telephone|fax|extension|e-?mail|website|url|wi-?fi|password|telefon\w*|handynummer|teléfono)\b"
            r"|\btéléphone\b"
        ),
    ),
    (Expected.REASON, re.compile(r"\b(?:why|how come|for what reason|warum|weshalb|wieso|pourquoi|por qué)\b")),
    (
        Expected.TIME,
        re.compile(
            r"\b(?:when|(?:on |at |in )?(?:what|which) (?:day|date|time|month|year)|how (?:often"
            r"|long|old|soon|frequently)|deadline|due date|wann|wie (?:lange|oft|alt)|uhrzeit|datum|quand"
            r"|combien de temps|à quelle heure|cuándo|cuánto tiempo|a qué hora)\b"
        ),
    ),
    (
        Expected.NUMBER,
        re.compile(
            r"\b(?:how (?:much|many|high|low|deep|far|large|big|tall|heavy|fast|wide)|cost|costs|by how much"
            r"|(?:what|which) (?:\w+ ){0,3}?(?:dose|dosage|price|fee|rate|percentage|number|amount|temperature|value"
            r"|level|salary|budget|score|target|goal|limit|maximum|minimum)"
            r"|wie ?(?:viele?|hoch|teuer|groß|tief|weit)|dosis|combien|cuánt[oa]s?)\b"
        ),
    ),
    (
        Expected.PERSON,
        re.compile(
            r"\b(?:who|whom|whose|which (?:doctor|nurse|person|physician|colleague)|wer|wem|wen|wessen|qui|quién"
            r"|quiénes)\b"
        ),
    ),
    (Expected.PLACE, re.compile(r"\b(?:where|which (?:room|floor|building)|address|wo|wohin|où|dónde)\b")),
)

_MONTH = (
    r"(?:jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|märz|apr(?:il)?|may|mai|june?|juni|july?|juli|aug(?:ust)?"
    r"|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?)"
)
_NAME = r"[A-ZÄÖÜ][\w'’-]+"
_ANSWERS: dict[Expected, re.Pattern[str]] = {
    Expected.TIME: re.compile(
        rf"\b{_MONTH}\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b(?:mon|diens|donners|frei|sams|sonn)tags?\b"
        r"|\bmittwochs?\b|\b\d{1,2}:\d\d\b|\b\d{1,2} ?[ap]\.?m\b|\b(?:19|20)\d\d\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b"
        r"|\b(?:second|minute|hour|day|week|month|year|sekunde|stunde|tag|woche|monat|jahr)(?:s|n|en|e)?\b"
        r"|\b(?:once|twice|daily|weekly|monthly|quarterly|yearly|annually|always|never|noon|midnight|uhr|morning|evening"
        r"|täglich|wöchentlich|monatlich|jährlich|before|after|every)\b",
        re.IGNORECASE,
    ),
    Expected.NUMBER: re.compile(
        r"\d|\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|hundred|thousand|half|zwei|drei"
        r"|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|hundert|tausend)\b",
        re.IGNORECASE,
    ),
    Expected.PERSON: re.compile(
        rf"\b(?:Dr|Prof|Mr|Mrs|Ms|Herr|Frau|Sr|Sra|Mme)\b\.? ?[A-ZÄÖÜ]|\b[A-ZÄÖÜ]\. ?{_NAME}"
        rf"|{_NAME} (?:(?:van|von|de|der|al|el|bin|le|la|di) )?{_NAME}"
        r"|\b(?:nurse|doctor|physician|receptionist|manager|officer|team|secretary|pharmacist|surgeon|director|ltd|gmbh"
        r"|inc)\b"
    ),
    Expected.PLACE: re.compile(
        r"\b(?:room|floor|building|street|road|avenue|entrance|corridor|clinic|ward|desk|cabinet|car park|stairs?"
        r"|cupboard|shelf|drawer|beside|behind|next to|in front|opposite|at the|in the|on the|to the|raum|zimmer|etage"
        r"|straße|gebäude|neben|hinter|im)\b",
        re.IGNORECASE,
    ),
    Expected.REASON: re.compile(
        r"\b(?:because|since|so that|in order|to (?:avoid|prevent|reduce|keep|rule|ensure)|due to|as it|therefore"
        r"|reason|otherwise|risk|contains?|weil|damit|da|um|denn|wegen|parce|car|porque|pues)\b",
        re.IGNORECASE,
    ),
    Expected.CONTACT: re.compile(
        r"\+?\d[\d ()/.-]{5,}\d|\b\d{3}-\d{4}\b|\S+@\S+\.\w+|https?://|\bext(?:ension)?\.? ?\d+", re.IGNORECASE
    ),
}


def expected(question: str) -> Expected | None:
    """The kind of answer that `question` asks for, None when it is open."""
    folded = question.casefold()
    return next((kind for kind, pattern in _QUESTIONS if pattern.search(folded)), None)


def holds(sentence: str, kind: Expected) -> bool:
    """Whether `sentence` holds an answer of that kind."""
    return _ANSWERS[kind].search(sentence) is not None
