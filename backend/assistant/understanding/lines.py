"""`voiceassist understand`: JSON lines in, JSON lines out."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import cache

from backend.assistant.understanding import languages
from backend.assistant.understanding.command import as_json
from backend.assistant.understanding.dates.zones import zone_of
from backend.assistant.understanding.opinion.meaning import Embed
from backend.assistant.understanding.understanding import Understanding
from backend.errors import BadInput


def parse_now(text: str) -> datetime:
    """A moment in ISO 8601, with or without offset. Raises BadInput."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{text!r} is no moment. Give ISO 8601, such as 2026-03-01T09:30.", field="now") from None


def answers(
    lines: Iterable[str], now: datetime, tz: str, language: str = "en", embed: Embed | None = None
) -> Iterator[str]:
    """One JSON answer for each line that is not empty.

    A line is an object with `text`; its own `reference` (ISO 8601), `tz` and `language` win. A naive moment is
    wall-clock time of the zone; where only a reference with an offset is given, that offset is the zone. A line that
    cannot be read gets an answer with the intent none and an `error`, so that answers and lines stay in step.
    """
    understanding = cache(lambda code: Understanding(languages.get(code)))
    for line in lines:
        if not line.strip():
            continue
        try:
            yield json.dumps(_answer(line, now, tz, language, understanding, embed), ensure_ascii=False)
        except BadInput as error:
            broken = {"intent": "none", "slots": [], "confidence": 0.0, "error": error.message}
            yield json.dumps(broken, ensure_ascii=False)


def _answer(
    line: str,
    now: datetime,
    tz: str,
    language: str,
    understanding: Callable[[str], Understanding],
    embed: Embed | None,
) -> dict[str, object]:
    row = _row(line)
    code = _text(row, "language") or language
    reference = _text(row, "reference")
    moment = now if reference is None else parse_now(reference)
    named = _text(row, "tz")
    if named is None and reference is not None and moment.tzinfo is not None:
        zone = moment.tzinfo
    else:
        zone = zone_of(named or tz)
    return as_json(understanding(code).understand(_text(row, "text") or "", moment, zone, embed))


def _row(line: str) -> dict[str, object]:
    try:
        row = json.loads(line)
    except ValueError:
        raise BadInput("The line is not JSON.") from None
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise BadInput('The line is not an object with a "text".', field="text")
    return row


def _text(row: dict[str, object], key: str) -> str | None:
    value = row.get(key)
    if value is not None and not isinstance(value, str):
        raise BadInput(f"{key} is not a text.", field=key)
    return value
