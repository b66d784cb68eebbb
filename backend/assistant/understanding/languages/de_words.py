"""German words for times: numbers, days, months, units, parts of the day, named days."""

from dataclasses import replace

from backend.assistant.understanding.dates import clocks, days, ranges, relations
from backend.assistant.understanding.dates.grain import Grain
from backend.assistant.understanding.dates.language import words
from backend.assistant.understanding.dates.numerals import NumberWords, numbered
from backend.assistant.understanding.dates.values import Half, Ordinal, Time, Unit, Zone
from backend.assistant.understanding.dates.zones import ABBREVIATIONS

_ONES = list(numbered("null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf", 0))
_TEENS = ["dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn"]
_TENS = ["zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"]
_FIRST = numbered(
    """erste zweite dritte vierte fünfte sechste siebte achte neunte zehnte elfte zwölfte dreizehnte vierzehnte
    fünfzehnte sechzehnte siebzehnte achtzehnte neunzehnte""",
    1,
)
_ENDINGS = ("", "n", "r", "s", "m")


def _small() -> dict[str, int]:
    """0 to 99. From 21 on the ones come first, in one word: einundzwanzig."""
    found = {word: value for value, word in enumerate([*_ONES, *_TEENS])}
    for ten, tens_word in enumerate(_TENS):
        found[tens_word] = 20 + 10 * ten
        for one in range(1, 10):
            found[f"{_ONES[one]}und{tens_word}"] = 20 + 10 * ten + one
    # "Ein" is an article far more often than a number; "ein Uhr" has a rule of its own.
    del found["ein"]
    return found | {"eins": 1, "zwo": 2, "dreissig": 30}


def _ordinals() -> dict[str, int]:
    """1 to 31, with the endings of adjectives."""
    stems = dict(_FIRST)
    stems |= {f"{word}ste": value for word, value in _small().items() if 20 <= value <= 31}
    return {stem + ending: value for stem, value in stems.items() for ending in _ENDINGS}


NUMBERS = NumberWords(
    small=_small(),
    tens={},
    hundred=frozenset({"hundert"}),
    thousand=frozenset({"tausend"}),
    joiners=frozenset({"und"}),
    ordinals=_ordinals(),
    ordinal_suffixes=frozenset({"."}),
    articles=frozenset(),
    decimal=",",
)

_WEEKDAYS = [
    "montag mo",
    "dienstag di",
    "mittwoch mi",
    "donnerstag do",
    "freitag fr",
    "samstag sonnabend sa",
    "sonntag so",
]
_WEAK_DAYS = {"mo", "di", "mi", "do", "fr", "sa", "so"}
_MONTHS = [
    "januar jänner jan",
    "februar feber feb",
    "märz mär",
    "april apr",
    "mai",
    "juni jun",
    "juli jul",
    "august aug",
]
_MONTHS += ["september sep sept", "oktober okt", "november nov", "dezember dez"]

_UNITS = {
    Grain.SECOND: "sekunde|sekunden",
    Grain.MINUTE: "minute|minuten|min",
    Grain.HOUR: "stunde|stunden|std",
    Grain.DAY: "tag|tage|tagen|tages|tags",
    Grain.WEEK: "woche|wochen",
    Grain.MONTH: "monat|monate|monaten|monats",
    Grain.QUARTER: "quartal|quartale|quartals|vierteljahr",
    Grain.YEAR: "jahr|jahre|jahren|jahres",
}
NEXT = "nächste|nächsten|nächster|nächstes|nächstem|kommende|kommenden|kommender|kommendes|kommendem|folgende|folgenden"
LAST = "letzte|letzten|letzter|letztes|letztem|vergangene|vergangenen|vergangener|vergangenes|vorige|vorigen|voriges"
THIS = "diese|diesen|dieser|dieses|diesem|aktuelle|aktuellen|laufenden|laufende"
THE = "der|die|das|den|dem|des"
EVERY = "jede|jeden|jeder|jedes|jedem|alle"
A = "ein|eine|einen|einem|einer"

_PARTS: dict[str, Time | None] = {
    "morgens|vormittags|vormittag|früh|frühmorgens": clocks.part(0, 12, False),
    "mittag|mittags": clocks.part(11, 14, True),
    "nachmittag|nachmittags": clocks.part(12, 18, True),
    "abend|abends": clocks.part(18, 24, True),
    "nacht|nachts": clocks.part(21, 24, True),
    "spätabends": clocks.part(21, 24, True),
    "am|diesen morgen": clocks.part(0, 12, False),
    "am frühen morgen": clocks.part(0, 9, False),
    "am späten vormittag": clocks.part(10, 12, False),
    "am frühen nachmittag": clocks.part(12, 15, True),
    "am späten nachmittag": clocks.part(15, 18, True),
    "feierabend": clocks.part(17, 19, True),
}
MORNING = clocks.part(0, 12, False)

WORDS = [
    *(
        rule
        for index, names in enumerate(_WEEKDAYS)
        for name in names.split()
        for rule in words({f"{name} .?": days.weekday(index, weak=name in _WEAK_DAYS)})
    ),
    *(
        rule
        for index, names in enumerate(_WEEKDAYS)
        for name in names.split()
        if name not in _WEAK_DAYS
        for rule in words({f"{name}s|{name}e|{name}en": replace(days.weekday(index), latent=True)})
    ),
    *(
        rule
        for index, names in enumerate(_MONTHS)
        for name in names.split()
        for rule in words({f"{name} .?": days.month(index + 1)})
    ),
    *words({pattern: Unit(grain) for grain, pattern in _UNITS.items()}),
    *words(
        {
            "letzte|letzten|letzter|letztes|letztem": Ordinal(-1),
            "vorletzte|vorletzten|vorletzter|vorletztes": Ordinal(-2),
        }
    ),
    *words({name: Zone(offset) for name, offset in ABBREVIATIONS.items()}),
    *words({"mez": Zone("+01:00"), "mesz": Zone("+02:00")}),
    *words({"morgens|vormittags|früh": Half(False), "nachmittags|abends": Half(True)}, weight=-0.2),
    *words(
        {
            "jetzt|sofort": clocks.moment(),
            "heute": days.today(0),
            "morgen": days.today(1),
            "gestern": days.today(-1),
            "übermorgen": days.today(2),
            "vorgestern": days.today(-2),
            "überübermorgen": days.today(3),
            "um? ein uhr": clocks.clock(1, twelve=True),
            "um? mitternacht": clocks.fixed(0),
            "um? zwölf uhr mittags": clocks.fixed(12),
            "wochenende|wochenendes": ranges.weekend(),
            "frühling|frühjahr": ranges.season((3, 20), (6, 22), 0),
            "sommer|sommers": ranges.season((6, 21), (9, 24), 1),
            "herbst": ranges.season((9, 23), (12, 22), 2),
            "winter|winters": ranges.season((12, 21), (3, 21), 3),
            "monatsende": ranges.edge("end", 0, Grain.MONTH),
            "monatsanfang": ranges.edge("beginning", 0, Grain.MONTH),
            "jahresende": ranges.edge("end", 0, Grain.YEAR),
            "wochenanfang": ranges.edge("beginning", 0, Grain.WEEK),
        }
        | _PARTS
    ),
    *words(
        {
            "heute morgen|früh": relations.of_day(0, MORNING),
            "morgen früh": relations.of_day(1, MORNING),
            "gestern morgen|früh": relations.of_day(-1, MORNING),
            "übermorgen früh": relations.of_day(2, MORNING),
        },
        weight=0.2,
    ),
]

NAMES: dict[str, tuple[str, ...]] = {
    "new_year": ("neujahr", "neujahrstag"),
    "new_year_eve": ("silvester",),
    "epiphany": ("dreikönig", "dreikönigstag", "heilige drei könige"),
    "valentine": ("valentinstag",),
    "weiberfastnacht": ("weiberfastnacht",),
    "rose_monday": ("rosenmontag",),
    "shrove_tuesday": ("fastnacht", "faschingsdienstag"),
    "ash_wednesday": ("aschermittwoch",),
    "womens": ("frauentag",),
    "palm_sunday": ("palmsonntag",),
    "holy_thursday": ("gründonnerstag",),
    "good_friday": ("karfreitag",),
    "holy_saturday": ("karsamstag",),
    "easter": ("ostern", "ostersonntag"),
    "easter_monday": ("ostermontag",),
    "may_day": ("tag der arbeit", "maifeiertag"),
    "mothers": ("muttertag",),
    "ascension": ("christi himmelfahrt", "himmelfahrt", "vatertag"),
    "pentecost": ("pfingsten", "pfingstsonntag"),
    "whit_monday": ("pfingstmontag",),
    "corpus_christi": ("fronleichnam",),
    "assumption": ("mariä himmelfahrt",),
    "german_unity": ("tag der deutschen einheit",),
    "reformation": ("reformationstag",),
    "halloween": ("halloween",),
    "all_saints": ("allerheiligen",),
    "all_souls": ("allerseelen",),
    "martin": ("martinstag", "sankt martin"),
    "repentance": ("buß - und bettag", "buß und bettag"),
    "advent": ("erster advent",),
    "nicholas": ("nikolaus", "nikolaustag"),
    "christmas_eve": ("heiligabend", "heilig abend", "heiliger abend"),
    "christmas": ("weihnachten", "erster weihnachtstag"),
    "boxing": ("zweiter weihnachtstag",),
    "austria": ("österreichischer nationalfeiertag",),
    "swiss": ("schweizer bundesfeiertag",),
}
