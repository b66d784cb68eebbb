"""English words for times: numbers, days, months, units, parts of the day."""

from dataclasses import replace

from backend.assistant.understanding.dates import clocks, days, ranges, relations
from backend.assistant.understanding.dates.grain import Grain
from backend.assistant.understanding.dates.language import words
from backend.assistant.understanding.dates.numerals import NumberWords, numbered
from backend.assistant.understanding.dates.values import Half, Ordinal, Unit, Zone
from backend.assistant.understanding.dates.zones import ABBREVIATIONS

NUMBERS = NumberWords(
    small=numbered(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
        seventeen eighteen nineteen""",
        0,
    ),
    tens=numbered("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10) | {"fourty": 40},
    hundred=frozenset({"hundred"}),
    thousand=frozenset({"thousand"}),
    joiners=frozenset({"and"}),
    ordinals=numbered(
        """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
        fifteenth sixteenth seventeenth eighteenth nineteenth twentieth""",
        1,
    )
    | {"thirtieth": 30},
    ordinal_suffixes=frozenset({"st", "nd", "rd", "th"}),
    zero_digit=frozenset({"oh", "o", "zero", "ou"}),
    articles=frozenset({"a"}),
)

# Words with a second meaning are times only in company or alone: "may", "sat", "second".
_WEEKDAYS = ["monday mon", "tuesday tue tues", "wednesday wed weds", "thursday thu thur thurs", "friday fri"]
_WEEKDAYS += ["saturday sat", "sunday sun"]
_MONTHS = ["january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug"]
_MONTHS += ["september sep sept", "october oct", "november nov", "december dec"]
_WEAK = {"sat", "sun", "wed", "mon", "may", "mar", "march", "dec", "jan"}

_UNITS = {
    Grain.SECOND: "second|seconds|sec|secs|s",
    Grain.MINUTE: "minute|minutes|min|mins|'|m",
    Grain.HOUR: "hour|hours|hr|hrs|h",
    Grain.DAY: "day|days|day's|days'|d",
    Grain.WEEK: "week|weeks|wk|wks|week's|weeks'",
    Grain.MONTH: "month|months|mo|month's|months'",
    Grain.QUARTER: "quarter|quarters|qtr|qtrs",
    Grain.YEAR: "year|years|yr|yrs|year's|years'",
}

WORDS = [
    *(
        rule
        for index, names in enumerate(_WEEKDAYS)
        for name in names.split()
        for rule in words({f"{name}|{name}'s .?": days.weekday(index, weak=name in _WEAK)})
    ),
    *(
        rule
        for index, names in enumerate(_MONTHS)
        for name in names.split()
        for rule in words({f"{name}|{name}'s .?": days.month(index + 1, weak=name in _WEAK)})
    ),
    *(
        rule
        for index, names in enumerate(_WEEKDAYS)
        for rule in words({f"{names.split()[0]}s": replace(days.weekday(index), latent=True)})
    ),
    *words({pattern: Unit(grain) for grain, pattern in _UNITS.items()}),
    *words({"business|working|work day": days.workday(), "workday": days.workday()}),
    *words({"fortnight|fortnights": Unit(Grain.DAY, 14), "decade|decades": Unit(Grain.YEAR, 10)}),
    *words({"last|final": Ordinal(-1), "penultimate": Ordinal(-2)}),
    *words({"am|a.m. .?": Half(False), "pm|p.m. .?": Half(True), "a .? m .?": Half(False), "p .? m .?": Half(True)}),
    *words({"in the? am": Half(False), "in the? pm": Half(True)}),
    *words({"in the? a .? m .?": Half(False), "in the? p .? m .?": Half(True)}),
    *words({name: Zone(offset) for name, offset in ABBREVIATIONS.items()}),
    *words({"eastern|et time?": Zone("America/New_York"), "pacific|pt time?": Zone("America/Los_Angeles")}),
    *words({"central time?": Zone("America/Chicago"), "mountain time": Zone("America/Denver")}),
    *words({f"( {name} )": Zone(offset) for name, offset in ABBREVIATIONS.items()}),
    *words(
        {
            "now|atm": clocks.moment(),
            "right|just now": clocks.moment(),
            "immediately|asap": clocks.moment(),
            "as soon as possible": clocks.moment(),
            "at the moment": clocks.moment(),
            "today|todays|today's": days.today(0),
            "at this time": days.today(0),
            "tomorrow|tomorrows|tomorrow's|tmrw|tmr|tmw|tomorow|tommorow|tommorrow": days.today(1),
            "yesterday|yesterdays|yesterday's": days.today(-1),
            "the? day after tomorrow": days.today(2),
            "the? day before yesterday": days.today(-2),
            "noon|midday|noontime|noonish": clocks.fixed(12),
            "the midday|noon": clocks.fixed(12),
            "mid day": clocks.fixed(12),
            "mid - day": clocks.fixed(12),
            "midnight|midnite": clocks.fixed(0),
            "mid - night": clocks.fixed(0),
            "eom": ranges.edge("end", 0, Grain.MONTH),
            "bom": ranges.edge("beginning", 0, Grain.MONTH),
            "eoy": ranges.edge("end", 0, Grain.YEAR),
            "boy": ranges.edge("beginning", 0, Grain.YEAR),
            "midweek": ranges.edge("middle", 0, Grain.WEEK),
            "mid week": ranges.edge("middle", 0, Grain.WEEK),
            "mid - week": ranges.edge("middle", 0, Grain.WEEK),
            "eow": ranges.edge("end", 0, Grain.WEEK),
            "the? end of the? day": clocks.fixed(0),
            "eod": clocks.fixed(0),
            "the eod": clocks.fixed(0),
            "the eom": ranges.edge("end", 0, Grain.MONTH),
            "the bom": ranges.edge("beginning", 0, Grain.MONTH),
            "the eoy": ranges.edge("end", 0, Grain.YEAR),
            "the boy": ranges.edge("beginning", 0, Grain.YEAR),
            "weekend|weekends|weekend's|wkend|wkends": ranges.weekend(),
            "week end|ends": ranges.weekend(),
            "spring|springtime": ranges.season((3, 20), (6, 22), 0),
            "summer|summertime": ranges.season((6, 21), (9, 24), 1),
            "fall|autumn": ranges.season((9, 23), (12, 22), 2),
            "winter|wintertime": ranges.season((12, 21), (3, 21), 3),
        }
    ),
    # "Week-end" is no week and no end.
    *words({"week - end|ends": ranges.weekend()}, weight=0.5),
    *words(
        {
            "morning|morning's": clocks.part(0, 12, False),
            "first thing": clocks.part(0, 9, False, weak=True),
            "first thing in the morning": clocks.part(0, 9, False),
            "early hours of? the? morning": clocks.part(0, 9, False),
            "the? small|wee|early hours": clocks.part(0, 6, False),
            "daybreak|dawn|sunrise": clocks.part(5, 7, False, weak=True),
            "dusk|sundown|sunset|nightfall": clocks.part(18, 21, True, weak=True),
            "afternoon|afternoon's|afternoonish": clocks.part(12, 19, True),
            "evening|evening's|night|night's": clocks.part(18, 24, True),
            "lunch|lunchtime|lunch-time": clocks.part(12, 14, True, weak=True),
            "lunch time": clocks.part(12, 14, True),
            "breakfast|breakfasttime": clocks.part(6, 9, False, weak=True),
            "dinnertime|suppertime": clocks.part(17, 21, True),
            "dinner|supper time": clocks.part(17, 21, True),
            "tea|coffee time": clocks.part(15, 17, True),
            "mid - afternoon": clocks.part(14, 16, True),
            "mid afternoon": clocks.part(14, 16, True),
            "mid - morning": clocks.part(9, 11, False),
            "mid morning": clocks.part(9, 11, False),
            "close|end of business": clocks.part(16, 18, True),
            "cob": clocks.part(16, 18, True),
            "after lunch": clocks.part(13, 17, True),
            "after school": clocks.part(15, 21, True),
            "after work": clocks.part(17, 21, True),
        }
    ),
]

# How early or late in a part of the day: its hours, by the words for the part.
_EARLY_LATE = {
    "early": {"morning": (0, 9, False), "afternoon": (12, 15, True), "evening|night": (18, 21, True)},
    "late": {"morning": (9, 12, False), "afternoon": (15, 19, True), "evening|night": (21, 24, True)},
}

TONIGHT = [
    *(
        rule
        for degree, parts in _EARLY_LATE.items()
        for name, (start, stop, afternoon) in parts.items()
        for part in [clocks.part(start, stop, afternoon)]
        for rule in (
            *words({f"{degree} {name}": part, f"{degree} in the? {name}": part, f"{degree}r in the {name}": part}),
            *words({f"{degree} - {name}": part}),
            *words({f"{degree} this {name}": relations.of_day(0, part)}),
            *words({f"{degree} tomorrow {name}": relations.of_day(1, part)}),
            *words({f"{degree} yesterday {name}": relations.of_day(-1, part)}),
        )
    ),
    *words({"tonight|tonights|tonight's|tonite|tonigth": relations.of_day(0, clocks.part(18, 24, True))}),
    *words({"late tonight": relations.of_day(0, clocks.part(21, 24, True))}),
    *words({"last night": relations.of_day(-1, clocks.part(18, 24, True))}),
    *words({"late last night": relations.of_day(-1, clocks.part(21, 24, True))}),
]
