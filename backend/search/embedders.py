"""Opens the embedding model that the settings name, and a former one whose vectors are still in use."""

import asyncio
from pathlib import Path

from backend.egress.gate import Gate
from backend.errors import BadInput
from backend.search.builtin import BuiltinEmbedder
from backend.search.embedding import Embedder
from backend.search.index import FindEmbedder, collection_name
from backend.settings import Settings

_BUILTIN = "builtin"
_PUBMEDBERT = "pubmedbert"


async def open_builtin(storage: Path) -> BuiltinEmbedder:
    """The built-in model; its graph is kept in `storage`/models."""
    return await asyncio.to_thread(BuiltinEmbedder, storage)


async def open_embedder(settings: Settings, gate: Gate) -> Embedder:
    """The model of the settings. Raises `BadInput` or `Unavailable` when it cannot be had."""
    model = settings.embedding_model
    if settings.embedding_base_url:
        from backend.search.endpoint import EndpointEmbedder

        # An endpoint does not say how it counts; the built-in model's tokens are shorter than most.
        counter = await open_builtin(settings.model_home)
        key = settings.embedding_api_key.get_secret_value()
        return await EndpointEmbedder.connect(
            gate, settings.embedding_base_url, key, model, counter, counter.max_tokens
        )
    if model == _BUILTIN:
        return await open_builtin(settings.model_home)
    if model == _PUBMEDBERT:
        if not settings.enable_pubmedbert_adapter:
            raise BadInput("EMBEDDING_MODEL is `pubmedbert`: set ENABLE_PUBMEDBERT_ADAPTER as well.")
        model = settings.pubmedbert_model
    from backend.search.transformers import TransformersEmbedder

    return await asyncio.to_thread(TransformersEmbedder, model)


def former_embedders(settings: Settings) -> FindEmbedder:
    """Finds the model of an older collection: the built-in one, which is always there. Others are not in the settings
    any more; until everything is embedded again, their collections are searched by words alone."""

    async def find(collection: str) -> Embedder | None:
        builtin = await open_builtin(settings.model_home)
        # The same model, in whatever layout its vectors were stored.
        if collection_name(builtin).rpartition("-v")[0] == collection.rpartition("-v")[0]:
            return builtin
        await builtin.close()
        return None

    return find
