"""Chooses the language model that the settings name, if they let passages go where it stands."""

import asyncio
import socket
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog

from backend.models.protocol import LanguageModel
from backend.settings import AnswersBy, ModelsWhere, Settings

if TYPE_CHECKING:
    from backend.nextcloud.tasks import Tasks

log = structlog.get_logger(__name__)


async def choose(settings: Settings, tasks: "Tasks | None" = None) -> LanguageModel | None:
    """The model that writes answers; None when the extractive answerer does. `tasks` are Nextcloud's, if it has any.

    A client is imported when it is chosen: each takes half a second, and most machines need neither.
    """
    match settings.answers_by:
        case AnswersBy.NEXTCLOUD if tasks is not None:
            from backend.models.nextcloud import NextcloudModel

            return NextcloudModel(tasks, settings.nextcloud_url, settings.llm_timeout)
        case AnswersBy.ENDPOINT if settings.llm_base_url and settings.llm_model:
            if settings.models_where is ModelsWhere.LOCAL and not await stands_locally(settings.llm_base_url):
                log.warning("models.refused_by_policy", host=urlsplit(settings.llm_base_url).hostname)
                return None
            from backend.models.endpoint import Endpoint, Limits

            key = settings.llm_api_key.get_secret_value()
            return Endpoint(settings.llm_base_url, settings.llm_model, key, Limits(silence=settings.llm_timeout))
        case _:
            return None


async def stands_locally(url: str) -> bool:
    """Whether every address of the host is this machine's own or of a private network (RFC 1918, RFC 4193).

    A name that cannot be resolved is not local.
    """
    host = urlsplit(url).hostname or ""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return False
    addresses = [ip_address(str(address[4][0]).partition("%")[0]) for address in found]
    return bool(addresses) and all(address.is_private and not address.is_unspecified for address in addresses)
