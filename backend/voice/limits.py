"""How much of sessions there may be, and how long is waited for what."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Sessions that one user, and all together, may have; the rest are seconds.

    first_within: a line on which nobody says what it is for is closed. resume_within: a session waits so long for a
    client that was lost. asked_every: so often it is asked whether the user may still be served. reads_within: a client
    that takes nothing for so long does not read.
    """

    per_user: int = 4
    in_all: int = 200
    first_within: float = 10.0
    resume_within: float = 30.0
    asked_every: float = 60.0
    reads_within: float = 8.0
