"""Runs a retrieval benchmark through the production pipeline, in a storage folder that is gone afterwards."""

import dataclasses
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from backend.files.chunking import chunk
from backend.files.extraction.extracted import Page
from backend.files.extraction.formats.plain import markdown_headings
from backend.files.extraction.writer import clean
from backend.search.chunk import Chunk
from backend.search.edge import EdgeStore
from backend.search.embedders import open_builtin
from backend.search.embedding import TokenCounter
from backend.search.evaluate import Cut, run
from backend.search.index import Index
from backend.search.language import LanguageDetector
from backend.search.service import Search


async def beir_run(folder: Path, out: Path, progress: Callable[[str, int, int], None]) -> dict[str, int]:
    """Index a BEIR folder and write a TREC run to `out`; see `search.evaluate.run`. Returns what was counted."""
    with tempfile.TemporaryDirectory(prefix="voiceassist-") as name:
        storage = Path(name)
        embedder = await open_builtin(storage)
        store = EdgeStore(storage / "vectors")
        try:
            index = Index(store, embedder)
            await index.open()

            report = await run(
                folder,
                out,
                store=store,
                index=index,
                search=Search(store, index, Nobody()),
                detector=LanguageDetector(),
                cut=cutter(embedder),
                progress=progress,
            )
        finally:
            await store.close()
            await embedder.close()
    return dataclasses.asdict(report)


def cutter(tokens: TokenCounter) -> Cut:
    """Cuts Markdown into chunks, as an uploaded file is cut."""

    def cut(text: str) -> Sequence[Chunk]:
        text = clean(text)
        return chunk([Page(None, None, text, tuple(markdown_headings(text)))], tokens=tokens)

    return cut


class Nobody:
    """`Access` of a benchmark, which has no users: it ranks, and nothing is shown to anybody."""

    async def roots(self, user_id: str) -> tuple[int, ...]:
        """See `Access.roots`."""
        return ()

    async def home(self, user_id: str) -> int | None:
        """See `Access.home`."""
        return None

    async def readable(self, user_id: str, node_ids: Collection[int]) -> Mapping[int, str]:
        """See `Access.readable`."""
        return {}

    def link(self, user_id: str, file_id: int, path: str) -> str:
        """See `Access.link`."""
        return ""
