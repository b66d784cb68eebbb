"""What kind of answer a question asks for, and whether a stretch of text holds one.

Who asks for a name, how old for years, what something costs for an amount of money. A passage about the right thing
that says nothing of that kind is the commonest near miss. The patterns cover English and German, the plainest ones
French and Spanish; a question in another language simply expects nothing.
"""

import re
from collections.abc import Collection
from enum import StrEnum


class Expected(StrEnum):
    """The kind of answer that a question asks for."""

    PHONE = "phone"
    EMAIL = "email"
    WEB = "web"
    CODE = "code"
    AGE = "age"
    REASON = "reason"
    SHARE = "share"
    FREQUENCY = "frequency"
    DURATION = "duration"
    CLOCK = "clock"
    DOSE = "dose"
    MONEY = "money"
    WEIGHT = "weight"
    AREA = "area"
    VOLUME = "volume"
    TEMPERATURE = "temperature"
    LENGTH = "length"
    DATE = "date"
    NUMBER = "number"
    PERSON = "person"
    PLACE = "place"


# In order: the first that matches the case-folded question decides.
_QUESTIONS: dict[Expected, str] = {
    Expected.PHONE: r"\b(?:(?:tele)?phone|mobile|fax|contact|emergency) numbers?\b|\bextension\b|\bfax\b"
    r"|\btelefonnummer\w*|\bhandynummer\b|\bdurchwahl\b|\bteléfono\b|\bnuméro de téléphone\b"
    r"|\bnumber (?:do|can|should|must) (?:i|we|you|one) (?:call|ring|dial)\b|\bwhich number\b"
    r"|\bwhat(?:'s| is) \w+(?: \w+)?'s (?:number|phone|mobile)\b",
    Expected.EMAIL: r"\be-?mail[- ]?a(?:d?dress|dresse)\b|\be-?mail of\b",
    Expected.WEB: r"\b(?:website|url|web address|webseite|internetadresse)\b",
    Expected.CODE: r"\b(?:serial|policy|model|order|invoice|reference|account|licence|registration|contract|batch"
    r"|customer)[ -](?:number|code)\b|\bcode\b|\b(?:password|passwort|number plate|kennzeichen|aktenzeichen)\b"
    r"|\b(?:serien|kunden|vertrags|rechnungs)-?nummer\b",
    Expected.AGE: r"\bhow old\b|\bwie alt\b|\bwhat age\b|\bage of\b",
    Expected.REASON: r"\b(?:why|how come|for what reason|warum|weshalb|wieso|pourquoi|por qué)\b",
    Expected.SHARE: r"\b(?:percentage|per ?cent|prozent\w*|what share|proportion|discount|rabatt)\b",
    Expected.FREQUENCY: r"\bhow (?:often|frequently)\b|\bwie (?:oft|häufig)\b|\bhow many times\b",
    Expected.DURATION: r"\bhow long\b|\bwie lang\w*|\bhow many (?:\w+ )?(?:seconds|minutes|hours|days|weeks|months"
    r"|years)\b|\bwie viele (?:sekunden|minuten|stunden|tage|wochen|monate|jahre)\b|\bhow (?:soon|quickly)\b"
    r"|\b(?:notice period|kündigungsfrist)\b|\bwithin (?:what|which|how)\b|\bhow much (?:time|notice|leave)\b"
    r"|\bcombien de temps\b|\bcuánto tiempo\b",
    Expected.CLOCK: r"\b(?:what|which) time\b|\bwie ?viel uhr\b|\buhrzeit\b|\bà quelle heure\b|\ba qué hora\b",
    Expected.DOSE: r"\b(?:dose|dosage|dosis|dosierung)\b"
    r"|\bhow (?:much|many) (?:mg|milligrams|ml|units|tablets|puffs)\b",
    Expected.MONEY: r"\b(?:costs?|price|charged?|fees?|rent|salary|wage|budget|bill|deposit|earn|pay|paid|spend|spent"
    r"|insured for|expensive|loan|purchase|kostet\w*|kosten|preis|miete|gebühr\w*|gehalt|hausgeld|lohn|bezahl\w*"
    r"|honorar|teuer|kredit)\b|\bhow much money\b|\bcombien coûte\b",
    Expected.WEIGHT: r"\bhow heavy\b|\bwhat weight\b|\bweigh\w*|\bwie schwer\b|\bgewicht\b",
    Expected.AREA: r"\bsquare (?:met|feet)\w*|\bquadratmeter\b|\bfloor area\b",
    Expected.VOLUME: r"\bhow (?:many|much) (?:litres?|liters?)\b|\bwie ?viele? liter\b|\bcapacity\b",
    Expected.TEMPERATURE: r"\btemperatur\w*|\bhow (?:warm|hot|cold)\b|\bwie (?:warm|heiß|kalt)\b",
    Expected.LENGTH: r"\bhow (?:far|tall|wide|deep)\b|\bwie (?:weit|tief|breit)\b|\bdistance\b",
    Expected.DATE: r"\bwhen\b|\b(?:what|which) (?:\w+ )?(?:days?|dates?|month|year)\b|\bdeadline\b|\bdue date\b"
    r"|\bwann\b|\bdatum\b|\ban welche[mn] tag\b|\bin welche[mn] (?:jahr|monat)\b|\bquand\b|\bcuándo\b|\bexpir\w+"
    r"|\bbirthday\b|\bgeburtstag\b",
    Expected.NUMBER: r"\bhow (?:many|much|high|low|large|big|fast)\b|\bwie ?(?:viele?|hoch|groß)\b|\bcombien\b"
    r"|\b(?:what|which) (?:\w+ ){0,3}?(?:rate|number|amount|value|level|score|target|goal|limit|maximum|minimum"
    r"|count)\b|\bcuánt[oa]s?\b",
    Expected.PERSON: r"\b(?:who|whom|whose|which (?:doctor|nurse|person|physician|colleague|company|firm)|wer|wem"
    r"|wen|wessen|welche (?:firma|ärztin)|welcher arzt|qui|quién|quiénes)\b",
    Expected.PLACE: r"\b(?:where|which (?:room|floor|building|street|drawer|cupboard)|address|wo|wohin"
    r"|in welche[mr] (?:raum|zimmer)|où|dónde)\b",
}

_COUNT = (
    r"(?:\d[\d.,]*|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty"
    r"|fifty|sixty|ninety|hundred|half|eine?n?|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf)"
)
_TIMES = (
    r"(?:(?:second|sec|minute|min|hour|hr|day|night|week|month|year)s?|sekunden?|minuten?|stunden?|tage?n?|wochen?"
    r"|monate?n?|jahre?n?)"
)
_MONTH = (
    r"(?:jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|märz|apr(?:il)?|may|mai|june?|juni|july?|juli|aug(?:ust)?"
    r"|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?)"
)
_DAY = (
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|(?:mon|diens|donners|frei|sams|sonn)tags?|mittwochs?|mon|tue|wed"
    r"|thu|fri|sat|sun)"
)
_NAME = r"[A-ZÄÖÜ][\w'’-]+"
_MONEY = (
    r"[£$€]\s?\d|\d[\d,.]*\s?(?:[£$€]|(?:eur|euros?|pounds?|dollars?|gbp|pence|cents?|p|chf|francs?|franken)\b)"
    r"|\bfree(?: of charge)?\b|\bkostenlos\b|\bkostenfrei\b"
)
_DURATION = (
    rf"\b{_COUNT}[ -]?(?:(?:to|or|and|bis|oder|working|calendar|full|-|–) ?(?:{_COUNT} )?)?{_TIMES}\b"
    r"|\b\d+ ?(?:h|min|s)\b|\b(?:overnight|indefinite\w*|permanent\w*|until|lifelong)\b|\bfor (?:ever|life)\b"
)
_CLOCK = (
    r"\b\d{1,2}[:.]\d\d\b|\b\d{1,2} ?(?:[ap]\.?m\b|uhr|o'clock)|\b(?:noon|midnight|half past|mittags?)\b|\b\d{1,2} ?h\b"
    r"|\bat (?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b"
)
_DATE = (
    rf"\b{_MONTH}\b|\b{_DAY}\b|\b(?:19|20)\d\d\b|\b\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}\b|\b\d{{4}}-\d\d"
    r"|\b(?:spring|summer|autumn|winter|christmas|easter|tomorrow|weihnachten|ostern|frühjahr|sommer|herbst)\b"
    r"|\b(?:first|last|second) (?:day|week|of)\b|\b(?:day|week|month|year|tag|woche|monat|jahr) \d{1,3}\b"
)
_ANSWERS: dict[Expected, str] = {
    # Within a house numbers are short.
    Expected.PHONE: r"\+?\(?\d[\d ()/.–-]{4,}\d|\b\d{3,6}\b|\bext(?:ension)?\.? ?\d+",
    Expected.EMAIL: r"[^\s@]{1,64}@[^\s@]{1,253}\.\w+",
    Expected.WEB: r"https?://|\bwww\.|\b[\w-]+\.(?:org|com|net|de|uk|example)\b",
    Expected.CODE: r"\b(?=\w*\d)[a-z0-9][\w/-]{2,}\b",
    Expected.AGE: r"\b(?:aged?|years? old|year-old|born|dob|date of birth|geboren|geb|alter|jahre alt|jährige?r?)\b"
    rf"|\b{_COUNT} years?\b|\b\d{{2,3}} jahre\b",
    Expected.REASON: r"\b(?:because|since|so|in order|to (?:avoid|prevent|reduce|keep|rule|ensure)|due to|as|for"
    r"|therefore|reason|otherwise|risk|contains?|weil|damit|da|um|denn|wegen|deshalb|parce|car|porque|pues)\b",
    Expected.SHARE: rf"\d ?%|\bper ?cent\b|\bprozent|\b(?:thirds?|quarters?|half|fifths?)\b"
    rf"|\b\d+ (?:of|in|out of) \d+|{_MONEY}",
    Expected.FREQUENCY: r"\b(?:once|twice|daily|nightly|weekly|monthly|quarterly|yearly|annual(?:ly)?|hourly|always"
    r"|never|each|every|(?:per|a) (?:day|week|month|year)|times|(?:täg|wöchent|monat|jähr|vierteljähr|halbjähr)lich"
    r"|jede[nrsm]?|alle|mal|pro)\b|\b(?:ein|zwei|drei)mal",
    Expected.DURATION: _DURATION,
    Expected.CLOCK: _CLOCK,
    Expected.DOSE: r"\d ?(?:mc?g|g|µg|μg|ml|iu|units?|tablets?|puffs?|drops?|capsules?|mmol|i\.?e\.?|einheiten"
    r"|tabletten?|tropfen|micrograms?|milligrams?)\b|\b(?:one|two|half a|three|eine|zwei) (?:tablet|puff|drop|hüb)",
    Expected.MONEY: _MONEY,
    Expected.WEIGHT: r"\d ?(?:kg|kilo(?:gram)?s?|g|grams?|stone|lbs?|pounds?|tonnes?|kilogramm)\b",
    Expected.AREA: r"\d ?(?:m²|m2|sqm|sq\.? ?(?:m|ft)|square|quadrat|hectares?|qm)",
    Expected.VOLUME: r"\d ?(?:l|litres?|liters?|ml|cl|gallons?)\b",
    Expected.TEMPERATURE: r"\d ?(?:°|º|degrees?|grad|c\b)",
    Expected.LENGTH: rf"\d ?(?:[mck]?m|(?:kilo)?met(?:re|er)s?|miles?|feet|inch(?:es)?)\b|{_DURATION}",
    Expected.DATE: rf"{_DATE}|{_CLOCK}|{_DURATION}|\b(?:before|after|every|as soon as|once|when|if|vor|nach|sobald"
    r"|wenn)\b",
    Expected.NUMBER: r"\d|\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|hundred|thousand"
    r"|half|none|no|single|both|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|hundert|tausend|keine?)\b",
    Expected.PLACE: r"\b(?:room|floor|building|street|road|lane|avenue|entrance|corridor|clinic|ward|desk|cabinet"
    r"|car park|stairs?|cupboard|shelf|drawer|basement|cellar|attic|kitchen|garage|beside|behind|next to|in front"
    r"|opposite|above|below|under|at|in|on|to the|raum|zimmer|etage|straße|gebäude|keller|neben|hinter|im|über"
    r"|unter)\b",
}
_PERSON = (
    rf"\b(?:Dr|Prof|Mr|Mrs|Ms|Herr|Frau|Sr|Sra|Mme)\b\.? ?[A-ZÄÖÜ]|\b[A-ZÄÖÜ]\. ?{_NAME}"
    rf"|{_NAME} (?:(?:van|von|de|der|al|el|bin|le|la|di) )?{_NAME}"
    r"|\b(?:(?:nurse|doctor|physician|receptionist|manager|officer|pharmacist|surgeon|director|partner|patient)s?|team"
    r"|secretary|reception|ltd|gmbh|inc|council|company|registrar|trainee|family|staff|everyone|nobody|plumber"
    r"|electrician|caretaker)\b"
)
_ASKS = {kind: re.compile(pattern) for kind, pattern in _QUESTIONS.items()}
_TELLS = {
    **{kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _ANSWERS.items()},
    Expected.PERSON: re.compile(_PERSON),
}
# In a table the sign of money stands in the header more often than beside the number.
_MONEY_HEADER = re.compile(
    r"[£$€]|\b(?:price|cost|fee|amount|total|pay|rent|preis|kosten|betrag|gebühr)\b", re.IGNORECASE
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


def expected(question: str) -> Expected | None:
    """The kind of answer that `question` asks for, None when it is open."""
    folded = question.casefold()
    return next((kind for kind, pattern in _ASKS.items() if pattern.search(folded)), None)


def said(question: str) -> frozenset[str]:
    """The words of a question, as `holds` takes them."""
    found = [word.casefold() for word in _WORD.findall(question)]
    return frozenset(found) | {word.removesuffix("'s").removesuffix("’s") for word in found}


def holds(text: str, kind: Expected, said: Collection[str] = (), header: str = "") -> bool:
    """Whether `text` holds an answer of that kind: one that the question has not `said` itself.

    "Who was the nurse before Ruth Lamm?" is not answered by a sentence that names nobody but her. `header` is that of
    the table in which `text` is a row.
    """
    new = _WORD.sub(lambda word: " " if _is_said(word.group(), said) else word.group(), text) if said else text
    if _TELLS[kind].search(new):
        return True
    return kind is Expected.MONEY and _MONEY_HEADER.search(header) is not None and any(c.isdigit() for c in new)


def _is_said(word: str, said: Collection[str]) -> bool:
    folded = word.casefold()
    return folded in said or folded.removesuffix("'s").removesuffix("’s") in said
