"""The circuit breaker under any order of calls, endings and pauses."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from backend.circuit import Circuit, State

FAILURES, PAUSE = 3, 60.0


class Calls(RuleBasedStateMachine):
    """Calls begin and end in any order, while time goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.circuit = Circuit(FAILURES, PAUSE)
        self.now = 0.0
        self.running = 0
        self.failed_in_a_row = 0
        self.closed_until = 0.0  # before this moment nobody may pass

    @rule(seconds=st.floats(0.1, 100))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def a_call_wants_to_begin(self) -> None:
        admitted = self.circuit.admits(self.now)
        if self.now < self.closed_until:
            assert not admitted
        self.running += admitted

    @precondition(lambda self: self.running)
    @rule()
    def a_call_works(self) -> None:
        self.circuit.worked()
        self.running -= 1
        self.failed_in_a_row, self.closed_until = 0, 0.0
        assert self.circuit.state(self.now) is State.CLOSED

    @precondition(lambda self: self.running)
    @rule(retry_after=st.none() | st.floats(1, 500))
    def a_call_fails(self, retry_after: float | None) -> None:
        was_open = self.circuit.state(self.now) is not State.CLOSED
        self.circuit.failed(self.now, retry_after)
        self.running -= 1
        self.failed_in_a_row += 1
        if retry_after is not None or was_open or self.failed_in_a_row >= FAILURES:
            self.closed_until = max(self.closed_until, self.now + (retry_after or PAUSE))
            assert not self.circuit.admits(self.now)

    @precondition(lambda self: self.running)
    @rule()
    def a_call_is_given_up(self) -> None:
        self.circuit.released()
        self.running -= 1

    @invariant()
    def nobody_is_locked_out_for_ever(self) -> None:
        """When all calls have ended and every pause is over, the next one may pass."""
        if not self.running and self.now >= self.closed_until:
            assert self.circuit.admits(self.now)
            self.circuit.released()


TestCalls = Calls.TestCase


def test_one_call_at_a_time_tries_a_half_open_circuit() -> None:
    circuit = Circuit(FAILURES, PAUSE)
    for _ in range(FAILURES):
        assert circuit.admits(0)
        circuit.failed(0)
    assert circuit.state(59) is State.OPEN
    assert circuit.state(60) is State.HALF_OPEN
    assert [circuit.admits(60), circuit.admits(60)] == [True, False]
    circuit.released()
    assert circuit.admits(60)


def test_a_server_is_tried_again_after_ten_minutes_whatever_it_asks_for() -> None:
    circuit = Circuit()
    circuit.failed(0, retry_after=86_400)
    assert circuit.admits(601)
