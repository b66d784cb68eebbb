"""Recurrence rules (RFC 5545 3.3.10): checked, cut in two, and moved with their series."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from dateutil.rrule import rrulestr
from icalendar.prop import vRecur

from backend.calendar.ics import rule_text
from backend.calendar.times import When, is_day, shifted, wall_difference
from backend.errors import BadInput

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# A rule that needs more occurrences to reach the one that is meant is no calendar of a person.
_MOST = 100_000
# With one of these a yearly rule says by itself which days are meant.
_NAME_A_MONTH = frozenset({"BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYDAY"})
_TIME_PARTS = frozenset({"BYHOUR", "BYMINUTE", "BYSECOND"})


def checked(rule: str, start: When) -> str:
    """The rule as it is written into an event that begins at `start`: its UNTIL of the kind that RFC 5545 asks for.

    Raises `BadInput` for what is no rule, repeats more often than daily, or does not begin at `start`.
    """
    try:
        recur = vRecur.from_ical(rule)
        frequency = str(recur["FREQ"][0]).upper()
    except (ValueError, KeyError, IndexError) as error:
        raise BadInput(f"{rule!r} is not a recurrence rule such as FREQ=WEEKLY;BYDAY=MO.", field="rule") from error
    if frequency not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        raise BadInput("An event can repeat daily, weekly, monthly or yearly.", field="rule")
    if "UNTIL" in recur:
        recur["UNTIL"] = [_until(recur["UNTIL"][0], start)]
    _begins_at(recur, start)
    return rule_text(recur)


def count_before(recur: vRecur, start: When, original: When) -> int:
    """How many occurrences the rule of a series that begins at `start` has before `original`."""
    wall = _wall(original)
    number = 0
    for one in islice(_walls(recur, start), _MOST):
        if one >= wall:
            break
        number += 1
    return number


def until_before(recur: vRecur, original: When) -> vRecur:
    """The rule with its end just before `original`."""
    cut = vRecur(recur)
    cut.pop("COUNT", None)
    cut["UNTIL"] = [_written(shifted(original, -_unit(original)), original)]
    return cut


def rest(recur: vRecur, start: When, original: When) -> vRecur:
    """The rule from `original` on: its COUNT, if it has one, without what came before."""
    left = vRecur(recur)
    if "COUNT" in left:
        left["COUNT"] = [max(1, int(left["COUNT"][0]) - count_before(recur, start, original))]
    return left


def moved(recur: vRecur, old: When, new: When) -> vRecur:
    """The rule of a series whose occurrence at `old` moves to `new`. Raises `BadInput` when it cannot move that far."""
    rule = vRecur(recur)
    by = wall_difference(new, old)
    if by and _TIME_PARTS & set(rule):
        raise cannot()
    days = (_wall(new).date() - _wall(old).date()).days
    if days:
        _move_days(rule, _wall(old), _wall(new), days)
    if "UNTIL" in rule:
        end = rule["UNTIL"][0]
        if isinstance(end, datetime) and end.tzinfo is not None and isinstance(old, datetime):
            end = end.astimezone(old.tzinfo)
            end = shifted(end.replace(tzinfo=new.tzinfo) if isinstance(new, datetime) else end, by)
        else:
            end = shifted(end, by)
        rule["UNTIL"] = [_written(end, new)]
    return rule


def begins(recur: vRecur, start: When) -> bool:
    """Whether a series that begins at `start` has its first occurrence there."""
    return next(iter(_walls(recur, start)), None) == _wall(start)


def as_meant(recur: vRecur, start: When) -> vRecur:
    """The rule with what RFC 5545 leaves to its start, and dateutil would take otherwise.

    A week of the year means the weekday of the start in it; a day of the month in a yearly rule means the month of the
    start; positions within a week count from its first day, also in the week of the start; whole days have no times.
    """
    rule = vRecur(recur)
    frequency = str(rule.get("FREQ", [""])[0]).upper()
    if is_day(start):
        for part in _TIME_PARTS & set(rule):
            del rule[part]
    wall = _wall(start)
    if frequency == "YEARLY" and "BYWEEKNO" in rule and not {"BYDAY", "BYMONTHDAY", "BYYEARDAY"} & set(rule):
        rule["BYDAY"] = [_DAYS[wall.weekday()]]
    if frequency == "YEARLY" and "BYMONTHDAY" in rule and not _NAME_A_MONTH & set(rule):
        rule["BYMONTH"] = [wall.month]
    if frequency == "WEEKLY" and {"BYDAY", "BYSETPOS"} <= set(rule) and not _TIME_PARTS & set(rule):
        first = _DAYS.index(str(rule.get("WKST", ["MO"])[0]).upper())
        days = sorted({str(one).upper() for one in rule["BYDAY"]}, key=lambda day: (_DAYS.index(day) - first) % 7)
        places = {int(one) for one in rule.pop("BYSETPOS")}
        kept = [day for at, day in enumerate(days) if at + 1 in places or at - len(days) in places]
        rule["BYDAY"] = kept or days
    return rule


def _begins_at(recur: vRecur, start: When) -> None:
    if not begins(recur, start):
        raise BadInput("The first time of this series is not a day of its own rule.", field="start")


def _move_days(rule: vRecur, old: datetime, new: datetime, days: int) -> None:
    """Let the parts of a rule that name days name those that lie `days` further. Only what is sure is done."""
    named = {part for part in rule if str(part).upper().startswith("BY")}
    frequency = str(rule["FREQ"][0]).upper()
    weekdays = [str(one).upper() for one in rule.get("BYDAY", ())]
    if not named:
        return
    if frequency == "WEEKLY" and named == {"BYDAY"} and all(one in _DAYS for one in weekdays):
        rule["BYDAY"] = [_DAYS[(_DAYS.index(one) + days) % 7] for one in weekdays]
        if "WKST" in rule or int(rule.get("INTERVAL", [1])[0]) > 1:
            weekstart = str(rule.get("WKST", ["MO"])[0]).upper()
            rule["WKST"] = [_DAYS[(_DAYS.index(weekstart) + days) % 7]]
    elif frequency in ("MONTHLY", "YEARLY") and named <= {"BYMONTHDAY", "BYMONTH"} and _names_one(rule):
        _move_month_day(rule, old, new, frequency)
    elif frequency in ("MONTHLY", "YEARLY") and named <= {"BYDAY", "BYMONTH"} and _names_one(rule):
        ordinal = weekdays[0][:-2]
        if not ordinal:
            raise cannot()
        nth = (new.day - 1) // 7 + 1 if int(ordinal) > 0 else -1
        if int(ordinal) < -1 or nth > 4 or (nth == -1 and (new + timedelta(days=7)).month == new.month):
            raise cannot()
        rule["BYDAY"] = [f"{nth}{_DAYS[new.weekday()]}"]
        if "BYMONTH" in rule:
            rule["BYMONTH"] = [new.month]
        elif (new.year, new.month) != (old.year, old.month):
            raise cannot()
    else:
        raise cannot()


def _move_month_day(rule: vRecur, old: datetime, new: datetime, frequency: str) -> None:
    if "BYMONTHDAY" in rule:
        if int(rule["BYMONTHDAY"][0]) != old.day:  # counted from the end of the month
            raise cannot()
        rule["BYMONTHDAY"] = [new.day]
    if "BYMONTH" in rule:
        rule["BYMONTH"] = [new.month]
        if frequency == "MONTHLY" and "BYMONTHDAY" not in rule:
            raise cannot()


def _names_one(rule: vRecur) -> bool:
    return all(len(rule[part]) == 1 for part in ("BYDAY", "BYMONTHDAY", "BYMONTH") if part in rule)


def cannot() -> BadInput:
    """What is said of a series that cannot be moved as a whole."""
    return BadInput(
        "This series follows a rule that cannot be moved to another day as a whole. Move single occurrences, or cancel "
        "it and make a new one.",
        field="start",
    )


def _until(given: date, start: When) -> When:
    """The end of a rule as RFC 5545 wants it: a day for days, UTC for moments. A day counts to its end."""
    if not isinstance(start, datetime):
        return given.date() if isinstance(given, datetime) else given
    if not isinstance(given, datetime):
        given = datetime(given.year, given.month, given.day, 23, 59, 59)
    return (given if given.tzinfo else given.replace(tzinfo=start.tzinfo)).astimezone(UTC)


def _written(end: When, like: When) -> When:
    """An UNTIL of the kind that a series with starts `like` this has."""
    if isinstance(end, datetime):
        if isinstance(like, datetime) and like.tzinfo is None:
            return end.replace(tzinfo=None)
        return end.astimezone(UTC)
    return end


def _unit(when: When) -> timedelta:
    return timedelta(days=1) if is_day(when) else timedelta(seconds=1)


def _wall(when: When) -> datetime:
    if isinstance(when, datetime):
        return when.replace(tzinfo=None, fold=0)
    return datetime(when.year, when.month, when.day)


def _walls(recur: vRecur, start: When) -> Iterator[datetime]:
    """The occurrences of a rule on the wall clock. Its end is left out unless it is a count."""
    endless = as_meant(recur, start)
    endless.pop("UNTIL", None)
    return iter(rrulestr(rule_text(endless), dtstart=_wall(start)))
