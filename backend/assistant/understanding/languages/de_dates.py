"""German dates and times: the rules."""

from backend.assistant.understanding.dates import clocks, days, joining, limits, ranges, recurrence, relations
from backend.assistant.understanding.dates.chart import Rule
from backend.assistant.understanding.dates.grain import Grain
from backend.assistant.understanding.dates.language import DateWords, named_days, rules, rules_with, words
from backend.assistant.understanding.dates.values import Count, Ordinal, Recurrence, Unit, Weekdays
from backend.assistant.understanding.languages.de_words import (
    EVERY,
    LAST,
    MORNING,
    NAMES,
    NEXT,
    NUMBERS,
    THE,
    THIS,
    WORDS,
    A,
)

_DAYS = [
    *rules(days.year, "{number}", weight=-0.2),
    *rules(days.spoken_year, "im jahr|jahre {number}", "jahr {number}"),
    *rules(days.day_of_month, "{ordinal}", weight=-0.1),
    *rules(days.the_day_of_month, f"{THE} {{ordinal}}"),
    *rules(days.on_day_of_month, "am|zum|vom|ab {ordinal}"),
    *rules(days.day_named_month, f"{THE}? {{ordinal}} {{month}}", "am|vom|zum {ordinal} {month}", "{number} {month}"),
    *rules(days.month_year, "{month} {number}"),
    *rules(days.number_in_months, "{number} {months}"),
    *rules_with(days.unit_at, 0, patterns=[f"{THIS} {{unit}}", f"in {THIS} {{unit}}"]),
    *rules_with(days.unit_at, 1, patterns=[f"{THE}? {NEXT} {{unit}}"]),
    *rules_with(days.unit_at, -1, patterns=[f"{THE}? {LAST} {{unit}}"]),
    *rules_with(days.unit_at, 2, patterns=["übernächste|übernächsten|übernächster|übernächstes {unit}"]),
    *rules_with(relations.occurrence, 0, patterns=[f"{THIS} {{any}}"]),
    *rules_with(relations.occurrence, 1, patterns=[f"{THE}? {NEXT} {{any}}"]),
    *rules_with(relations.occurrence, -1, patterns=[f"{THE}? {LAST} {{any}}"]),
    *rules_with(relations.occurrence, 2, patterns=["übernächste|übernächsten|übernächster|übernächstes {any}"]),
    *rules(
        relations.nth,
        f"{THE}? {{ordinal}} {{unit}} {THE}|im|in|von|vom {{time}}",
        f"{THE}? {{ordinal}} {{any}} {THE}|im|in|von|vom {{time}}",
    ),
    *rules(
        relations.nth, f"{THE}? {{ordinal}} {{any}} {{months}}", "am {ordinal} {any} im|in|des|vom {time}", weight=-0.1
    ),
    *rules_with(relations.nth_after, 1, patterns=[f"{THE}? {{ordinal}} {{any}} nach {{time}}"]),
    *rules_with(relations.nth_after, -1, patterns=[f"{THE}? {{ordinal}} {{any}} vor {{time}}"]),
    *rules(days.week_number, "kw|kalenderwoche|woche {number}"),
    *rules_with(relations.unit_of, Unit(Grain.WEEK), patterns=["woche vom|ab {any}", "die|der woche vom {any}"]),
    *rules(relations.ahead, "{relative} in {length}", weight=0.1),
    *rules(relations.number_after, "{number} {weekday} nach {time}"),
    *rules(relations.weekday_week, "{weekday} in einer woche", "{weekday} in acht tagen"),
]

_CLOCKS = [
    *rules(clocks.hour, "{number}", weight=-0.3),
    *rules(
        clocks.same, "um|gegen {clock}", "um|gegen {clock} uhr", "um etwa|circa {clock}", "gegen|um {time}", weight=0.05
    ),
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
    *rules(joining.with_zone, "{time} {zone}", "{clock} {zone}"),
    *rules(clocks.same, "am|im|in|zu {part}", "in der {part}", "während des? {part}"),
]

_LENGTHS = [
    *rules(clocks.number_length, "{number} {unit}", "{number} weitere|weiteren {unit}"),
    *rules_with(clocks.length, 1, patterns=[f"{A} {{unit}}"]),
    *rules_with(clocks.length, 3, patterns=["ein paar {unit}", "einige|einigen|paar {unit}"]),
    *rules_with(clocks.part_length, 0.5, patterns=["halbe|halben|halbes {unit}", f"{A} halbe|halben|halbes {{unit}}"]),
    *rules_with(clocks.part_length, 1.5, patterns=["anderthalb|eineinhalb {unit}"]),
    *rules_with(clocks.part_length, 2.5, patterns=["zweieinhalb {unit}"]),
    *words(
        {
            "viertelstunde": clocks.part_length(0.25, Unit(Grain.HOUR)),
            "dreiviertelstunde": clocks.part_length(0.75, Unit(Grain.HOUR)),
        }
    ),
    *rules(clocks.same_length, f"{A} {{length}}", "für|um {length}", "{length} lang", "etwa|circa|ungefähr {length}"),
    *rules(clocks.longer, "{length} und? {length}"),
]

_SHIFTS = [
    *rules_with(clocks.shifted, 1, patterns=["in {length}", "heute in {length}"]),
    *rules_with(clocks.shifted, -1, patterns=["vor {length}"]),
    *rules_with(relations.moved_by, 1, patterns=["{length} nach {any}"]),
    *rules_with(relations.moved_by, -1, patterns=["{length} vor {any}"]),
    *rules_with(relations.moved_unit, 1, patterns=["am? tag nach {any}", "{unit} nach {any}"]),
    *rules_with(relations.moved_unit, -1, patterns=["{unit} vor {any}"]),
]

_RANGES = [
    *rules(joining.between, "{any} -|bis {any}", "{any} bis zum {any}", weight=-0.05),
    *rules(joining.between_firm, "von|vom {any} bis|- zum? {any}", "zwischen dem? {any} und dem? {any}", weight=0.5),
    *rules(joining.between_firm, "von|vom {any} bis|- {any} uhr", "zwischen {any} und {any} uhr", weight=0.5),
    *rules(joining.between_firm, "{clock} bis|- {clock} uhr", weight=0.5),
    *rules(
        ranges.between_days,
        "vom|von {ordinal} bis|- zum? {ordinal} {month}",
        "{ordinal} bis|- zum? {ordinal} {month}",
        "{number} bis|- {ordinal} {month}",
        weight=0.6,
    ),
    *rules_with(
        relations.units, 1, patterns=[f"{THE}? {NEXT} {{number}} {{unit}}", f"in den {NEXT} {{number}} {{unit}}"]
    ),
    *rules_with(
        relations.units, -1, patterns=[f"{THE}? {LAST} {{number}} {{unit}}", f"in den {LAST} {{number}} {{unit}}"]
    ),
    *rules_with(relations.units, 1, 3, patterns=[f"{THE}? {NEXT} paar {{unit}}"]),
    *rules(ranges.beginning, f"anfang {THE}? {{any}}", "am anfang von? {any}"),
    *rules(ranges.middle, f"mitte {THE}? {{any}}"),
    *rules(ranges.end, f"ende {THE}? {{any}}", "am ende von? {any}"),
    *rules_with(
        ranges.edge_of_unit, "beginning", 0, patterns=["anfang|beginn des|der {unit}", "am anfang des|der {unit}"]
    ),
    *rules_with(ranges.edge_of_unit, "middle", 0, patterns=["mitte des|der {unit}"]),
    *rules_with(ranges.edge_of_unit, "end", 0, patterns=["ende des|der {unit}", "am ende des|der {unit}"]),
    *rules(ranges.rest_of_unit, "rest des|der {unit}", "der rest des|der {unit}"),
    *rules(ranges.whole_unit, "den|die|das ganzen|ganze {unit}"),
    *rules(ranges.by, "bis spätestens {time}", "spätestens am? {time}", "bis spätestens am {time}"),
    *rules(ranges.by_end, f"bis ende {THE}? {{time}}", "bis zum ende von|des|der {time}", weight=0.1),
    *rules(ranges.until, "bis zum|am? {time}"),
    *rules_with(ranges.half_of, Ordinal(1), patterns=["erste|ersten hälfte des|der|von|im {time}"]),
    *rules_with(ranges.half_of, Ordinal(2), patterns=["zweite|zweiten hälfte des|der|von|im {time}"]),
    *rules(ranges.weekend_of, "wochenende um|vom den? {any}", weight=0.3),
    *rules(ranges.within, "innerhalb von? {length}", "binnen {length}"),
    *rules_with(ranges.open_range, "after", patterns=["nach|ab {any}", "nach dem {any}", "ab dem {any}"]),
    *rules(ranges.since, "seit {any}", "seit dem {any}"),
    *rules_with(ranges.open_range, "before", patterns=["vor {any}", "vor dem {any}"]),
    *rules(ranges.lasting, "ab? {time} für {length}", "{time} {length} lang"),
    *rules(clocks.same, "am|in|im|während|über das? {other}", "am|übers {other}", "am|an|zu|zum {holiday}"),
]

_JOINED = [
    *rules(joining.joined, "{time} {time}"),
    *rules(joining.joined, "{time} am|um|im|in|von|vom|des|der|den|an {time}", weight=-0.05),
    *rules_with(relations.with_part, MORNING, patterns=["{weekday} morgen", "am {weekday} morgen"], weight=0.2),
    *rules_with(relations.part_of, MORNING, patterns=["am|der morgen des|vom {any}"], weight=0.2),
    *rules(
        joining.joined_latent,
        f"{{weekday}} {THE}? {{dom}}",
        "{dom} {months}",
        "{part} des {dom}",
        "am {part} des {dom}",
    ),
    *rules(joining.joined_clock, "{any} {clock}", "{clock} {any}", weight=-0.1),
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
    *rules(limits.times, "{number} mal"),
    *rules(recurrence.one_weekday, "{weekday}", weight=-0.1),
    *rules(recurrence.more_weekdays, "{weekdays} und|oder {weekdays}", "{weekdays} , und? {weekdays}"),
    *rules(recurrence.weekdays_through, "{weekdays} -|bis {weekdays}", weight=0.2),
    *rules(recurrence.one_ordinal, f"{THE}? {{ordinal}}", "am {ordinal}", weight=-0.1),
    *rules(recurrence.more_ordinals, "{ordinals} und {ordinals}"),
    *rules_with(recurrence.every, 1, patterns=[f"{EVERY} {{unit}}"]),
    *rules(recurrence.every, f"{EVERY} {{number}} {{unit}}", f"{EVERY} {{ordinal}} {{unit}}"),
    *rules_with(recurrence.every_weekday, 1, patterns=[f"{EVERY} {{weekdays}}"]),
    *rules(recurrence.every_weekday, f"{EVERY} {{ordinal}} {{weekdays}}"),
    *rules(recurrence.plural_weekdays, "{weekdays}", "an {weekdays}", weight=0.1),
    *rules(recurrence.on_weekdays, "{every} am|an {weekdays}"),
    *rules(recurrence.on_ordinals, "{every} am {ordinals}"),
    *rules(recurrence.monthly_ordinals, f"{EVERY} {{ordinals}} des monats", "am {ordinals} jedes|eines jeden monats"),
    *rules(
        recurrence.monthly_nth_weekday,
        f"{EVERY} {{ordinals}} {{weekdays}} im|des monat|monats",
        "{ordinals} {weekdays} jedes monats",
        weight=0.2,
    ),
    *rules_with(recurrence.yearly_date, 1, patterns=[f"{EVERY} {{date}}"]),
    *rules(recurrence.on_date, "{every} am {date}"),
    *rules(recurrence.at_clock, "{every} {any}", "{every} um|am|in|von {any}"),
    *rules(recurrence.at_clocks, "{every} um {clock} und um? {clock}", "{every} um {clock} und um? {clock} uhr"),
    *rules(
        recurrence.during_hours,
        "{every} von|zwischen {clock} bis|und {clock}",
        "{every} von|zwischen {clock} bis|und {clock} uhr",
        weight=0.1,
    ),
    *rules_with(recurrence.yearly_holiday, 1, patterns=[f"{EVERY} {{holiday}}"]),
    *rules(recurrence.both, "{every} und {every}"),
    *rules(limits.during, "{every} {relative}", "{every} in {relative}", weight=-0.4),
    *rules(
        recurrence.monthly_several,
        f"{EVERY} {{ordinals}} {{weekdays}}",
        "am {ordinals} {weekdays} im|des monat|monats",
        weight=0.2,
    ),
    *rules_with(recurrence.every_part_of, MORNING, patterns=[f"{EVERY} morgen"], weight=0.2),
    *rules(recurrence.every_part, f"{EVERY} {{part}}"),
    *rules(recurrence.weekday_part, f"{EVERY} {{weekdays}} {{part}}"),
    *rules(limits.begins, "{every} ab|beginnend am|im? {time}", "{every} ab dem {time}"),
    *rules(limits.begun, "ab {time} {every}"),
    *rules(limits.ends, "{every} bis zum|im|am|ende? {time}", "{every} bis {time}"),
    *rules(limits.spans, "{every} von|vom {time} bis zum? {time}"),
    *rules(limits.lasts, "{every} {length}"),
    *rules(limits.counted, "{every} {count}"),
    *rules(limits.one_time, "am|im|an? {time}", weight=-0.1),
    *rules(limits.more_times, "{times} und|, {times}"),
    *rules(limits.except_times, "{every} außer {times}"),
    *rules(limits.except_rule, "{every} außer an|am? {every}", weight=0.1),
    *rules(limits.except_weekdays, "{every} außer an|am? {weekdays}", weight=0.1),
    *rules(limits.except_holidays, "{every} außer an|zu? feiertagen|feiertags"),
]

RULES: tuple[Rule, ...] = (
    *WORDS,
    *_DAYS,
    *_CLOCKS,
    *_LENGTHS,
    *_SHIFTS,
    *_RANGES,
    *_JOINED,
    *_REPEATING,
    *named_days(NAMES, ("s",)),
)

DATES = DateWords(
    numbers=NUMBERS,
    order="dmy",
    rules=RULES,
    skipped=frozenset({","}),
    closing=frozenset({"statt", "stattdessen", "und", "uhr", "vor", "zurück", "bitte"}),
    leading=frozenset(
        {"am", "um", "im", "in", "an", "für", "gegen", "von", "vom", "zum", "bis", "ab", "den", "der", "die", "das"}
    ),
    fillers=frozenset(
        tuple(filler.split()) for filler in ["äh", "ähm", "öhm", "hm", "hmm", "mhm", "ähh", "sozusagen", "na ja"]
    ),
)
