"""English repeating times."""

from backend.assistant.understanding.dates import clocks, limits, recurrence
from backend.assistant.understanding.dates.grain import Grain
from backend.assistant.understanding.dates.language import rules, rules_with, words
from backend.assistant.understanding.dates.values import Count, Ordinals, Recurrence, Weekdays

_EVERY = "every|each"
_WORKDAYS = Weekdays((0, 1, 2, 3, 4), plural=True)
_PARTS = {
    "mornings": clocks.part(0, 12, False),
    "afternoons": clocks.part(12, 19, True),
    "evenings|nights": clocks.part(18, 24, True),
}
_EXCEPT = "except|excluding|excepting|but|besides"

RULES = [
    *words(
        {
            "daily|everyday": Recurrence(Grain.DAY),
            f"{_EVERY} single? day of|in the week|month|year": Recurrence(Grain.DAY),
            "nightly": recurrence.every_part(clocks.part(18, 24, True)),
            "weekly": Recurrence(Grain.WEEK),
            "monthly": Recurrence(Grain.MONTH),
            "quarterly": Recurrence(Grain.MONTH, 3),
            "yearly|annually": Recurrence(Grain.YEAR),
            "hourly": Recurrence(Grain.HOUR),
            "biweekly|fortnightly": Recurrence(Grain.WEEK, 2),
            "bi - weekly": Recurrence(Grain.WEEK, 2),
            "bimonthly": Recurrence(Grain.MONTH, 2),
            "bi - monthly": Recurrence(Grain.MONTH, 2),
            "semiannually|biannually": Recurrence(Grain.MONTH, 6),
            "semi|bi - annually": Recurrence(Grain.MONTH, 6),
            "half - yearly": Recurrence(Grain.MONTH, 6),
            "biennially": Recurrence(Grain.YEAR, 2),
            "weekdays|workdays": _WORKDAYS,
            "weekday|workday": Weekdays((0, 1, 2, 3, 4)),
            "week|business|working|work days": _WORKDAYS,
            "week|business|working|work day": Weekdays((0, 1, 2, 3, 4)),
            "weekends": Weekdays((5, 6), plural=True),
            "weekend": Weekdays((5, 6)),
            "once": Count(1),
            "twice": Count(2),
            "thrice": Count(3),
        },
        weight=0.1,
    ),
    *rules(limits.times, "{number} times|occurrences|repetitions|instances"),
    *rules(recurrence.one_weekday, "{weekday}", weight=-0.1),
    *rules(
        recurrence.more_weekdays,
        "{weekdays} and|or|& {weekdays}",
        "{weekdays} , and? {weekdays}",
        "{weekdays} {weekdays}",
    ),
    *rules(recurrence.weekdays_through, "{weekdays} -|to|thru|through|until {weekdays}", weight=0.2),
    *rules(recurrence.one_ordinal, "the? {ordinal}", weight=-0.1),
    *rules(recurrence.more_ordinals, "{ordinals} and|& {ordinals}", "{ordinals} , and? {ordinals}"),
    *rules_with(
        recurrence.every,
        1,
        patterns=[f"{_EVERY} single? {{unit}}", "each and every {unit}", "once a|an|per {unit}"],
    ),
    *rules_with(recurrence.every, 2, patterns=[f"{_EVERY} other|second|alternate {{unit}}", "on? alternate {unit}"]),
    *rules(recurrence.every, f"{_EVERY} {{number}} {{unit}}", f"{_EVERY} {{ordinal}} {{unit}}"),
    *rules(recurrence.every_length, f"{_EVERY} {{length}}", weight=-0.1),
    *rules_with(recurrence.every_weekday, 1, patterns=[f"{_EVERY} {{weekdays}}", "weekly on {weekdays}"]),
    *rules_with(
        recurrence.every_weekday, 2, patterns=[f"{_EVERY} other|second|alternate {{weekdays}}", "alternate {weekdays}"]
    ),
    *rules(
        recurrence.every_weekday, f"{_EVERY} {{ordinal}} {{weekdays}}", f"{_EVERY} {{number}} {{weekdays}}", weight=-0.1
    ),
    *rules(recurrence.plural_weekdays, "on? {weekdays}", "on? all {weekdays}", weight=0.1),
    *rules(recurrence.on_weekdays, "{every} on {weekdays}", "{every} {weekdays}"),
    *rules(recurrence.on_ordinals, "{every} on? {ordinals} day|days?", "{every} on day|days {ordinals}"),
    *rules(recurrence.ordinals_on, "on? {ordinals} day|days? of|in {every}"),
    *rules(
        recurrence.ordinals_on, "on? {ordinals} day? of? the? month? {every}", "on? {ordinals} {every}", weight=-0.1
    ),
    *rules(recurrence.on_day_number, "on? day {number} of {every}"),
    *rules(recurrence.both, "{every} and {every}"),
    *rules(recurrence.on_nth_weekday, "{every} on? {ordinals} {weekdays}"),
    *rules(recurrence.nth_weekday_on, "on? {ordinals} {weekdays} of|in {every}"),
    *rules(
        recurrence.monthly_nth_weekday,
        f"{_EVERY} {{ordinals}} {{weekdays}} of|in the|a? month",
        f"{_EVERY} {{ordinals}} {{weekdays}} of|in the|a? month",
    ),
    *rules(
        recurrence.monthly_ordinals,
        f"{_EVERY} {{ordinals}} day? of|in the|a month",
        f"{_EVERY} {{ordinals}}",
        weight=-0.1,
    ),
    *rules(recurrence.instance, "{every} on|for? {ordinals} instance|instances|occurrence|occurrences of {weekdays}"),
    *rules(
        recurrence.monthly_several,
        f"{_EVERY} {{ordinals}} {{weekdays}}",
        "on? {ordinals} {weekdays} of|in the month",
        weight=0.2,
    ),
    *rules_with(
        recurrence.yearly_nth_weekday, 1, patterns=[f"{_EVERY} {{ordinals}} {{weekdays}} of|in {{month}}"], weight=0.3
    ),
    *rules_with(
        recurrence.yearly_nth_weekday,
        2,
        patterns=[f"{_EVERY} other {{ordinals}} {{weekdays}} of|in {{month}}"],
        weight=0.3,
    ),
    *rules(recurrence.on_nth_weekday_in, "{every} on {ordinals} {weekdays} of|in {month}"),
    *rules_with(recurrence.yearly_date, 1, patterns=[f"{_EVERY} {{date}}"]),
    *rules_with(recurrence.yearly_date, 2, patterns=[f"{_EVERY} other {{date}}"]),
    *rules(recurrence.on_date, "{every} on {date}"),
    *rules(recurrence.on_month_days, "{every} on {month} {ordinals}", "{every} in {month} on {ordinals}"),
    *rules_with(recurrence.yearly_holiday, 1, patterns=[f"{_EVERY} {{holiday}}"]),
    *rules_with(recurrence.yearly_holiday, 2, patterns=[f"{_EVERY} other {{holiday}}"]),
    *rules(recurrence.holiday_on, "{every} on|at {holiday}"),
    *rules(recurrence.holiday_every, "on? {holiday} {every}"),
    *rules_with(
        recurrence.on_nth_weekday,
        Recurrence(Grain.YEAR),
        patterns=[f"{_EVERY} {{ordinals}} {{weekdays}} of|in the|a year"],
    ),
    *rules(recurrence.yearly_days_on, "on? {month} {ordinals} {every}", weight=0.1),
    *rules(recurrence.yearly_months, f"{_EVERY} {{month}} and {{month}}"),
    *rules(recurrence.yearly_month, f"{_EVERY} {{month}}", weight=-0.1),
    *rules(recurrence.in_month, "{every} in {month}"),
    *rules(recurrence.in_weeks, "{every} in|on week|weeks {number}", "{every} in week|weeks {number} and {number}"),
    *rules_with(recurrence.month_edge, 1, patterns=["at? the? beginning|begin|start of {every}"]),
    *rules_with(recurrence.month_edge, -1, patterns=["at? the? end of {every}"]),
    *rules(recurrence.month_start, "{every} at the? beginning|begin|start"),
    *rules(recurrence.month_end, "{every} at the? end"),
    *rules(recurrence.at_clock, "{every} {any}", "{every} at|in|around|from|during the? {any}"),
    *rules(
        recurrence.at_clocks,
        "{every} at {clock} and|, at? {clock}",
        "{every} at {clock} , at? {clock} , and|& {clock}",
        "{every} at {clock} , at? {clock} and|& {clock}",
    ),
    *rules(
        recurrence.during_hours,
        "{every} from {clock} to|until|till|through|- {clock}",
        "{every} between {clock} and {clock}",
        weight=0.1,
    ),
    *rules(recurrence.clock_at, "{any} {every}", "{any} on {every}", weight=-0.05),
    *rules(recurrence.same, "once {every}"),
    *rules(recurrence.weekdays_on, "{weekdays} {every}"),
    *rules(
        recurrence.instance_of,
        "for? the? {ordinals} instance|instances|occurrence|occurrences of {weekdays} of|in? {every}",
        weight=0.2,
    ),
    *rules(recurrence.nth_weekday_in, "on? the? {ordinals} {weekdays} of|in {month} {every}"),
    *rules(recurrence.nth_weekday_on, f"{_EVERY} {{ordinals}} {{weekdays}} of|in {{every}}"),
    *rules(recurrence.ordinals_on, f"{_EVERY} {{ordinals}} day|days? of|in {{every}}"),
    *rules_with(recurrence.monthly_nth_weekday, Ordinals((-1,)), patterns=[f"{_EVERY} last {{weekdays}}"], weight=0.2),
    *rules(recurrence.in_months, "{every} in {month} and {month}"),
    *rules(recurrence.nth_weekday_on, "on? the? {ordinals} {weekdays} {every}"),
    *rules(recurrence.ordinals_on, "on? the? {ordinals} day|days {every}"),
    *rules(recurrence.date_on, "on? {date} of|in? {every}"),
    *rules(recurrence.yearly_ordinals, f"{_EVERY} {{ordinals}} day|days of|in the year"),
    *rules(recurrence.in_weeks, "{every} of week|weeks {number}"),
    *rules(recurrence.monthly_plural, "on? the? {ordinals} {weekdays}", weight=0.2),
    *rules(
        recurrence.yearly_days, f"{_EVERY} {{month}} on? {{ordinals}}", "every year {month} {ordinals}", weight=-0.05
    ),
    *rules(recurrence.several_at, "{weekdays} at|from {clock}", "{weekdays} {clock}", "{weekdays} {range}", weight=0.2),
    *rules(recurrence.every_clock, f"{_EVERY} {{clock}}"),
    *(
        rule
        for names, part in _PARTS.items()
        for rule in (
            *rules_with(recurrence.weekday_parts, part, patterns=[f"{{weekdays}} {names}"], weight=0.2),
            *words({names: recurrence.every_part(part), f"in the {names}": recurrence.every_part(part)}, weight=-0.1),
        )
    ),
    *rules(recurrence.every_part, f"{_EVERY} {{part}}", f"in the {{part}} {_EVERY} day"),
    *rules(recurrence.weekday_part, f"{_EVERY} {{weekdays}} {{part}}"),
    *rules(limits.begins, "{every} starting|beginning|from|since|effective on|in|at? {time}", "{every} as of {time}"),
    *rules(limits.begun, "starting|beginning|from on|in|at? {time} {every}", "starting|beginning {time} on {every}"),
    *rules(
        limits.ends,
        "{every} until|till|til|through|thru|to|up {time}",
        "{every} up to|until {time}",
        "{every} ending on|in? {time}",
    ),
    *rules(
        limits.spans,
        "{every} from|starting {time} to|until|till|through|thru|- {time}",
        "{every} between {time} and {time}",
    ),
    *rules(limits.during, "{every} {relative}", "{every} of|in|during {relative}", weight=-0.4),
    *rules(limits.begins, "{every} from {time} on|onward|onwards", weight=0.1),
    *rules(limits.lasts, "{every} for? the? {length}", "{every} over {length}"),
    *rules(limits.ends, "{every} for|during the? {range}"),
    *rules(limits.lasts_unit, "{every} for|over the? next|coming {unit}"),
    *rules(limits.lasts_number, "{every} for|over the? next|coming {number} {unit}"),
    *rules(limits.counted, "{every} {count}", "{every} for|, {count}", "{every} for? up to {count}"),
    *rules(limits.one_time, "on|in? {time}", weight=-0.1),
    *rules(limits.more_times, "{times} and|, {times}", "{times} , and {times}"),
    *rules(limits.except_times, f"{{every}} {_EXCEPT} for? {{times}}", f"{{every}} {_EXCEPT} not? {{times}}"),
    *rules(limits.except_rule, f"{{every}} {_EXCEPT} for|on|at? {{every}}", weight=0.1),
    *rules(
        limits.except_weekdays,
        f"{{every}} {_EXCEPT} for|on|at? {{weekdays}}",
        "{every} but not on? {weekdays}",
        weight=0.1,
    ),
    *rules(
        limits.except_holidays,
        f"{{every}} {_EXCEPT} for|on? public|bank|national|legal? holiday|holidays",
        "{every} but not on? public|bank? holidays",
    ),
]
