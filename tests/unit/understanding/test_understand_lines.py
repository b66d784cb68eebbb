import json
from datetime import datetime

import pytest

from backend.assistant.understanding.lines import answers, parse_now
from backend.errors import BadInput

NOW = datetime(2026, 3, 4, 10, 0)


def one(line: str, tz: str = "Europe/Berlin") -> dict[str, object]:
    return json.loads(next(iter(answers([line], NOW, tz))))  # type: ignore[no-any-return]


def test_a_line_gets_intent_slots_and_confidence() -> None:
    answer = one('{"text": "what do I have tomorrow"}')
    assert answer["intent"] == "calendar.query"
    assert answer["slots"] == [
        {"type": "date", "value": "tomorrow", "start": "2026-03-05T00:00:00+01:00", "end": None, "grain": "day"}
    ]


def test_a_line_with_its_own_reference_and_zone_wins() -> None:
    slots = one('{"text": "tomorrow", "reference": "2013-02-12T04:30:00", "tz": "America/New_York"}')["slots"]
    assert isinstance(slots, list)
    assert slots[0]["start"] == "2013-02-13T00:00:00-05:00"


def test_a_reference_with_an_offset_is_its_own_zone() -> None:
    slots = one('{"text": "at 3pm", "reference": "2013-02-12T04:30:00-02:00"}')["slots"]
    assert isinstance(slots, list)
    assert slots[0]["start"] == "2013-02-12T15:00:00-02:00"


def test_a_line_may_choose_its_language() -> None:
    assert one('{"text": "Was habe ich morgen vor", "language": "de"}')["intent"] == "calendar.query"


@pytest.mark.parametrize(
    "line",
    [
        "no json",
        "[]",
        '{"text": 3}',
        '{"text": "x", "tz": "Mars"}',
        '{"text": "x", "reference": "soon"}',
        '{"text": "x", "language": "tlh"}',
    ],
)
def test_a_line_that_cannot_be_read_gets_an_answer_that_says_so(line: str) -> None:
    answer = one(line)
    assert answer["intent"] == "none"
    assert answer["error"]


def test_answers_stay_in_step_with_lines_and_empty_ones_are_passed_over() -> None:
    lines = ['{"text": "tomorrow"}', "", "broken", '{"text": "email anna"}']
    intents = [json.loads(answer)["intent"] for answer in answers(lines, NOW, "UTC")]
    assert intents == ["none", "none", "mail.send"]


def test_a_wrong_moment_is_bad_input() -> None:
    with pytest.raises(BadInput):
        parse_now("yesterday")
    assert parse_now("2026-03-04T10:00") == NOW
