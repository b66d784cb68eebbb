"""The one gate: every call that carries text out of this process to a model asks it first.

Models, embeddings, reranking and speech reach it by `GatedClient` (see `client`), which asks before each request, or,
where somebody else does the sending, by calling `Gate.check` themselves. A test lists the modules that may.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum

import structlog

from backend.errors import BadInput, Unavailable
from backend.places import OwnHosts, is_loopback, is_near
from backend.reach import LookUp, Reach, look_up
from backend.settings import ModelsWhere, Settings
from backend.telemetry import egress_calls

log = structlog.get_logger(__name__)

THIS_MACHINE = "this machine"


class Purpose(StrEnum):
    """What a call is for."""

    ANSWER = "answer"
    EMBEDDING = "embedding"
    RERANK = "rerank"
    SPEECH = "speech"
    RECOGNITION = "recognition"
    COMMAND = "command"  # what a user's words ask for
    CHECK = "check"  # whether a server answers; carries nothing of a user's


class Carrier(StrEnum):
    """Who passes the text on, as far as we know."""

    DIRECT = "direct"  # the host itself runs the model
    RELAY = "relay"  # the host stands for a service elsewhere, wherever its address is
    NEXTCLOUD = "nextcloud"  # Nextcloud hands it to a provider that only its administrator knows


@dataclass(frozen=True, slots=True)
class Destination:
    """Whom a call goes to, by configuration. Where that is, is decided at each call.

    `by_proxy`: a proxy of the environment carries the call, and looks the name up by itself.
    """

    host: str
    carrier: Carrier = Carrier.DIRECT
    by_proxy: bool = False

    def __str__(self) -> str:
        return THIS_MACHINE if self.carrier is Carrier.DIRECT and is_loopback(self.host) else self.host


@dataclass(frozen=True, slots=True)
class Call:
    """A call that wants out. `near`: the text would stay on this machine or in the administrator's own network.

    `user_id` is None where the call is for no one user: the index belongs to all who can read a file. `sound`: a
    recording is sent, of which nobody knows yet what is said in it; a rule by content cannot clear it by `texts`.
    """

    user_id: str | None
    purpose: Purpose
    destination: Destination
    near: bool
    texts: tuple[str, ...]
    sound: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a destination is now. A call goes to `addresses` and to no other; they are empty where nobody is known.

    `near`: text stays on this machine or in the administrator's own network, as far as can be known. `forbidden` says
    why it must not be gone to at all.
    """

    near: bool
    addresses: tuple[str, ...] = ()
    forbidden: str | None = None


# Says why a call may not go out, in words for its user, or None when it may. Rules see the text: a rule that detects
# patient data belongs here.
Rule = Callable[[Call], Awaitable[str | None]]


class Withheld(Unavailable):
    """The gate kept a text inside. Not an error of the destination, which has not been asked."""


_acting: ContextVar[str | None] = ContextVar("acting", default=None)
_asking_for: ContextVar[Purpose | None] = ContextVar("asking_for", default=None)


def act_for(user_id: str) -> None:
    """What this task calls from now on is called for this user. Each request and each turn is a task of its own."""
    _acting.set(user_id)


@contextmanager
def acting_for(user_id: str) -> Iterator[None]:
    """What is called inside is called for this user."""
    before = _acting.set(user_id)
    try:
        yield
    finally:
        _acting.reset(before)


@contextmanager
def asking_for(purpose: Purpose) -> Iterator[None]:
    """What a model that otherwise answers is asked inside is for this."""
    before = _asking_for.set(purpose)
    try:
        yield
    finally:
        _asking_for.reset(before)


class Gate:
    """Decides whether a text may leave. The setting is asked first, then each of `rules`; the first refusal counts."""

    def __init__(self, settings: Settings, rules: Sequence[Rule] = (), resolve: LookUp = look_up) -> None:
        """`resolve` looks names up."""
        self._rules = (self._by_setting, *rules)
        self._resolve = resolve
        self.use(settings)

    def use(self, settings: Settings) -> None:
        """Decide by these settings from now on."""
        self._where = settings.models_where
        self._reach = Reach(
            OwnHosts.of(settings.models_local_hosts), "MODELS_LOCAL_HOSTS", "models_local_hosts", self._resolve
        )
        self._nextcloud_is_near = settings.nextcloud_model_is_local

    async def check(
        self, purpose: Purpose, destination: Destination, texts: Sequence[str], *, sound: bool = False
    ) -> tuple[str, ...]:
        """Let the call pass, or raise `Withheld` with the reason.

        What is told are the addresses that this was decided for. Whoever sends the call connects to one of them.
        """
        if purpose is Purpose.ANSWER:
            purpose = _asking_for.get() or purpose
        place = await self.locate(destination)
        call = Call(_acting.get(), purpose, destination, place.near, tuple(texts), sound)
        where = "near" if place.near else "elsewhere"
        reason = place.forbidden or await self._refusal(call)
        if reason is not None:
            egress_calls.labels(purpose, where, "withheld").inc()
            log.warning("egress.withheld", purpose=purpose, host=destination.host)
            raise Withheld(reason)
        egress_calls.labels(purpose, where, "passed").inc()
        return place.addresses

    async def _refusal(self, call: Call) -> str | None:
        for rule in self._rules:
            if (reason := await rule(call)) is not None:
                return reason
        return None

    async def locate(self, destination: Destination) -> Place:
        """Where a destination is. Its name is looked up here, and nowhere else for a call."""
        if destination.carrier is Carrier.NEXTCLOUD:  # our connection to it carries the call
            return Place(self._nextcloud_is_near)
        host = destination.host
        relayed = destination.carrier is Carrier.RELAY
        if not host or (relayed and destination.by_proxy):
            return Place(near=False)
        listed = not relayed and host.lower() in self._reach.own.names  # a name that is listed is believed
        try:
            found = tuple(await self._reach.find(host, 0, named=True))
        except BadInput as error:
            return Place(near=False, forbidden=error.message)
        except OSError:
            return Place(listed)
        inside = bool(found) and all(is_near(address, self._reach.own) for address in found)
        return Place(listed or (inside and not relayed), found)

    def may_use_proxy(self, destination: Destination) -> bool:
        """Whether a proxy of the environment may carry the call: it would see it, or decide where it goes."""
        return self._where is ModelsWhere.ANYWHERE and str(destination) != THIS_MACHINE

    async def _by_setting(self, call: Call) -> str | None:
        if call.near or self._where is ModelsWhere.ANYWHERE:
            return None
        return f"{call.destination} was not asked: by the settings nothing leaves our own network."
