"""How much a file may cost, and how a child process holds itself to it."""

import resource
from dataclasses import asdict, dataclass

MAX_TEXT_CHARS = 20_000_000
"""Characters kept of a file: about ten thousand pages."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take. Without `ocr_languages` no text is recognised.

    `seconds` is wall-clock time without text recognition, which may take `ocr_factor` times as much on top because an
    honest scan of a hundred pages needs it. `text_chars` is kept per file, `unpacked_bytes` come out of an archive or
    office document, `attachments` files are read inside a mail or archive, `depth` levels down. A recording may be
    `sound_seconds` long.
    """

    seconds: float = 120.0
    memory_bytes: int = 1024 * 2**20
    text_chars: int = MAX_TEXT_CHARS
    unpacked_bytes: int = 512 * 2**20
    attachments: int = 100
    depth: int = 3
    ocr_languages: str = "eng+deu"
    ocr_page_seconds: float = 60.0
    ocr_factor: float = 10.0
    sound_seconds: float = 4 * 3600.0

    def message(self) -> dict[str, object]:
        """These limits as JSON can carry them: `Limits(**message)` reads them back."""
        return asdict(self)


# A child writes attachments to its scratch folder, one file at a time; and four hours of sound as 440 MB.
_MAX_FILE_BYTES = 512 * 2**20
_MAX_OPEN_FILES = 128


def limit_process(limits: Limits) -> None:
    """Bind this process, and those that it starts, for good: memory, files, no core dump."""
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_MAX_FILE_BYTES, _MAX_FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_MAX_OPEN_FILES, _MAX_OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_cpu(seconds: float) -> None:
    """Let this process use `seconds` more of processor time; the kernel ends it after that."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(usage.ru_utime + usage.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))
