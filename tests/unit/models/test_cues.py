"""What a question asks for, and what holds it."""

import pytest

from backend.models.cues import Expected, expected, holds


@pytest.mark.parametrize(
    ("question", "kind", "answer", "other"),
    [
        ("Who orders the vaccine?", Expected.PERSON, "Dr. Raman orders it.", "It is ordered in time."),
        ("When is it offered?", Expected.TIME, "From October on.", "It is offered to all."),
        ("How often is it checked?", Expected.TIME, "Twice a year.", "It is checked."),
        ("How much does it cost?", Expected.NUMBER, "It costs 12 euros.", "It is cheap."),
        ("Where is the key?", Expected.PLACE, "It hangs beside room 3.", "It is lost."),
        ("Why is it closed?", Expected.REASON, "Because of rain.", "It is closed."),
        ("What is the phone number?", Expected.CONTACT, "Call 555-0142.", "Call us."),
        ("Wie viele Tage?", Expected.NUMBER, "Es sind 30.", "Es gibt Urlaub."),
        ("Wann ist offen?", Expected.TIME, "Ab 8 Uhr.", "Es ist offen."),
    ],
)
def test_a_question_expects_a_kind_of_answer(question: str, kind: Expected, answer: str, other: str) -> None:
    assert expected(question) is kind
    assert holds(answer, kind)
    assert not holds(other, kind)


def test_an_open_question_expects_nothing_in_particular() -> None:
    assert expected("Tell me about warfarin") is None
