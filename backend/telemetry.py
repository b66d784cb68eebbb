"""Structured logs and metrics. Logs never carry headers, file contents, questions or answers."""

import logging
import sys

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

# One registry of our own, so that several applications can live in one test process.
registry = CollectorRegistry()

requests = Counter("voiceassist_http_requests_total", "HTTP requests", ["method", "route", "status"], registry=registry)
request_seconds = Histogram(
    "voiceassist_http_request_seconds", "Time to answer an HTTP request", ["route"], registry=registry
)
files_indexed = Counter(
    "voiceassist_files_indexed_total", "Files that went through the pipeline", ["outcome"], registry=registry
)
chunks_embedded = Counter("voiceassist_chunks_embedded_total", "Chunks embedded", registry=registry)
jobs_waiting = Gauge("voiceassist_jobs_waiting", "Jobs in the ledger, by state", ["state"], registry=registry)
search_seconds = Histogram("voiceassist_search_seconds", "Time to search, by step", ["step"], registry=registry)
egress_calls = Counter(
    "voiceassist_egress_calls_total",
    "Calls with text to a model outside of this process",
    ["purpose", "place", "outcome"],
    registry=registry,
)
model_calls = Counter(
    "voiceassist_model_calls_total", "Answers asked of a language model", ["model", "outcome"], registry=registry
)
model_tokens = Counter(
    "voiceassist_model_tokens_total", "Tokens of language models", ["model", "direction"], registry=registry
)
model_cost = Counter(
    "voiceassist_model_cost_total",
    "Cost of language models, in the currency of the prices",
    ["model"],
    registry=registry,
)
model_first_token_seconds = Histogram(
    "voiceassist_model_first_token_seconds", "Time to a language model's first words", ["model"], registry=registry
)
speech_calls = Counter(
    "voiceassist_speech_calls_total",
    "Utterances asked of an engine that hears, clauses of one that speaks",
    ["step", "engine", "outcome"],
    registry=registry,
)
speech_seconds = Histogram(
    "voiceassist_speech_seconds",
    "Time from the end of an utterance to its transcript, and from a clause to its first sound",
    ["step", "engine"],
    registry=registry,
)
preparations = Counter(
    "voiceassist_preparations_total",
    "Answers begun before their question was asked, and searches of turns that were answered by that",
    ["outcome"],
    registry=registry,
)
turn_seconds = Histogram("voiceassist_turn_seconds", "Time from question to the end of its answer", registry=registry)


def _drop_exception(_logger: object, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    event.pop("exc_info", None)
    return event


def configure_logging(level: str, *, json: bool) -> None:
    """Send structured logs to standard error, as JSON lines for machines or in colour for a terminal."""
    # No processor renders exceptions: their texts, and the variables around them, may hold what users wrote. What may
    # be said about an error is in `trouble`.
    processors: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _drop_exception,
        structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
    ]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
