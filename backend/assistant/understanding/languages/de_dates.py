"""German dates and times."""

from dataclasses import replace

from backend.assistant.understanding.dates import clocks, days, ranges, recurrence
from backend.assistant.understanding.dates.chart import Rule
from backend.assistant.understanding.dates.grain import Grain
from backend.assistant.understanding.dates.language import DateWords, named_days, rules, rules_with, words
from backend.assistant.understanding.dates.numerals import NumberWords
from backend.assistant.understanding.dates.values import Count, Half, Ordinal, Recurrence, Unit, Weekdays, Zone
from backend.assistant.understanding.dates.zones import ABBREVIATIONS

_ONES = "null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf".split()
_TEENS = "dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn".split()
_TENS = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split()
_FIRST = """erste zweite dritte vierte fünfte sechste siebte achte neunte zehnte elfte zwölfte dreizehnte vierzehnte
fünfzehnte sechzehnte siebzehnte achtzehnte neunzehnte""".split()
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
    stems = {word: value + 1 for value, word in enumerate(_FIRST)}
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

_WEEKDAYS = ["montag mo", "dienstag di", "mittwoch mi", "donnerstag do", "freitag fr", "samstag sonnabend sa", "sonntag so"]
_WEAK_DAYS = {"mo", "di", "mi", "do", "fr", "sa", "so"}
_MONTHS = ["januar jänner jan", "februar feber feb", "märz mär", "april apr", "mai", "juni jun", "juli jul", "august aug"]
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
_NEXT = "nächste|nächsten|nächster|nächstes|nächstem|kommende|kommenden|kommender|kommendes|kommendem|folgende|folgenden"
_LAST = "letzte|letzten|letzter|letztes|letztem|vergangene|vergangenen|vergangener|vergangenes|vorige|vorigen|voriges"
_THIS = "diese|diesen|dieser|dieses|diesem|aktuelle|aktuellen|laufenden|laufende"
_THE = "der|die|das|den|dem|des"
_EVERY = "jede|jeden|jeder|jedes|jedem|alle"
_A = "ein|eine|einen|einem|einer"

_PARTS = {
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
_MORNING = clocks.part(0, 12, False)

_WORDS = [
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
    *words({"letzte|letzten|letzter|letztes|letztem": Ordinal(-1), "vorletzte|vorletzten|vorletzter|vorletztes": Ordinal(-2)}),
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
            "heute morgen|früh": days.of_day(0, _MORNING),
            "morgen früh": days.of_day(1, _MORNING),
            "gestern morgen|früh": days.of_day(-1, _MORNING),
            "übermorgen früh": days.of_day(2, _MORNING),
        },
        weight=0.2,
    ),
]

_DAYS = [
    *rules(days.year, "{number}", weight=-0.2),
    *rules(days.spoken_year, "im jahr|jahre {number}", "jahr {number}"),
    *rules(days.day_of_month, "{ordinal}", weight=-0.1),
    *rules(days.the_day_of_month, f"{_THE} {{ordinal}}"),
    *rules(days.on_day_of_month, "am|zum|vom|ab {ordinal}"),
    *rules(days.day_named_month, f"{_THE}? {{ordinal}} {{month}}", "am|vom|zum {ordinal} {month}", "{number} {month}"),
    *rules(days.month_year, "{month} {number}"),
    *rules(days.number_in_months, "{number} {months}"),
    *rules_with(days.unit_at, 0, patterns=[f"{_THIS} {{unit}}", f"in {_THIS} {{unit}}"]),
    *rules_with(days.unit_at, 1, patterns=[f"{_THE}? {_NEXT} {{unit}}"]),
    *rules_with(days.unit_at, -1, patterns=[f"{_THE}? {_LAST} {{unit}}"]),
    *rules_with(days.unit_at, 2, patterns=["übernächste|übernächsten|übernächster|übernächstes {unit}"]),
    *rules_with(days.occurrence, 0, patterns=[f"{_THIS} {{any}}"]),
    *rules_with(days.occurrence, 1, patterns=[f"{_THE}? {_NEXT} {{any}}"]),
    *rules_with(days.occurrence, -1, patterns=[f"{_THE}? {_LAST} {{any}}"]),
    *rules_with(days.occurrence, 2, patterns=["übernächste|übernächsten|übernächster|übernächstes {any}"]),
    *rules(days.nth, f"{_THE}? {{ordinal}} {{unit}} {_THE}|im|in|von|vom {{time}}", f"{_THE}? {{ordinal}} {{any}} {_THE}|im|in|von|vom {{time}}"),
    *rules(days.nth, f"{_THE}? {{ordinal}} {{any}} {{months}}", "am {ordinal} {any} im|in|des|vom {time}", weight=-0.1),
    *rules_with(days.nth_after, 1, patterns=[f"{_THE}? {{ordinal}} {{any}} nach {{time}}"]),
    *rules_with(days.nth_after, -1, patterns=[f"{_THE}? {{ordinal}} {{any}} vor {{time}}"]),
    *rules(days.week_number, "kw|kalenderwoche|woche {number}"),
    *rules(days.weekday_week, "{weekday} in einer woche", "{weekday} in acht tagen"),
]

_CLOCKS = [
    *rules(clocks.hour, "{number}", weight=-0.3),
    *rules(clocks.same, "um|gegen {clock}", "um|gegen {clock} uhr", "um etwa|circa {clock}", "gegen|um {time}", weight=0.05),
    *rules(clocks.oclock, "{clock} uhr"),
    *rules(clocks.uhr, "{number} uhr {number}"),
    *rules(clocks.same, "{clock} uhr"),
    *rules_with(clocks.minutes_past, 15, patterns=["viertel nach {clock}"]),
    *rules_with(clocks.minutes_past, -15, patterns=["viertel vor {clock}", "dreiviertel {clock}"]),
    *rules_with(clocks.minutes_past, -45, patterns=["viertel {clock}"], weight=-0.2),
    *rules_with(clocks.minutes_past, -30, patterns=["halb {clock}"], weight=0.2),
    *rules_with(clocks.minutes_past, -35, patterns=["fünf vor halb {clock}"], weight=0.3),
    *rules_with(clocks.minutes_past, -25, patterns=["fünf nach halb {clock}"], weight=0.3),
    *rules(clocks.number_past, "{number} nach {clock}"),
    *rules(clocks.number_to, "{number} vor {clock}"),
    *rules(clocks.with_half, "{clock} {half}", "{clock} uhr {half}", weight=0.2),
    *rules(days.with_zone, "{time} {zone}", "{clock} {zone}"),
    *rules(clocks.same, "am|im|in|zu {part}", "in der {part}", "während des? {part}"),
]

_LENGTHS = [
    *rules(clocks.number_length, "{number} {unit}", "{number} weitere|weiteren {unit}"),
    *rules_with(clocks.length, 1, patterns=[f"{_A} {{unit}}"]),
    *rules_with(clocks.length, 3, patterns=["ein paar {unit}", "einige|einigen|paar {unit}"]),
    *rules_with(clocks.part_length, 0.5, patterns=["halbe|halben|halbes {unit}", f"{_A} halbe|halben|halbes {{unit}}"]),
    *rules_with(clocks.part_length, 1.5, patterns=["anderthalb|eineinhalb {unit}"]),
    *rules_with(clocks.part_length, 2.5, patterns=["zweieinhalb {unit}"]),
    *words({"viertelstunde": clocks.part_length(0.25, Unit(Grain.HOUR)), "dreiviertelstunde": clocks.part_length(0.75, Unit(Grain.HOUR))}),
    *rules(clocks.same_length, f"{_A} {{length}}", "für {length}", "{length} lang", "etwa|circa|ungefähr {length}"),
    *rules(clocks.longer, "{length} und? {length}"),
]

_SHIFTS = [
    *rules_with(clocks.shifted, 1, patterns=["in {length}", "heute in {length}"]),
    *rules_with(clocks.shifted, -1, patterns=["vor {length}"]),
    *rules_with(days.moved_by, 1, patterns=["{length} nach {any}"]),
    *rules_with(days.moved_by, -1, patterns=["{length} vor {any}"]),
    *rules_with(days.moved_unit, 1, patterns=["am? tag nach {any}", "{unit} nach {any}"]),
    *rules_with(days.moved_unit, -1, patterns=["{unit} vor {any}"]),
]

_RANGES = [
    *rules(days.between, "{any} -|bis {any}", "{any} bis zum {any}", weight=-0.05),
    *rules(days.between_firm, "von|vom {any} bis|- zum? {any}", "zwischen dem? {any} und dem? {any}", weight=0.5),
    *rules(days.between_firm, "von|vom {any} bis|- {any} uhr", "zwischen {any} und {any} uhr", weight=0.5),
    *rules(days.between_firm, "{clock} bis|- {clock} uhr", weight=0.5),
    *rules(
        ranges.between_days,
        "vom|von {ordinal} bis|- zum? {ordinal} {month}",
        "{ordinal} bis|- zum? {ordinal} {month}",
        "{number} bis|- {ordinal} {month}",
        weight=0.6,
    ),
    *rules_with(days.units, 1, patterns=[f"{_THE}? {_NEXT} {{number}} {{unit}}", f"in den {_NEXT} {{number}} {{unit}}"]),
    *rules_with(days.units, -1, patterns=[f"{_THE}? {_LAST} {{number}} {{unit}}", f"in den {_LAST} {{number}} {{unit}}"]),
    *rules_with(days.units, 1, 3, patterns=[f"{_THE}? {_NEXT} paar {{unit}}"]),
    *rules(ranges.beginning, f"anfang {_THE}? {{any}}", "am anfang von? {any}"),
    *rules(ranges.middle, f"mitte {_THE}? {{any}}"),
    *rules(ranges.end, f"ende {_THE}? {{any}}", "am ende von? {any}"),
    *rules_with(ranges.edge_of_unit, "beginning", 0, patterns=["anfang|beginn des|der {unit}", "am anfang des|der {unit}"]),
    *rules_with(ranges.edge_of_unit, "middle", 0, patterns=["mitte des|der {unit}"]),
    *rules_with(ranges.edge_of_unit, "end", 0, patterns=["ende des|der {unit}", "am ende des|der {unit}"]),
    *rules(ranges.rest_of_unit, "rest des|der {unit}", "der rest des|der {unit}"),
    *rules(ranges.whole_unit, "den|die|das ganzen|ganze {unit}"),
    *rules(ranges.by, "bis spätestens {time}", "spätestens am? {time}", "bis spätestens am {time}"),
    *rules(ranges.until, "bis zum|am? {time}"),
    *rules(ranges.within, "innerhalb von? {length}", "binnen {length}"),
    *rules_with(ranges.open_range, "after", patterns=["nach|ab {any}", "nach dem {any}", "ab dem {any}"]),
    *rules(ranges.since, "seit {any}", "seit dem {any}"),
    *rules_with(ranges.open_range, "before", patterns=["vor {any}", "vor dem {any}"]),
    *rules(ranges.lasting, "ab? {time} für {length}", "{time} {length} lang"),
    *rules(clocks.same, "am|in|im|während|über das? {other}", "am|übers {other}", "am|an|zu|zum {holiday}"),
]

_JOINED = [
    *rules(days.joined, "{time} {time}"),
    *rules(days.joined, "{time} am|um|im|in|von|vom|des|der|den|an {time}", weight=-0.05),
    *rules_with(days.with_part, _MORNING, patterns=["{weekday} morgen", "am {weekday} morgen"], weight=0.2),
    *rules_with(days.part_of, _MORNING, patterns=["am|der morgen des|vom {any}"], weight=0.2),
    *rules(days.joined_latent, f"{{weekday}} {_THE}? {{dom}}", "{dom} {months}", "{part} des {dom}", "am {part} des {dom}"),
    *rules(days.joined_clock, "{any} {clock}", "{clock} {any}", weight=-0.1),
    *rules(clocks.same, "am|für|an|den {day}", "am kommenden {day}", "im|in|für {time}"),
]

_REPEATING = [
    *words(
        {
            "täglich": Recurrence(Grain.DAY),
            "wöchentlich": Recurrence(Grain.WEEK),
            "monatlich": Recurrence(Grain.MONTH),
            "jährlich": Recurrence(Grain.YEAR),
            "stündlich": Recurrence(Grain.HOUR),
            "vierteljährlich": Recurrence(Grain.MONTH, 3),
            "zweiwöchentlich|vierzehntägig": Recurrence(Grain.WEEK, 2),
            "werktags|wochentags": Weekdays((0, 1, 2, 3, 4), plural=True),
            "werktag|wochentag|arbeitstag": Weekdays((0, 1, 2, 3, 4)),
            "wochenenden": Weekdays((5, 6), plural=True),
            "einmal": Count(1),
            "zweimal": Count(2),
            "dreimal": Count(3),
        },
        weight=0.1,
    ),
    *rules(recurrence.times, "{number} mal"),
    *rules(recurrence.one_weekday, "{weekday}", weight=-0.1),
    *rules(recurrence.more_weekdays, "{weekdays} und|oder {weekdays}", "{weekdays} , und? {weekdays}"),
    *rules(recurrence.weekdays_through, "{weekdays} -|bis {weekdays}", weight=0.2),
    *rules(recurrence.one_ordinal, f"{_THE}? {{ordinal}}", "am {ordinal}", weight=-0.1),
    *rules(recurrence.more_ordinals, "{ordinals} und {ordinals}"),
    *rules_with(recurrence.every, 1, patterns=[f"{_EVERY} {{unit}}"]),
    *rules(recurrence.every, f"{_EVERY} {{number}} {{unit}}", f"{_EVERY} {{ordinal}} {{unit}}"),
    *rules_with(recurrence.every_weekday, 1, patterns=[f"{_EVERY} {{weekdays}}"]),
    *rules(recurrence.every_weekday, f"{_EVERY} {{ordinal}} {{weekdays}}"),
    *rules(recurrence.plural_weekdays, "{weekdays}", "an {weekdays}", weight=0.1),
    *rules(recurrence.on_weekdays, "{every} am|an {weekdays}"),
    *rules(recurrence.on_ordinals, "{every} am {ordinals}"),
    *rules(recurrence.monthly_ordinals, f"{_EVERY} {{ordinals}} des monats", "am {ordinals} jedes|eines jeden monats"),
    *rules(recurrence.monthly_nth_weekday, f"{_EVERY} {{ordinals}} {{weekdays}} im|des monat|monats", "{ordinals} {weekdays} jedes monats", weight=0.2),
    *rules_with(recurrence.yearly_date, 1, patterns=[f"{_EVERY} {{date}}"]),
    *rules(recurrence.on_date, "{every} am {date}"),
    *rules(recurrence.at_clock, "{every} {any}", "{every} um|am|in|von {any}"),
    *rules_with(recurrence.every_part_of, _MORNING, patterns=[f"{_EVERY} morgen"], weight=0.2),
    *rules(recurrence.every_part, f"{_EVERY} {{part}}"),
    *rules(recurrence.weekday_part, f"{_EVERY} {{weekdays}} {{part}}"),
    *rules(recurrence.begins, "{every} ab|beginnend am|im? {time}", "{every} ab dem {time}"),
    *rules(recurrence.begun, "ab {time} {every}"),
    *rules(recurrence.ends, "{every} bis zum|im|am|ende? {time}", "{every} bis {time}"),
    *rules(recurrence.spans, "{every} von|vom {time} bis zum? {time}"),
    *rules(recurrence.lasts, "{every} {length}"),
    *rules(recurrence.counted, "{every} {count}"),
    *rules(recurrence.one_time, "am|im|an? {time}", weight=-0.1),
    *rules(recurrence.more_times, "{times} und|, {times}"),
    *rules(recurrence.except_times, "{every} außer {times}"),
    *rules(recurrence.except_rule, "{every} außer an|am? {every}", weight=0.1),
    *rules(recurrence.except_weekdays, "{every} außer an|am? {weekdays}", weight=0.1),
    *rules(recurrence.except_holidays, "{every} außer an|zu? feiertagen|feiertags"),
]

_NAMES: dict[str, tuple[str, ...]] = {
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

RULES: tuple[Rule, ...] = (
    *_WORDS,
    *_DAYS,
    *_CLOCKS,
    *_LENGTHS,
    *_SHIFTS,
    *_RANGES,
    *_JOINED,
    *_REPEATING,
    *named_days(_NAMES, ("s",)),
)

DATES = DateWords(
    numbers=NUMBERS,
    order="dmy",
    rules=RULES,
    skipped=frozenset({","}),
    leading=frozenset({"am", "um", "im", "in", "an", "für", "gegen", "von", "vom", "zum", "bis", "ab", "den", "der", "die", "das"}),
    fillers=frozenset(tuple(filler.split()) for filler in ["äh", "ähm", "öhm", "hm", "hmm", "mhm", "ähh", "sozusagen", "na ja"]),
)
