"""Models and engines for speech that stand elsewhere."""

from collections.abc import AsyncIterator

import openai
from pydantic import SecretStr

from backend.egress.client import GatedClient
from backend.egress.gate import Carrier, Gate, Purpose, Withheld
from backend.errors import VoiceAssistError
from backend.models.registry import Registry
from backend.models.rerank import open_reranker
from backend.preflight.check import SECONDS, Check
from backend.settings import AnswersBy, Mode, Settings, SpeechBy
from backend.speech.problems import hearing_problem, realtime_model, speaking_problem


async def language_models(settings: Settings) -> AsyncIterator[Check]:
    """Those that are to write answers."""
    only_default = settings.answerers == (AnswersBy.ENDPOINT,) and not settings.llm_base_url
    if only_default or not settings.answerers:
        yield Check("language model", True, "none: answers are picked from the passages word for word")
        return
    registry = Registry(settings, Gate(settings))
    for name in settings.answerers:
        problem = registry.problem(name)
        if name is AnswersBy.NEXTCLOUD:
            continue  # who provides it can only be asked as a user
        if problem is not None:
            yield Check(f"language model ({name})", False, "It is not configured.", problem, optional=True)
        elif name is AnswersBy.ENDPOINT:
            yield await _language_model(settings, name, settings.llm_base_url, settings.llm_model, settings.llm_api_key)
        elif name is AnswersBy.CLOUD:
            yield await _language_model(
                settings, name, settings.cloud_base_url, settings.cloud_model, settings.cloud_api_key
            )


async def reranking(settings: Settings) -> AsyncIterator[Check]:
    """The model that orders what was found, where there is one."""
    try:
        reranker = await open_reranker(settings, Gate(settings))
        if reranker is None:
            return
        try:
            await reranker.scores("Is this thing on?", ["It is."])
        finally:
            await reranker.close()
    except VoiceAssistError as error:
        remedy = "Check the settings that begin with RERANK_."
        yield Check("ranking", False, error.message, remedy, optional=True)
    else:
        yield Check("ranking", True, f"by {settings.rerank_model}")


async def speech(settings: Settings) -> AsyncIterator[Check]:
    """The engines that are to hear and to speak, beside those that are always there."""
    if not settings.voice:
        yield Check("voice", True, "switched off")
        return
    as_app = settings.mode is Mode.APPAPI
    for name in settings.hearers:
        model = realtime_model(settings) if name is SpeechBy.REALTIME else settings.transcription_model
        problem = hearing_problem(settings, name, as_app=as_app)
        yield await _speech_engine(settings, f"hears ({name})", name, model, problem)
    for name in settings.speakers:
        problem = speaking_problem(settings, name, as_app=as_app)
        yield await _speech_engine(settings, f"speaks ({name})", name, settings.speech_model, problem)


async def _speech_engine(settings: Settings, title: str, name: SpeechBy, model: str, problem: str | None) -> Check:
    if problem is not None:
        return Check(title, False, "It is not configured.", problem, optional=True)
    match name:
        case SpeechBy.ENDPOINT | SpeechBy.REALTIME:
            carrier = Carrier.RELAY if settings.speech_is_relay else Carrier.DIRECT
            return await _listed(settings, title, settings.speech_base_url, model, settings.speech_api_key, carrier)
        case SpeechBy.NEXTCLOUD:
            return Check(title, True, "whatever provider it has: only its users can ask", optional=True)
        case SpeechBy.LOCAL:
            return Check(title, True, settings.speech_local_models)
        case SpeechBy.BUILTIN:
            return Check(title, True, "always there")


async def _language_model(settings: Settings, name: AnswersBy, base_url: str, model: str, key: SecretStr) -> Check:
    carrier = Carrier.RELAY if name is AnswersBy.CLOUD else Carrier.DIRECT
    return await _listed(settings, f"language model ({name})", base_url, model, key, carrier)


async def _listed(settings: Settings, title: str, base_url: str, model: str, key: SecretStr, carrier: Carrier) -> Check:
    """Whether a server answers and lists a model."""
    client = GatedClient(
        Gate(settings), Purpose.CHECK, base_url, key.get_secret_value(), timeout=SECONDS, carrier=carrier
    )
    async with client:
        try:
            models = {found.id async for found in client.models.list()}
        except Withheld as error:
            return Check(title, False, error.message, "Change MODELS_WHERE or MODELS_LOCAL_HOSTS.", optional=True)
        except openai.OpenAIError as error:
            detail = f"{base_url}: {type(error).__name__}"
            return Check(title, False, detail, "Check its address and key.", optional=True)
    if model not in models:
        known = ", ".join(sorted(models)[:5]) or "none"
        return Check(title, False, f"{base_url} does not list {model!r}.", f"It has: {known}", optional=True)
    return Check(title, True, f"{model} at {base_url}")
