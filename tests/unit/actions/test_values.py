"""What a user may put into the fields of a card."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.actions.action import Draft, Field, FieldKind, Json, Option
from backend.actions.values import with_values
from backend.errors import BadInput


def draft(kind: FieldKind, *, editable: bool = True) -> Draft:
    options = (Option("red", "Red"), Option("blue", "Blue")) if kind == "choice" else ()
    return Draft("k", "s", (Field("it", "It", kind, "before", editable, options), Field("other", "Other", "text", "x")))


ANN: Json = {"name": "Dr. Ann", "address": "ann@example.org"}


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        ("text", "Grüße 🧑‍⚕️\u00a0an alle", "Grüße 🧑‍⚕️\u00a0an alle"),
        ("long_text", "Dear all,\n\n\tsee you\r\n", "Dear all,\n\n\tsee you\r\n"),
        ("moment", "2026-03-07T09:00", "2026-03-07T09:00"),
        ("moment", "2026-03-07 09:00:00", "2026-03-07T09:00"),
        ("moment", "2026-03-07T09:00:30", "2026-03-07T09:00:30"),
        ("date", "2026-03-07", "2026-03-07"),
        ("date", "", None),
        ("date", None, None),
        ("minutes", 0, 0),
        ("minutes", 90, 90),
        ("minutes", None, None),
        ("zone", "America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("people", None, []),
        ("people", [ANN], [ANN]),
        ("people", [{"address": "ann@example.org"}], [{"name": "", "address": "ann@example.org"}]),
        ("choice", "blue", "blue"),
        ("yes_no", False, False),
    ],
)
def test_a_good_value_is_taken_and_written_one_way(kind: FieldKind, value: Json, kept: Json) -> None:
    changed = with_values(draft(kind), {"it": value})
    assert changed.value("it") == kept
    assert changed.value("other") == "x"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", "Subject\r\nBcc: all@example.org"),
        ("text", "line\u2028separator"),
        ("text", "x" * 1_001),
        ("text", None),
        ("text", 7),
        ("text", "\ud83d"),
        ("long_text", "zero\0byte"),
        ("long_text", "x" * 100_001),
        ("moment", "tomorrow"),
        ("moment", "2026-02-30T09:00"),
        ("moment", "2026-03-07T09:00+01:00"),
        ("moment", "2026-03-07T09:00Z"),
        ("moment", None),
        ("date", "7.3.2026"),
        ("minutes", -1),
        ("minutes", True),
        ("minutes", 1.5),
        ("minutes", "15"),
        ("minutes", 10**9),
        ("zone", "Mars/Olympus"),
        ("zone", ""),
        ("zone", "Europe"),
        ("zone", "../../etc/passwd"),
        ("zone", None),
        ("people", "ann@example.org"),
        ("people", ["ann@example.org"]),
        ("people", [{"name": "x", "role": "y"}]),
        ("people", [{"name": "x\ny", "address": "a@b.example"}]),
        ("people", [{"name": 1, "address": "a@b.example"}]),
        ("people", [{"name": "", "address": "a@b.example"}] * 101),
        ("choice", "green"),
        ("choice", ["red"]),
        ("yes_no", "yes"),
        ("yes_no", 1),
        ("rule", "FREQ=DAILY"),
    ],
)
def test_a_bad_value_is_refused_with_its_field(kind: FieldKind, value: Json) -> None:
    with pytest.raises(BadInput) as refused:
        with_values(draft(kind), {"it": value})
    assert refused.value.field == "it"


def test_what_is_only_shown_and_what_is_not_there_cannot_be_edited() -> None:
    for values in ({"it": "x"}, {"payload": "x"}):
        with pytest.raises(BadInput) as refused:
            with_values(draft("text", editable=False), values)
        assert refused.value.field == next(iter(values))


ANYTHING: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
KINDS: st.SearchStrategy[FieldKind] = st.sampled_from(
    ["text", "long_text", "moment", "date", "minutes", "zone", "people", "choice", "yes_no", "rule"]
)


@given(KINDS, ANYTHING)
def test_any_value_is_refused_or_taken_in_a_form_that_is_taken_again(kind: FieldKind, value: Json) -> None:
    try:
        kept = with_values(draft(kind), {"it": value}).value("it")
    except BadInput:
        return
    assert with_values(draft(kind), {"it": kept}).value("it") == kept


@given(st.datetimes())
def test_a_moment_stays_the_moment_that_it_was(moment: datetime) -> None:
    kept = with_values(draft("moment"), {"it": moment.isoformat()}).value("it")
    assert isinstance(kept, str)
    assert datetime.fromisoformat(kept) == moment
