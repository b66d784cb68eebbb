"""Frames between the application and a vector process."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.search import wire

CALLS = st.one_of(
    st.builds(wire.Count, st.builds(wire.WireWhere, path_ids=st.just(((1, 2), (3,))))),
    st.builds(wire.Delete, st.lists(st.uuids().map(str))),
    st.builds(wire.Update, st.dictionaries(st.text(), st.dictionaries(st.text(), st.none() | st.integers(0, 9)))),
    st.builds(wire.Flush),
)


@given(st.lists(CALLS, max_size=5), st.integers(1, 50))
def test_a_stream_is_cut_into_the_messages_it_was_made_of(calls: list[wire.Reading], piece: int) -> None:
    requests = [wire.Request(number, call) for number, call in enumerate(calls)]
    stream = b"".join(wire.frame(request) for request in requests)
    reader = wire.FrameReader()
    decoder = msgspec.msgpack.Decoder(wire.Request)
    found = []
    for start in range(0, len(stream), piece):
        found += [decoder.decode(body) for body in reader.feed(stream[start : start + piece])]
    assert found == requests


def test_a_frame_too_long_to_be_one_is_refused() -> None:
    with pytest.raises(ValueError, match="out of step"):
        list(wire.FrameReader().feed(b"\xff\xff\xff\xff"))
