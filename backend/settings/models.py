"""Language models, and where models may stand."""

from enum import StrEnum
from functools import cached_property
from itertools import takewhile

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from backend.settings.kinds import Hosts, HttpAddress, are_among, names


class AnswersBy(StrEnum):
    """Who writes answers."""

    EXTRACTIVE = "extractive"
    ENDPOINT = "endpoint"
    CLOUD = "cloud"
    NEXTCLOUD = "nextcloud"
    BIOGPT = "biogpt"


class ModelsWhere(StrEnum):
    """Where a model may stand that is shown passages of files."""

    LOCAL = "local"
    ANYWHERE = "anywhere"


class Models(BaseSettings):
    """Language models"""

    answers_by: AnswersBy = Field(
        AnswersBy.ENDPOINT,
        description="Who writes answers: `extractive` (sentences of the files, word for word), `endpoint` (the model "
        "of LLM_BASE_URL; without one, extractive), `cloud` (the model of CLOUD_BASE_URL), `nextcloud` (the language "
        "model of Nextcloud, by AppAPI only) or `biogpt`.",
    )
    answers_fallback: str = Field(
        "",
        description="Who is asked when that one does not answer, in order, separated by commas: `endpoint, cloud`. "
        "After the last one answers are extractive.",
    )
    models_where: ModelsWhere = Field(
        ModelsWhere.ANYWHERE,
        description="Where a model may stand that is shown questions and passages of files, or hears or speaks: "
        "`local` (this machine and MODELS_LOCAL_HOSTS) or `anywhere`. It is asked at every call to a model for "
        "answers, embeddings, reranking or speech.",
    )
    models_local_hosts: Hosts = Field(
        "10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fc00::/7",
        description="What counts as local beside this machine: networks, addresses and names of hosts, separated by "
        "commas. A name that is not listed counts when all its addresses do.",
    )
    nextcloud_model_is_local: bool = Field(
        False,
        description="Nextcloud's own language model, speech and text recognition run in our own network. Nextcloud "
        "does not tell where its providers send text, so with MODELS_WHERE=local they are only asked when this is set.",
    )
    llm_base_url: HttpAddress = Field(
        "", description="An OpenAI-compatible endpoint. Empty: answers are picked from the passages, word for word."
    )
    llm_model: str = Field("", description="Model to ask there.")
    llm_api_key: SecretStr = Field(SecretStr(""), description="Key of that endpoint.")
    llm_context_tokens: int = Field(
        0, description="Tokens that model reads at once; so many passages are shown to it. 0: enough.", ge=0
    )
    llm_price_input: float = Field(0.0, description="Price of a million tokens that it reads, in your currency.", ge=0)
    llm_price_output: float = Field(0.0, description="Price of a million tokens that it writes.", ge=0)
    cloud_base_url: HttpAddress = Field(
        "",
        description="An OpenAI-compatible endpoint that counts as outside whatever its address is: a cloud, or a "
        "gateway in your network that passes text on to one.",
    )
    cloud_model: str = Field("", description="Model to ask there.")
    cloud_api_key: SecretStr = Field(SecretStr(""), description="Key of that endpoint.")
    cloud_context_tokens: int = Field(0, description="Tokens that model reads at once. 0: enough.", ge=0)
    cloud_price_input: float = Field(0.0, description="Price of a million tokens that it reads.", ge=0)
    cloud_price_output: float = Field(0.0, description="Price of a million tokens that it writes.", ge=0)
    decompose: bool = Field(
        True,
        description="Questions that are several in one (comparisons, two questions, one that needs another one first) "
        "are answered one by one. A language model is asked what a long question is made of where no rule tells.",
    )
    commands_by_model: bool = Field(
        True,
        description="Words that may be a command and that no rule understands are read by the language model, if one "
        "is configured. It sees these words and nothing else, and what it reads is confirmed like any command.",
    )
    second_check: bool = Field(
        True,
        description="A language model that has answered is asked once more, whether each passage says what it is cited "
        "for. It takes up to five seconds after the last sentence; where the model sees no support, a note says so.",
    )
    llm_connect_timeout: float = Field(5.0, description="Seconds that connecting to a model may take.", gt=0)
    llm_timeout: float = Field(
        30.0, description="Seconds without a word from the model before the extractive answer is given instead.", gt=0
    )
    llm_stall_timeout: float = Field(
        15.0, description="Seconds that a model which has begun may pause before it is given up.", gt=0
    )
    llm_total_timeout: float = Field(90.0, description="Seconds that one answer of a model may take in all.", gt=0)
    enable_biogpt_adapter: bool = Field(
        False,
        description="Lets ANSWERS_BY be `biogpt`, a small English model of biomedical text that runs in this process "
        "(extra `models`).",
    )
    biogpt_model: str = Field("microsoft/biogpt", description="Which BioGPT: its name at Hugging Face, or a folder.")

    @field_validator("answers_fallback")
    @classmethod
    def _are_answerers(cls, value: str) -> str:
        return are_among(value, AnswersBy)

    @cached_property
    def answerers(self) -> tuple[AnswersBy, ...]:
        """Who is asked for an answer, in order, each once. What comes after `extractive` is never asked."""
        wanted = dict.fromkeys((self.answers_by, *(AnswersBy(name) for name in names(self.answers_fallback))))
        return tuple(takewhile(lambda name: name is not AnswersBy.EXTRACTIVE, wanted))
