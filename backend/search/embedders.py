"""Opens the embedding model that the settings name, and a former one whose vectors are still in use."""

import asyncio
from pathlib import Path

from backend.search.builtin import BuiltinEmbedder
from backend.search.embedding import Embedder
from backend.search.index import FindEmbedder, collection_name
from backend.settings import Settings

_BUILTIN = "builtin"


async def open_builtin(storage: Path) -> BuiltinEmbedder:
    """The built-in model; its graph is kept in `storage`/models."""
    return await asyncio.to_thread(BuiltinEmbedder, storage)


async def open_embedder(settings: Settings) -> Embedder:
    """The model of the settings. Raises `BadInput` or `Unavailable` when it cannot be had."""
    model = settings.embedding_model
    if settings.embedding_base_url:
        from backend.search.endpoint import EndpointEmbedder

        # An endpoint does not say how it counts; the built-in model's tokens are shorter than most.
        counter = await open_builtin(settings.app_persistent_storage)
        key = settings.embedding_api_key.get_secret_value()
        return await EndpointEmbedder.connect(settings.embedding_base_url, key, model, counter, counter.max_tokens)
    if model == _BUILTIN:
        return await open_builtin(settings.app_persistent_storage)
    from backend.search.transformers import TransformersEmbedder

    return await asyncio.to_thread(TransformersEmbedder, model)


def former_embedders(settings: Settings) -> FindEmbedder:
    """Finds the model of an older collection: the built-in one, which is always there. Others are not in the settings
    any more; until everything is embedded again, their collections are searched by words alone."""

    async def find(collection: str) -> Embedder | None:
        builtin = await open_builtin(settings.app_persistent_storage)
        # The same model, in whatever layout its vectors were stored.
        if collection_name(builtin).rpartition("-v")[0] == collection.rpartition("-v")[0]:
            return builtin
        await builtin.close()
        return None

    return find
