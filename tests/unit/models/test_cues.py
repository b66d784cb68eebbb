"""What a question asks for, and what holds it."""

import pytest

from backend.models.cues import Expected, expected, holds, said


@pytest.mark.parametrize(
    ("question", "kind", "answer", "other"),
    [
        ("Who orders the vaccine?", Expected.PERSON, "Dr. Raman orders it.", "It is ordered in time."),
        ("When is it offered?", Expected.DATE, "From October on.", "It is offered to all."),
        ("When may she play again?", Expected.DATE, "The earliest return is day 7.", "The earliest return is soon."),
        ("How often is it checked?", Expected.FREQUENCY, "Twice a year.", "It is checked."),
        ("How much does it cost?", Expected.MONEY, "It costs 12 euros.", "It is cheap."),
        ("Where is the key?", Expected.PLACE, "It hangs beside room 3.", "It is lost."),
        ("Why is it closed?", Expected.REASON, "Because of rain.", "It is closed."),
        ("What is the phone number?", Expected.PHONE, "Call 555-0142.", "Call us."),
        ("Wie viele Betten?", Expected.NUMBER, "Es sind 30.", "Es gibt Betten."),
        ("Wie viele Tage?", Expected.DURATION, "30 Tage.", "Es sind 30."),
        ("How old is the tree?", Expected.AGE, "It is 90 years old.", "It is 12 metres tall."),
        ("What dose is given?", Expected.DOSE, "It is 5 mg.", "It is given at 5."),
        ("How heavy is it?", Expected.WEIGHT, "It weighs 20 kg.", "It costs 20 euros."),
        ("What percentage came?", Expected.SHARE, "61 per cent.", "61 people."),
        ("At what time does it open?", Expected.CLOCK, "At 7:30.", "On Monday."),
        ("What is the serial number of the lift?", Expected.CODE, "Serial LH-026.", "It has a number."),
        ("Wann ist offen?", Expected.DATE, "Ab 8 Uhr.", "Es ist offen."),
    ],
)
def test_a_question_expects_a_kind_of_answer(question: str, kind: Expected, answer: str, other: str) -> None:
    assert expected(question) is kind
    assert holds(answer, kind)
    assert not holds(other, kind)


def test_an_open_question_expects_nothing_in_particular() -> None:
    assert expected("Tell me about warfarin") is None


def test_what_the_question_says_itself_is_no_answer() -> None:
    words = said("Who was the nurse before Ruth Lamm?")
    assert holds("Ruth Lamm came in May.", Expected.PERSON)
    assert not holds("Ruth Lamm came in May.", Expected.PERSON, words)
    assert holds("Ruth Lamm followed Ines Moreau.", Expected.PERSON, words)


def test_a_number_below_a_column_of_prices_is_money() -> None:
    assert not holds("ECG paper | 14.00", Expected.MONEY)
    assert holds("ECG paper | 14.00", Expected.MONEY, header="Item | Price per box")
