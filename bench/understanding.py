"""Understanding of commands and dates, measured on public data: `make bench-understanding EVAL=<folder>`.

Every set is split by a hash of the text into a half that may be looked at while rules are written (`tuning`) and one
that may not (`held_back`); both are reported. `--errors` prints the mistakes of the tuning half, never others.

What is counted:
- SLURP (Bastianelli et al. 2020), calendar and email: its intents are broader than ours, see `SLURP_INTENTS`. Slots are
  compared as pairs of a group (see `SLURP_GROUPS`) and a value; words that lead in ("on", "the") do not count. `exact`
  wants equal values, `word` is the F1 over single words (the "word-F1" half of SLURP's own SLU-F1).
- False triggers: commands of SLURP's other scenarios and of CLINC150 (Larson et al. 2019) that get an intent which
  writes or sends. CLINC's intents for calendars, meetings, reminders and to-do lists are ours and left out.
- Duckling's phrases: start, end and grain all equal. Phrases that name a holiday are counted apart.
- recurrent.jsonl: rules are compared by their occurrences within a year, counted without INTERVAL, and by INTERVAL.
"""

import argparse
import hashlib
import json
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dateutil.rrule import rrulestr

from backend.assistant.understanding import Understanding, languages, zone_of
from backend.assistant.understanding.command import Command, Slot
from backend.assistant.understanding.intents import Intent, SlotType
from backend.assistant.understanding.opinion.meaning import Embed
from backend.search.builtin import BuiltinEmbedder

Row = dict[str, Any]

SLURP_INTENTS: dict[Intent, str] = {
    Intent.CALENDAR_CREATE: "calendar_set",
    Intent.CALENDAR_MOVE: "calendar_set",
    Intent.CALENDAR_CHANGE: "calendar_set",
    Intent.REMINDERS_SET: "calendar_set",
    Intent.CALENDAR_QUERY: "calendar_query",
    Intent.CALENDAR_FREE_BUSY: "calendar_query",
    Intent.CALENDAR_FIND_SLOT: "calendar_query",
    Intent.REMINDERS_LIST: "calendar_query",
    Intent.BRIEFING: "calendar_query",
    Intent.CALENDAR_CANCEL: "calendar_remove",
    Intent.REMINDERS_CANCEL: "calendar_remove",
    Intent.MAIL_QUERY: "email_query",
    Intent.MAIL_SEARCH: "email_query",
    Intent.MAIL_READ: "email_query",
    Intent.MAIL_SUMMARISE: "email_query",
    Intent.MAIL_SEND: "email_sendemail",
    Intent.MAIL_DRAFT: "email_sendemail",
    Intent.MAIL_REPLY: "email_sendemail",
    Intent.MAIL_REPLY_ALL: "email_sendemail",
    Intent.MAIL_FORWARD: "email_sendemail",
    Intent.CONTACTS_QUERY: "email_querycontact",
    Intent.CONTACTS_ADD: "email_addcontact",
}
SLURP_GROUPS = {
    "date": "when",
    "time": "when",
    "timeofday": "when",
    "general_frequency": "when",
    "event_name": "title",
    "meal_type": "title",
    "sport_type": "title",
    "person": "person",
    "relation": "person",
    "business_name": "person",
    "place_name": "place",
    "business_type": "place",
    "personal_info": "field",
    "email_folder": "folder",
    "email_address": "address",
}
# Slots of ours that SLURP does not annotate (subject, body, list, ...) are left out.
OUR_GROUPS = {
    SlotType.DATE: "when",
    SlotType.TIME: "when",
    SlotType.NEW_DATE: "when",
    SlotType.NEW_TIME: "when",
    SlotType.RECURRENCE: "when",
    SlotType.DURATION: "when",
    SlotType.TITLE: "title",
    SlotType.PERSON: "person",
    SlotType.PLACE: "place",
    SlotType.FIELD: "field",
    SlotType.FOLDER: "folder",
    SlotType.ADDRESS: "address",
}
CLINC_OURS = {
    "calendar",
    "calendar_update",
    "meeting_schedule",
    "schedule_meeting",
    "reminder",
    "reminder_update",
    "todo_list",
    "todo_list_update",
}
LEADING = {"on", "at", "in", "the", "a", "an", "my", "for", "of", "by", "around"}

SPOKEN_AT = datetime(2017, 3, 15, 9, 30)
HALVES = ("tuning", "held_back")


def half(text: str) -> str:
    """Which half a text is in: fixed by its own words."""
    return HALVES[hashlib.sha256(text.strip().lower().encode()).digest()[0] % 2]


def rows(path: Path) -> Iterator[Row]:
    """The lines of a JSON lines file."""
    with path.open() as lines:
        for line in lines:
            yield json.loads(line)


class Table:
    """Right and wrong, by measurement and half; the mistakes of the tuning half for `--errors`."""

    def __init__(self) -> None:
        self.right: Counter[tuple[str, str]] = Counter()
        self.all: Counter[tuple[str, str]] = Counter()
        self.errors: list[str] = []

    def add(self, name: str, text: str, right: bool, note: str = "") -> None:
        key = (name, half(text))
        self.all[key] += 1
        self.right[key] += right
        if not right and key[1] == "tuning":
            self.errors.append(f"{name}: {text} | {note}")

    def shares(self) -> dict[str, dict[str, object]]:
        made: dict[str, dict[str, object]] = defaultdict(dict)
        for (name, part), count in sorted(self.all.items()):
            made[name][part] = {"share": round(self.right[name, part] / count, 4), "items": count}
        return dict(made)


class Scores:
    """True positives, predicted and wanted, by half."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = {part: Counter() for part in HALVES}

    def add(self, text: str, found: Counter[Any], wanted: Counter[Any]) -> None:
        count = self.counts[half(text)]
        count["hit"] += (found & wanted).total()
        count["found"] += found.total()
        count["wanted"] += wanted.total()

    def f1(self) -> dict[str, float]:
        return {part: round(2 * c["hit"] / max(c["found"] + c["wanted"], 1), 4) for part, c in self.counts.items()}


def plain(value: str) -> str:
    """A slot's value without words that lead it in and without possession."""
    words = [word.removesuffix("'s") for word in value.lower().replace("’", "'").split()]
    while len(words) > 1 and words[0] in LEADING:
        words = words[1:]
    return " ".join(words)


def slot_pairs(slots: Iterable[tuple[str, str]]) -> tuple[Counter[Any], Counter[Any]]:
    """Slots as pairs of group and value, and as pairs of group and word."""
    pairs = [(group, plain(value)) for group, value in slots]
    return Counter(pairs), Counter((group, word) for group, value in pairs for word in value.split())


def commands(folder: Path, ask: Callable[[str], Command], table: Table) -> dict[str, object]:
    """SLURP and CLINC."""
    exact, word = Scores(), Scores()
    for row in rows(folder / "commands" / "slurp-devel.jsonl"):
        text, command = row["text"], ask(row["text"])
        if row["scenario"] not in {"calendar", "email"}:
            table.add("not_triggered_slurp", text, not command.intent.writes, f"{row['intent']} {command.intent}")
            continue
        # Some rows carry an intent without its scenario.
        wanted = row["intent"] if "_" in row["intent"] else f"{row['scenario']}_{row['intent']}"
        table.add("slurp_intent", text, SLURP_INTENTS.get(command.intent) == wanted, f"{wanted} {command.intent}")
        gold = [(SLURP_GROUPS[s["type"]], s["value"]) for s in row["slots"] if s["type"] in SLURP_GROUPS]
        ours = [(OUR_GROUPS[s.type], s.value) for s in command.slots if s.type in OUR_GROUPS]
        (gold_pairs, gold_words), (our_pairs, our_words) = slot_pairs(gold), slot_pairs(ours)
        exact.add(text, our_pairs, gold_pairs)
        word.add(text, our_words, gold_words)
        if our_pairs != gold_pairs and half(text) == "tuning":
            table.errors.append(f"slots: {text} | {sorted(gold_pairs - our_pairs)} | {sorted(our_pairs - gold_pairs)}")
    for row in rows(folder / "commands" / "clinc-val.jsonl"):
        if row["intent"] not in CLINC_OURS:
            command = ask(row["text"])
            table.add(
                "not_triggered_clinc", row["text"], not command.intent.writes, f"{row['intent']} {command.intent}"
            )
    return {"slurp_slot_f1_exact": exact.f1(), "slurp_slot_f1_word": word.f1()}


def dates(folder: Path, understanding: Understanding, table: Table) -> None:
    """Duckling's phrases, and what it refuses."""
    for row in rows(folder / "dates" / "duckling.jsonl"):
        now = datetime.fromisoformat(row["reference"])
        assert now.tzinfo is not None
        command = understanding.understand(row["text"], now, now.tzinfo)
        wanted = (row["start"], row["end"], row["grain"].lower())
        found = [_as_row(slot) for slot in command.slots if slot.when is not None]
        name = "duckling_holidays" if "Holiday" in row["kind"] else "duckling"
        table.add(name, row["text"], wanted in found, f"{wanted} {found}")
    for row in rows(folder / "dates" / "duckling-negative.jsonl"):
        now = datetime.fromisoformat(row["ref_time"])
        assert now.tzinfo is not None
        command = understanding.understand(row["text"], now, now.tzinfo)
        found = [_as_row(slot) for slot in command.slots if slot.when is not None]
        table.add("duckling_refused", row["text"], not found, f"{found}")


def _as_row(slot: Slot) -> tuple[str | None, str | None, str]:
    assert slot.when is not None
    times = [None if t is None else t.replace(tzinfo=None).isoformat() for t in (slot.when.start, slot.when.end)]
    return times[0], times[1], slot.when.grain


def recurrences(folder: Path, understanding: Understanding, table: Table) -> None:
    """Phrases to rules or single dates; None and expected failures want no time for the whole text."""
    for row in rows(folder / "dates" / "recurrent.jsonl"):
        now, wanted = datetime.fromisoformat(row["ref"]), row["expected"]
        command = understanding.understand(row["text"], now, zone_of("UTC"))
        times = [slot for slot in command.slots if slot.when is not None]
        rules = [slot for slot in times if slot.when is not None and slot.when.rrule]
        if isinstance(wanted, dict) and "freq" in wanted:
            right = len(rules) == 1 and _same_rule(wanted, rules[0], now)
        elif isinstance(wanted, str):
            starts = [start for slot in times if (start := _as_row(slot)[0]) is not None]
            right = not rules and any(start[: len(wanted)] == wanted for start in starts)
        else:
            right = not any(len(slot.value) >= len(row["text"].strip()) - 3 for slot in times)
        table.add("recurrent", row["text"], right, f"{wanted} {[(s.value, s.when) for s in times]}")


def _same_rule(wanted: Row, slot: Slot, now: datetime) -> bool:
    """Whether a rule is the wanted one."""
    when = slot.when
    assert when is not None
    assert when.rrule is not None
    assert when.start is not None
    interval = re.search(r"INTERVAL=(\d+)", when.rrule)
    if int(interval.group(1) if interval else 1) != wanted.get("interval", 1):
        return False
    begin = datetime.strptime(wanted["dtstart"], "%Y%m%d") if "dtstart" in wanted else now
    end = begin + timedelta(days=364)
    left_out = {day.replace(tzinfo=None) for day in when.exdates}
    start = when.start.replace(tzinfo=None)
    rule = re.sub(r";INTERVAL=\d+", "", when.rrule).replace("Z", "")
    rule = re.sub(r"(UNTIL=\d{8})(?!T)", r"\1T235959", rule)
    ours = list(_occurrences(rule, start, end))
    theirs = list(_occurrences(_rule_text(wanted), begin, end))
    if wanted.get("interval", 1) == 1:
        ours = [day for day in ours if day not in left_out]
        theirs = [day for day in theirs if not _skipped(day, wanted, begin)]
    elif bool(left_out) != any(_skipped(day, wanted, begin) for day in theirs) and "exrule" in wanted:
        return False
    return ours == theirs


def _rule_text(wanted: Row) -> str:
    keys = ("byday", "bymonthday", "bymonth", "bysetpos", "byyearday", "byweekno", "byhour", "byminute", "count")
    text = f"FREQ={wanted['freq'].upper()}" + "".join(f";{key.upper()}={wanted[key]}" for key in keys if key in wanted)
    text += ";BYSECOND=0" if "byhour" in wanted else ""
    return text + (f";UNTIL={wanted['until']}T235959" if "until" in wanted else "")


def _occurrences(rule: str, start: datetime, end: datetime) -> list[datetime]:
    found = []
    for day in islice(rrulestr(rule, dtstart=start), 500):
        if day > end:
            break
        found.append(day)
    return found


def _skipped(day: datetime, wanted: Row, begin: datetime) -> bool:
    for single in wanted.get("exdate", []):
        if isinstance(single, list):
            if [day.month, day.year] == single:
                return True
        elif day.date().isoformat() == single[:10]:
            return True
    if "exrule" not in wanted:
        return False
    near = rrulestr(wanted["exrule"], dtstart=begin.replace(hour=0)).between(
        day.replace(hour=0, minute=0), day.replace(hour=23, minute=59), inc=True
    )
    return bool(near) and ("BYHOUR" not in wanted["exrule"] or day in near)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("eval", type=Path, help="folder with commands/ and dates/")
    parser.add_argument("--errors", action="store_true", help="print the mistakes of the tuning half")
    parser.add_argument("--without-meaning", action="store_true", help="rules and words alone, no embedding model")
    parser.add_argument("--models", type=Path, help="folder whose models/ holds the prepared embedding model")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        embed = None if options.without_meaning else BuiltinEmbedder(options.models or Path(folder)).embed_here
        measure(options, embed)


def measure(options: argparse.Namespace, embed: Embed | None) -> None:
    """Print the table."""
    understanding = Understanding(languages.get("en"))
    zone = zone_of("Europe/London")
    seconds: list[float] = []

    def ask(text: str) -> Command:
        begin = time.perf_counter()
        command = understanding.understand(text, SPOKEN_AT, zone, embed)
        seconds.append(time.perf_counter() - begin)
        return command

    table = Table()
    slots = commands(options.eval, ask, table)
    dates(options.eval, understanding, table)
    recurrences(options.eval, understanding, table)
    if options.errors:
        sys.stdout.write("\n".join(table.errors) + "\n")
    seconds.sort()
    speed = {f"p{p}": round(seconds[int(len(seconds) * p / 100)] * 1000, 2) for p in (50, 95)}
    sys.stdout.write(json.dumps({**table.shares(), **slots, "ms_per_command": speed}, indent=2) + "\n")


if __name__ == "__main__":
    main()
