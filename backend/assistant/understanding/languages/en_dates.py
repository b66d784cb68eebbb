"""English dates and times: the rules."""

from backend.assistant.understanding.dates import clocks, days, joining, ranges, relations
from backend.assistant.understanding.dates.chart import Rule
from backend.assistant.understanding.dates.grain import Grain
from backend.assistant.understanding.dates.language import DateWords, named_days, rules, rules_with
from backend.assistant.understanding.dates.values import Ordinal, Unit
from backend.assistant.understanding.languages.en_holidays import NAMES
from backend.assistant.understanding.languages.en_recurrence import RULES as RECURRENCE
from backend.assistant.understanding.languages.en_words import NUMBERS, TONIGHT, WORDS

_NEXT = "next|coming|upcoming|following"
_LAST = "last|past|previous"
# What stands between the first and the last of a range, and what makes a length inexact.
_TO = "-|to|till|til|until|untill|thru|through"
_ABOUT = "about|around|approximately|approx|roughly|exactly|another"
_DAYS = [
    # Years, months and days of the month.
    *rules(days.year, "{number}", weight=-0.2),
    *rules(days.spoken_year, "in {number}", "year {number}", "the year {number}"),
    *rules(days.anno_domini, "in? {number} ad", "in? {number} a .? d .?", "in? ad {number}"),
    *rules(days.ancient, "in? {number} bc", "in? {number} b .? c .?", "in? {number} bce"),
    *rules(days.day_of_month, "{ordinal}", "the {number}", weight=-0.1),
    *rules(days.the_day_of_month, "the {ordinal}"),
    *rules(days.on_day_of_month, "on the? {ordinal}", "on the {number}"),
    *rules(days.named_month_day, "{month} the? {ordinal}", "{month} {number}"),
    *rules(days.number_in_months, "the? {number} of {months}"),
    *rules(days.day_named_month, "the? {ordinal} of|in? {month}", "the? {number} of|in {month}", "{number} .? {month}"),
    *rules(days.day_named_month, "the? {ordinal} day of? {month}"),
    *rules(days.month_year, "{month} of? {number}"),
    *rules(days.quarter, "{ordinal} {unit}", "the {ordinal} {unit}"),
    *rules(days.quarter_number, "q {number}", "q {number} of? {year}"),
    *rules(days.year_quarter, "{year} q {number}"),
    # This, next and last.
    *rules_with(days.unit_at, 0, patterns=["this|current {unit}", "the current|this {unit}"]),
    *rules(days.the_unit, "the {unit}"),
    *rules_with(days.unit_at, 1, patterns=[f"the? {_NEXT} {{unit}}", "around next {unit}"]),
    *rules_with(days.unit_at, -1, patterns=[f"the? {_LAST} {{unit}}", "this past {unit}"]),
    *rules_with(days.unit_at, 2, patterns=["{unit} after next", "the {unit} after next"]),
    *rules_with(days.unit_at, -2, patterns=["the? {unit} before last"]),
    *rules(days.unit_in, "upcoming {number} {unit}", "{number} upcoming {unit}"),
    *rules_with(relations.occurrence, 0, patterns=["this {any}", "this coming|upcoming {any}"]),
    *rules_with(relations.occurrence, 1, patterns=[f"the? {_NEXT} {{any}}", "{weekday} next|coming"]),
    *rules_with(relations.occurrence, -1, patterns=[f"the? {_LAST} {{any}}", "this past {any}"]),
    *rules_with(relations.occurrence, 2, patterns=["the? {any} after next"]),
    *rules_with(relations.occurrence, -2, patterns=["the? {any} before last"]),
    *rules_with(relations.occurrence_number, 1, patterns=["{number} {any} from now", "in {number} {any}"]),
    *rules_with(relations.occurrence_number, -1, patterns=["{number} {any} ago|back"]),
    *rules_with(relations.moved_unit, 1, patterns=["the? {unit} from|after|following {any}"]),
    *rules_with(relations.moved_unit, -1, patterns=["the? {unit} before|preceding {any}"]),
    *rules(relations.weekday_week, "a week on|this {weekday}", "{weekday} week"),
    *rules_with(relations.unit_of, Unit(Grain.WEEK), patterns=["week of|starting|beginning|commencing {time}"]),
    *rules(relations.unit_of, "the {unit} of {time}", weight=0.05),
    *rules_with(relations.unit_of, Unit(Grain.WEEK), patterns=["the week starting|beginning|commencing {time}"]),
    *rules(relations.week_of, "{holiday} week"),
    *rules(days.week_number, "week {number}", weight=-0.3),
    *rules(
        days.week_number,
        "calendar week {number}",
        "calendar? week {number} of|in? {year}",
        "calendar? week number {number}",
    ),
    # The nth of something.
    *rules(
        relations.nth,
        "the? {ordinal} {unit} of|in|from {time}",
        "the? {ordinal} {any} of|in {time}",
        "{ordinal} {unit} {months}",
    ),
    *rules(relations.nth, "the? {ordinal} {any} {months}", weight=-0.1),
    *rules_with(relations.nth, Ordinal(-1), patterns=["the? last|final {unit} of|in {time}"]),
    *rules(relations.last_day, "the last of {time}"),
    # "The second to last Friday" is no range from the 2nd to last Friday.
    *rules(
        relations.to_last,
        "{ordinal} to last",
        "{ordinal} - to - last",
        "{ordinal} to - last",
        "next to last",
        weight=1.0,
    ),
    *rules(
        relations.nth_last, "the? {ordinal} last {unit} of|in|from {time}", "the? {ordinal} last {any} of|in {time}"
    ),
    *rules(
        relations.nth_last, "the? {ordinal} to last {unit} of|in {time}", "the? {ordinal} to last {any} of|in {time}"
    ),
    *rules_with(
        relations.nth_after, 1, patterns=["the? {ordinal} {any} after {time}", "the? {ordinal} {unit} after {time}"]
    ),
    *rules(relations.number_after, "{number} {weekday} from|after {time}"),
    *rules_with(relations.nth_after, 1, Ordinal(1), patterns=["the? {weekday} after {time}"], weight=-0.1),
    *rules_with(relations.nth_after, -1, patterns=["the? {ordinal} {any} before {time}"]),
    *rules_with(relations.nth_after, -1, Ordinal(1), patterns=["the? {weekday} before {time}"], weight=-0.1),
    *rules_with(relations.closest, 1, patterns=["the? closest|nearest {any} to {time}"]),
    *rules(relations.closest, "the? {ordinal} closest|nearest {any} to {time}"),
    *rules(relations.day_of_year, "the? {ordinal} {unit} of|in? {year}"),
]

_CLOCKS = [
    *rules(clocks.hour, "{number}", weight=-0.3),
    *rules(clocks.hour_minute, "{number} {number}", weight=-0.1),
    *rules(clocks.hour_zero_minute, "{number} oh|o|zero|ou {number}", "{number} - oh|o|zero|ou - {number}"),
    *rules(clocks.same, "at|@ {clock}", "at|@ about|around|like {clock}", "around|about {clock}", weight=0.05),
    *rules(clocks.digits_half, "{number} {number} {half}", weight=-0.5),
    *rules(clocks.hour_minute_digits, "at|@ {number} {number}"),
    *rules(clocks.oclock, "{clock} o'clock|oclock|o'clock's", "{clock} o clock", "at {clock} o'clock|oclock"),
    *rules(clocks.with_half, "{clock} {half}", "{clock} ish|approximately|sharp {half}", weight=0.1),
    *rules(clocks.with_half, "{clock} o'clock|oclock {half}"),
    *rules(clocks.same, "{clock} ish|sharp", "{clock} approximately|exactly"),
    *rules(clocks.same, "exactly|approximately|approx|roughly|precisely {clock}", "close to {clock}"),
    *rules_with(clocks.minutes_past, 15, patterns=["a|one? quarter past|after {clock}"]),
    *rules_with(clocks.minutes_past, -15, patterns=["a|one? quarter to|till|before|of {clock}"]),
    *rules_with(clocks.minutes_past, 30, patterns=["half past|after? {clock}"]),
    *rules_with(clocks.minutes_past, -30, patterns=["half to|till|before|of {clock}"]),
    *rules(clocks.number_past, "{number} past|after {clock}", "{number} minutes past|after {clock}"),
    *rules(clocks.number_to, "{number} to|till|before|of {clock}", weight=-0.1),
    *rules(clocks.minutes_to, "{number} minutes to|till|before|of {clock}"),
    *rules(joining.with_zone, "{time} {zone}", "{clock} {zone}"),
    *rules_with(joining.with_offset, 1, patterns=["{time} gmt|utc + {number}"], weight=0.1),
    *rules_with(joining.with_offset, -1, patterns=["{time} gmt|utc - {number}"], weight=0.1),
    # "The morning of the 3rd": the parts of a day and the day.
    *rules(clocks.same, "during|at {part}", "during the {part}"),
    *rules(clocks.plain_part, "in|for the? {part}", "the {part}"),
]

_LENGTHS = [
    *rules(clocks.number_length, "{number} {unit}", "{number} more|additional|extra|further {unit}"),
    *rules_with(clocks.length, 1, patterns=["a|an {unit}", "one more {unit}"]),
    *rules_with(clocks.length, 2, patterns=["a? couple of? {unit}", "a? pair of? {unit}"]),
    *rules_with(clocks.length, 3, patterns=["a? few {unit}", "several {unit}"]),
    *rules_with(clocks.length, 12, patterns=["a? dozen {unit}"]),
    *rules_with(clocks.part_length, 0.5, patterns=["half an|a? {unit}", "a half {unit}", "half of? an|a {unit}"]),
    *rules_with(clocks.part_length, 0.25, patterns=["a? quarter of? an|a? {unit}"]),
    *rules_with(clocks.part_length, 0.75, patterns=["three quarters of? an|a? {unit}"]),
    *rules(clocks.fraction_length, "{fraction} {unit}", "{fraction} of an|a {unit}"),
    *rules(clocks.number_and_fraction, "{number} {fraction} {unit}", "{number} and {fraction} {unit}"),
    *rules(clocks.number_and_half, "{number} and a? half {unit}", "{number} and an half {unit}"),
    *rules_with(clocks.number_and_share, 0.25, patterns=["{number} and a|one? quarter {unit}"]),
    *rules_with(clocks.number_and_share, 0.25, patterns=["{number} and a|one? quarter of an|a {unit}"]),
    *rules_with(clocks.number_and_share, 0.5, patterns=["{number} and two quarters {unit}"]),
    *rules_with(clocks.number_and_share, 0.75, patterns=["{number} and three quarters {unit}"]),
    *rules_with(clocks.number_and_share, 0.75, patterns=["{number} and three quarters of an|a {unit}"]),
    *rules(clocks.hours_and, "{number} {unit} and? {number}", weight=-0.1),
    *rules(clocks.unit_and_half, "an|a|one {unit} and a half"),
    *rules(clocks.same_length, "for {length}", f"for {_ABOUT} {{length}}"),
    *rules(clocks.longer, "{length} and? {length}"),
]

_SHIFTS = [
    *rules_with(clocks.shifted, 1, patterns=["in {length}", "{length} from now", "{length} hence"]),
    *rules_with(clocks.shifted, 1, patterns=[f"in {_ABOUT} {{length}}", "in {length} from now", "in {length} time|'"]),
    *rules_with(clocks.shifted, 1, patterns=["{length} later"]),
    *rules_with(clocks.shifted, -1, patterns=["{length} ago|back|earlier", f"{_ABOUT} {{length}} ago"]),
    *rules(clocks.in_minutes, "in {number}", weight=-0.4),
    *rules(relations.ahead, "{relative} in {length}", "{relative} {length} from now|hence", weight=0.1),
    *rules_with(relations.moved_by, 1, patterns=["{length} after|from|past {any}"]),
    *rules_with(relations.moved_by, -1, patterns=["{length} before|to|prior {any}"], weight=-0.05),
]

_RANGES = [
    *rules(joining.between, f"{{any}} {_TO} {{any}}", weight=-0.05),
    *rules(
        joining.between_firm,
        f"from {{any}} {_TO} {{any}}",
        "in? -? between {any} and|- {any}",
        weight=0.5,
    ),
    *rules(joining.between_firm, "from {any} to|until in|at? {any}", weight=0.5),
    *rules(clocks.same, "{range} ish|approximately"),
    *rules(joining.between_half, f"from? {{clock}} {_TO} {{clock}} {{half}}", weight=0.5),
    *rules(ranges.between_days, f"from? the? {{ordinal}} {_TO} the? {{ordinal}} of? {{month}}", weight=0.6),
    *rules(
        ranges.between_days,
        "between the? {ordinal} and the? {ordinal} of? {month}",
        "between the? {number} and the? {number} of? {month}",
        weight=0.6,
    ),
    *rules(ranges.between_days, f"from? the? {{number}} {_TO} the? {{number}} of? {{month}}", weight=0.6),
    *rules(
        ranges.month_then_days,
        f"from? {{month}} the? {{ordinal}} {_TO} the? {{ordinal}}",
        f"from? {{month}} {{number}} {_TO} {{number}}",
        "between {month} the? {ordinal} and the? {ordinal}",
        "between {month} {number} and {number}",
        weight=0.6,
    ),
    *rules(
        ranges.days_of_months,
        f"from? the? {{ordinal}} {_TO} the? {{ordinal}} of|in? {{months}}",
        "between the? {ordinal} and the? {ordinal} of|in {months}",
        f"from? the? {{number}} {_TO} the? {{number}} of {{months}}",
        weight=0.6,
    ),
    *rules(joining.between, f"{{dom}} {_TO} the? {{dom}}", f"from the? {{dom}} {_TO} the? {{dom}}"),
    *rules_with(relations.edge_units, 1, patterns=["the? first {number} {unit} of|in {time}"]),
    *rules_with(relations.edge_units, -1, patterns=["the? last|final {number} {unit} of|in {time}"]),
    *rules_with(
        relations.units, 1, patterns=["the? next|following|coming {number} {unit}", "over the next {number} {unit}"]
    ),
    *rules_with(relations.units, -1, patterns=["the? last|past|previous {number} {unit}", "{number} last|past {unit}"]),
    *rules_with(relations.units, 1, 3, patterns=[f"the? {_NEXT} a? few {{unit}}", f"the? {_NEXT} several {{unit}}"]),
    *rules_with(relations.units, -1, 3, patterns=[f"the? {_LAST} a? few {{unit}}", f"the? {_LAST} several {{unit}}"]),
    *rules_with(relations.units, 1, 2, patterns=[f"the? {_NEXT} couple of? {{unit}}"]),
    *rules_with(relations.units, -1, 2, patterns=[f"the? {_LAST} couple of? {{unit}}"]),
    *rules(ranges.beginning, "at? the? beginning|start of around? {time}", "early|earlier in? -? {any}"),
    *rules(ranges.middle, "at|in? the? middle of around? {time}", "mid {any}", "mid - {any}"),
    *rules(ranges.end, "at|towards|toward|near|around? the? end of around? {time}", "late|later in? -? {any}"),
    *rules_with(ranges.edge_of_unit, "beginning", 0, patterns=["at? the? beginning|start of the? {unit}"]),
    *rules_with(ranges.edge_of_unit, "middle", 0, patterns=["in|at? the? middle of the? {unit}"]),
    *rules_with(ranges.edge_of_unit, "end", 0, patterns=["at? the? end of the? {unit}"]),
    *rules(ranges.rest_of_unit, "the? rest|remainder of the|this? {unit}", "the? remaining {unit}"),
    *rules_with(ranges.rest_of_unit, Unit(Grain.DAY), patterns=["the? rest|remainder of today"]),
    *rules(ranges.within, "within {length}", "within the? next {length}", "in less|under than? {length}"),
    *rules(days.ides, "the? ides of {month}"),
    *rules(
        ranges.by,
        "by {time}",
        "by the {time}",
        "by|at? the latest by|on|in|at? {time}",
        "by|on|at? {time} at the latest",
    ),
    *rules(ranges.by_end, "by the? end of the? {time}", weight=0.1),
    *rules_with(
        ranges.open_range,
        "after",
        patterns=["after {any}", "anytime|sometime|sometimes after {any}", "any time after {any}"],
    ),
    *rules(ranges.from_clock, "from {clock}", weight=-0.1),
    *rules(ranges.since, "since {any}", "ever since {any}"),
    *rules(ranges.after_length, "after {length}"),
    *rules_with(ranges.open_range, "after", patterns=["later than {any}", "from {any} on|onwards|onward"]),
    *rules_with(
        ranges.open_range,
        "after",
        patterns=[
            "starting|beginning from|on|at|in? {any}",
            "as of {any}",
            "not before {any}",
            "no|not earlier|sooner than {any}",
            "at the earliest on|in|at? {any}",
            "{any} at the earliest",
            "from {timed}",
        ],
    ),
    *rules_with(
        ranges.open_on, "before", patterns=["{day} before|until|till|by {any}", "{part} before|until|till|by {any}"]
    ),
    *rules_with(
        ranges.open_on, "after", patterns=["{day} after {any}", "{part} after {any}", "{day} from {any} on|onwards"]
    ),
    *rules(ranges.last_length, "the? last|past|previous {length}", "in the last|past {length}", weight=-0.1),
    *rules(clocks.same, "{shifted} or so"),
    *rules_with(
        ranges.open_range,
        "before",
        patterns=[
            "before {any}",
            "anytime|sometime|sometimes before {any}",
            "any time before {any}",
            "prior to {any}",
            "earlier than {any}",
        ],
    ),
    *rules_with(ranges.open_range, "before", patterns=["not|no later than {any}", "not after {any}"]),
    *rules(ranges.until, "up? until|till|through|thru|untill|til {any}", "up to {any}"),
    *rules(ranges.bounded, "{open} but|and? {open}"),
    *rules(
        ranges.lasting,
        "from? {time} for {length}",
        "starting|beginning|after from|on|at? {time} for {length}",
        "{length} long {time}",
    ),
    *rules(ranges.lasting_clock, "from? {clock} for {length}"),
    *rules(
        ranges.for_length,
        "for {length} from|starting|beginning {time}",
        "for {length} starting|beginning from|on|at|in {time}",
    ),
    *rules(ranges.half_of, "the? {ordinal} half of {time}"),
    *rules_with(ranges.half_of, Ordinal(2), patterns=["the latter half of {time}"]),
    *rules(ranges.whole, "all|whole|entire {time}", "the whole|entire {time}", "all of {time}"),
    *rules(ranges.whole_unit, "all {unit}", "the? whole|entire {unit}"),
    *rules(
        clocks.same,
        "all day {day}",
        "{day} all day",
        "within|during|over|in the? {range}",
        "at the? {range}",
        "over|throughout the? {part}",
        "over|on|at|during the {other}",
    ),
    *rules(ranges.weekend_of, "the? weekend|wkend of|around the? {any}", "the? week - end of {any}", weight=0.3),
    *rules(ranges.holiday_weekend, "{holiday} weekend", "{holiday} week end"),
    *rules_with(
        ranges.season_at, 0, ((3, 20), (6, 21), (9, 23), (12, 21)), patterns=["the? this|current season|seasons"]
    ),
    *rules_with(ranges.season_at, 1, ((3, 20), (6, 21), (9, 23), (12, 21)), patterns=[f"the? {_NEXT} season|seasons"]),
    *rules_with(ranges.season_at, -1, ((3, 20), (6, 21), (9, 23), (12, 21)), patterns=[f"the? {_LAST} season|seasons"]),
]

_JOINED = [
    *rules(joining.joined, "{time} {time}"),
    *rules(
        joining.joined,
        "{time} on|for|at|from|the {time}",
        "{time} of|in {time}",
        "{time} on|in|of the {time}",
        weight=-0.05,
    ),
    *rules(joining.joined_latent, "{range} in the {part}", "{range} {part}", "{part} {range}", "{day} {range}"),
    *rules(clocks.same, "anytime|sometime|sometimes {time}", "some|any time|day {time}", "some time on|in {time}"),
    *rules(joining.joined_latent, "{weekday} the? {dom}", "{dom} of {months}", "{dom} {months}"),
    *rules(joining.joined_clock, "{any} {clock}", "{clock} {any}", weight=-0.1),
    *rules(days.with_short_year, "{date} '? {number}", weight=-0.1),
    *rules(clocks.same, "on|for|during the? {day}", "on a {weekday}", "in|during|for|of {time}", "around|about {time}"),
]

_HOLIDAYS = named_days(NAMES, ("'s", "s", "s'"))

RULES: tuple[Rule, ...] = (
    *WORDS,
    *TONIGHT,
    *_DAYS,
    *_CLOCKS,
    *_LENGTHS,
    *_SHIFTS,
    *_RANGES,
    *_JOINED,
    *_HOLIDAYS,
    *RECURRENCE,
)

DATES = DateWords(
    numbers=NUMBERS,
    order="mdy",
    rules=RULES,
    skipped=frozenset({",", "'"}),
    closing=frozenset({"instead", "and", "then", "today", "tomorrow", "please"}),
    leading=frozenset({"on", "at", "@", "in", "for", "during", "of", "by", "around", "about", "from", "until", "till"}),
    fillers=frozenset(
        tuple(filler.split())
        for filler in [
            "um",
            "umm",
            "uh",
            "uhh",
            "uhm",
            "er",
            "erm",
            "hmm",
            "hm",
            "mm",
            "ah",
            "you know",
            "well",
        ]
    ),
)
