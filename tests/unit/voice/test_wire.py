"""What stands on the wire: every message of the protocol is read, and nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import BadInput
from backend.voice.wire import (
    FRAME_BYTES,
    AudioIn,
    SessionStart,
    WrongKind,
    pack_audio,
    pack_event,
    parse_audio,
    parse_text,
    unpack_audio,
)

_NUMBER = st.integers(0, 2**32 - 1)


@given(_NUMBER, st.binary(min_size=FRAME_BYTES, max_size=FRAME_BYTES))
def test_a_frame_of_the_microphone_is_its_number_and_its_samples(seq: int, samples: bytes) -> None:
    assert parse_audio(seq.to_bytes(4, "little") + samples) == AudioIn(seq, samples)


@given(st.binary(max_size=2_000).filter(lambda data: len(data) != 4 + FRAME_BYTES))
def test_a_frame_of_another_length_is_refused(data: bytes) -> None:
    with pytest.raises(WrongKind, match=f"{len(data):,} bytes"):
        parse_audio(data)


@given(_NUMBER, _NUMBER, _NUMBER, st.binary(max_size=2_000))
def test_sound_for_the_client_is_read_as_it_was_written(n: int, speech: int, offset: int, samples: bytes) -> None:
    assert unpack_audio(pack_audio(n, speech, offset, samples)) == (n, speech, offset, samples)


@given(st.text() | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_what_is_no_message_is_refused_as_such(text: str) -> None:
    with pytest.raises(WrongKind):
        parse_text(text)


@given(st.dictionaries(st.text(max_size=10), st.none() | st.integers() | st.text()).map(json.dumps))
def test_an_object_without_a_known_type_is_refused_as_such(text: str) -> None:
    with pytest.raises(WrongKind):
        parse_text(text)


@given(
    st.sampled_from(["session.start", "session.resume", "session.mode", "mute", "say", "playback", "ping"]),
    st.dictionaries(st.text(max_size=10), st.none() | st.floats() | st.text() | st.lists(st.integers())),
)
def test_a_message_is_read_or_refused_with_what_is_wrong_with_it(kind: str, fields: dict[str, object]) -> None:
    wrong: BadInput | None = None
    try:
        read = parse_text(json.dumps({**fields, "type": kind}))
    except BadInput as error:
        wrong = error
    else:
        assert read.type == kind
    assert wrong is None or (not isinstance(wrong, WrongKind) and wrong.message.startswith(kind))


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"type": "mute"}, "muted"),
        ({"type": "say", "text": "x" * 10_001}, "text"),
        ({"type": "playback", "speech": 0, "samples": 1}, "speech"),
        ({"type": "session.start", "speed": 9}, "speed"),
        ({"type": "session.start", "surprise": 1}, "surprise"),
        ({"type": "session.start", "scope": {"file_ids": ["x"]}}, "scope.file_ids.0"),
    ],
)
def test_the_field_at_fault_is_named(message: dict[str, object], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_text(json.dumps(message))
    assert refused.value.field == field


def test_a_session_begins_with_nothing_but_its_type() -> None:
    assert parse_text('{"type": "session.start"}') == SessionStart()


def test_an_event_is_numbered() -> None:
    assert json.loads(pack_event(7, '{"type":"pong","id":1}')) == {"n": 7, "event": {"type": "pong", "id": 1}}
