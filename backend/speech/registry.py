"""The engines that settings can name, how each is opened, and hearing and speaking with those that are chosen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import structlog

from backend.egress.gate import Carrier, Gate
from backend.errors import BadInput, VoiceAssistError
from backend.settings import Settings, SpeechBy
from backend.speech.decoding.decoder import Decoder
from backend.speech.limits import Limits
from backend.speech.problems import hearing_problem, realtime_model, speaking_problem
from backend.speech.protocol import Recogniser, Synthesiser
from backend.speech.router import Hearing, Speaking

if TYPE_CHECKING:
    from backend.nextcloud.tasks import Tasks
    from backend.speech.endpoint import Address

log = structlog.get_logger(__name__)

T = TypeVar("T")

# Settings that engines are opened with begin with one of these.
_OURS = ("hears_", "speaks_", "speech_", "transcription_", "realtime_", "voice")


@dataclass(frozen=True, slots=True)
class Builtin:
    """How the engines of this machine are opened that are always there."""

    recogniser: Callable[[], Recogniser]
    synthesiser: Callable[[], Synthesiser]


@dataclass(frozen=True, slots=True)
class Registry:
    """Opens engines by name. `decoder` is for sound that comes as a file. `tasks` are Nextcloud's, if it has any.

    An engine is imported when it is opened: most machines need none of them. Opening one connects to nobody.
    """

    settings: Settings
    gate: Gate
    builtin: Builtin
    decoder: Decoder
    tasks: "Tasks | None" = None

    def recognisers(self) -> list[Recogniser]:
        """Who is asked what was said, in order."""
        return self._chosen(self.settings.hearers, self.recogniser)

    def synthesisers(self) -> list[Synthesiser]:
        """Who is asked to speak, in order."""
        return self._chosen(self.settings.speakers, self.synthesiser)

    def recogniser(self, name: SpeechBy) -> Recogniser:
        """One engine that hears. Raises `BadInput` or `Unavailable` when it cannot be had."""
        settings = self.settings
        _refuse(hearing_problem(settings, name, as_app=self.tasks is not None))
        match name:
            case SpeechBy.ENDPOINT:
                from backend.speech.endpoint_hearing import EndpointRecogniser

                return EndpointRecogniser(self.gate, self._address(settings.transcription_model), limits_of(settings))
            case SpeechBy.REALTIME:
                from backend.speech.realtime import RealtimeRecogniser

                return RealtimeRecogniser(self.gate, self._address(realtime_model(settings)), limits_of(settings))
            case SpeechBy.NEXTCLOUD if self.tasks is not None:
                from backend.speech.nextcloud import NextcloudRecogniser

                return NextcloudRecogniser(
                    self.gate, self.tasks, settings.nextcloud_url, settings.speech_nextcloud_timeout
                )
            case SpeechBy.LOCAL:
                from backend.speech.local.hearing import LocalRecogniser

                return LocalRecogniser(settings.model_home, settings.local_speech_models)
            case _:
                return self.builtin.recogniser()

    def synthesiser(self, name: SpeechBy) -> Synthesiser:
        """One engine that speaks. Raises `BadInput` or `Unavailable` when it cannot be had."""
        settings = self.settings
        _refuse(speaking_problem(settings, name, as_app=self.tasks is not None))
        match name:
            case SpeechBy.ENDPOINT:
                from backend.speech.endpoint_speaking import EndpointSynthesiser

                address = self._address(settings.speech_model)
                return EndpointSynthesiser(self.gate, address, settings.speech_voice, limits_of(settings), self.decoder)
            case SpeechBy.NEXTCLOUD if self.tasks is not None:
                from backend.speech.nextcloud import NextcloudSynthesiser

                timeout = settings.speech_nextcloud_timeout
                return NextcloudSynthesiser(self.gate, self.tasks, settings.nextcloud_url, timeout, self.decoder)
            case SpeechBy.LOCAL:
                from backend.speech.local.speaking import LocalSynthesiser

                return LocalSynthesiser(settings.model_home, settings.local_speech_models)
            case _:
                return self.builtin.synthesiser()

    def _address(self, model: str) -> "Address":
        from backend.speech.endpoint import Address

        settings = self.settings
        carrier = Carrier.RELAY if settings.speech_is_relay else Carrier.DIRECT
        return Address(settings.speech_base_url, model, settings.speech_api_key.get_secret_value(), carrier)

    def _chosen(self, names: Sequence[SpeechBy], opened: Callable[[SpeechBy], T]) -> list[T]:
        """Those of the named engines that can be had. One that cannot is left out, and logged."""
        if not self.settings.voice:
            return []
        engines = []
        for name in names:
            try:
                engines.append(opened(name))
            except VoiceAssistError as error:
                log.warning("speech.cannot_be_opened", name=name, error=error.message)
        return engines


class Speech:
    """Hearing and speaking as the settings want them, and decoding of what is heard and spoken.

    `enabled`: an administrator lets people speak with it at all.
    """

    def __init__(self, settings: Settings, gate: Gate, builtin: Builtin, tasks: "Tasks | None") -> None:
        self._gate = gate
        self._builtin = builtin
        self._tasks = tasks
        self._settings = settings
        self.decoder = Decoder()
        registry = Registry(settings, gate, builtin, self.decoder, tasks)
        self.hearing = Hearing(registry.recognisers(), limits_of(settings))
        self.speaking = Speaking(registry.synthesisers())

    @property
    def enabled(self) -> bool:
        """Whether voice is switched on."""
        return self._settings.voice

    async def use(self, settings: Settings) -> None:
        """Hear and speak by these settings from now on. What runs breaks off, if anything about speech has changed."""
        before, self._settings = self._settings, settings
        if _ours(before) == _ours(settings):
            return
        registry = Registry(settings, self._gate, self._builtin, self.decoder, self._tasks)
        await self.hearing.use(registry.recognisers(), limits_of(settings))
        await self.speaking.use(registry.synthesisers())

    async def close(self) -> None:
        """Give processes and connections back."""
        await self.hearing.use((), limits_of(self._settings))
        await self.speaking.use(())
        await self.decoder.close()


def open_speech(settings: Settings, gate: Gate, tasks: "Tasks | None", builtin: Builtin) -> Speech:
    """Hearing and speaking by these settings. `tasks` are Nextcloud's, if it has any."""
    return Speech(settings, gate, builtin, tasks)


def limits_of(settings: Settings) -> Limits:
    """How long engines may take."""
    return Limits(settings.speech_connect_timeout, settings.speech_timeout, settings.speech_stall_timeout)


def _refuse(problem: str | None) -> None:
    if problem is not None:
        raise BadInput(f"It is not configured. {problem}")


def _ours(settings: Settings) -> dict[str, object]:
    return {name: getattr(settings, name) for name in Settings.model_fields if name.startswith(_OURS)}
