"""How much one user may have done in a time: what a mistake, or somebody else at the keyboard, can do at most."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `number` confirmed actions within `window`; `outgoing` counts only those that cannot be taken back."""

    number: int
    window: timedelta
    outgoing: bool = False


# Nobody reads and confirms more than one card a minute for an hour.
CONFIRMED = Limit(60, timedelta(hours=1))

# What waits before it is done cannot be taken back afterwards: mail. Providers throttle near this rate as well.
OUTGOING = Limit(20, timedelta(minutes=10), outgoing=True)

LIMITS = (CONFIRMED, OUTGOING)
