"""Files, and how they are searched."""

from enum import StrEnum

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from backend.settings.kinds import HttpAddress


class OcrBy(StrEnum):
    """Who recognises text in scans and pictures."""

    TESSERACT = "tesseract"
    NEXTCLOUD = "nextcloud"
    NONE = "none"


class RecordingsBy(StrEnum):
    """Who transcribes recordings among users' files."""

    DICTATION = "dictation"
    ANY = "any"
    NONE = "none"


class Files(BaseSettings):
    """Files"""

    crawl_interval: float = Field(
        15.0,
        description="Seconds between looks at Nextcloud for changes; the sample server is asked every 0.5 s.",
        gt=0,
    )
    max_file_size_mb: int = Field(200, description="Larger files are listed, not indexed.", gt=0)
    extract_timeout: float = Field(120.0, description="Seconds that reading one file may take.", gt=0)
    extract_memory_mb: int = Field(1024, description="Memory (MB) that reading one file may take.", ge=256)
    ocr_by: OcrBy = Field(
        OcrBy.TESSERACT,
        description="Who recognises text in scans and pictures: `tesseract` (installed here), `nextcloud` (whatever "
        "provider Nextcloud has, by AppAPI only; whole files, so scanned pages among pages of text are left out) or "
        "`none`.",
    )
    ocr_languages: str = Field("eng+deu", description="Tesseract languages for scanned pages and pictures.")
    recordings_by: RecordingsBy = Field(
        RecordingsBy.DICTATION,
        description="Who transcribes recordings, so that they are searchable: `dictation` (the engines of HEARS_BY and "
        "HEARS_FALLBACK except the built-in one; with that alone, recordings are left out), `any` (the built-in one "
        "too, in English; it hears free speech badly and needs much processor time) or `none`.",
    )
    index_exclude: str = Field(
        "",
        description="Paths in users' homes that are never indexed, separated by commas; `*` stands for any text: "
        "`/Private, *.tmp`. A folder with a file named `.noindex` is left out as well.",
    )
    indexing: bool = Field(
        True, description="Switched off, what is indexed stays searchable and nothing new is looked at."
    )
    index_workers: int = Field(4, description="Files on their way into the index at the same time.", ge=1, le=64)

    @property
    def tesseract_languages(self) -> str:
        """The languages that tesseract recognises; empty when it is not to."""
        return self.ocr_languages if self.ocr_by is OcrBy.TESSERACT else ""


class Search(BaseSettings):
    """Search"""

    qdrant_url: HttpAddress = Field("", description="A Qdrant server. Empty: vectors in the storage folder.")
    qdrant_api_key: SecretStr = Field(SecretStr(""), description="Key of that server.")
    embedding_model: str = Field(
        "builtin",
        description="`builtin` (all-MiniLM-L6-v2, English), or the name or folder of a sentence-transformers model "
        "(extra `models`), or a model of EMBEDDING_BASE_URL.",
    )
    embedding_base_url: HttpAddress = Field("", description="An OpenAI-compatible endpoint that makes embeddings.")
    embedding_api_key: SecretStr = Field(SecretStr(""), description="Key of that endpoint.")
    enable_pubmedbert_adapter: bool = Field(
        False, description="Lets EMBEDDING_MODEL be `pubmedbert`, an English model of biomedical text (extra `models`)."
    )
    pubmedbert_model: str = Field(
        "NeuML/pubmedbert-base-embeddings",
        description="Which PubMedBERT: the name or folder of a sentence-transformers model.",
    )
    rerank_model: str = Field(
        "",
        description="A cross-encoder that orders what the search found: the name or folder of a sentence-transformers "
        "model (extra `models`), or a model of RERANK_BASE_URL. Empty: the built-in order.",
    )
    rerank_base_url: HttpAddress = Field(
        "", description="An endpoint with `POST /rerank`, as Jina, Cohere, vLLM, LocalAI and llama.cpp have it."
    )
    rerank_api_key: SecretStr = Field(SecretStr(""), description="Key of that endpoint.")
