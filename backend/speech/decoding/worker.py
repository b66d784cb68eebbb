"""The child process: decodes one file after another within its limits and sends their sound.

Started as `python -m backend.speech.decoding.worker MEMORY_BYTES SECONDS` by `child.Child`.
"""

import io
import os
import resource
import sys
from typing import BinaryIO

from backend.errors import BadInput
from backend.speech.audio import decode
from backend.speech.decoding.wire import ANSWER, MAX_BODY_BYTES, REQUEST, Kind

# Libraries that Python has not loaded yet, and the pipes.
_MAX_OPEN_FILES = 32


def main() -> None:
    """Serve requests from standard input until it is closed."""
    memory_bytes, seconds = int(sys.argv[1]), int(sys.argv[2])
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints must not mix with the answers
    _limit(memory_bytes)
    _send(answers, Kind.DONE)
    requests = sys.stdin.buffer
    while len(head := requests.read(REQUEST.size)) == REQUEST.size:
        size, rate, most = REQUEST.unpack(head)
        _limit_cpu(seconds)
        try:
            _serve(io.BytesIO(requests.read(size)), rate, most, answers)
        except BadInput as refusal:
            _send(answers, Kind.REFUSED, refusal.message.encode())
        except MemoryError:
            _send(answers, Kind.REFUSED, b"The recording takes too much memory to be decoded. It may be damaged.")


def _serve(file: BinaryIO, rate: int, most: int, answers: BinaryIO) -> None:
    for piece in decode(file, rate):
        most -= len(piece)
        if most < 0:
            _send(answers, Kind.TOO_LONG)
            return
        for start in range(0, len(piece), MAX_BODY_BYTES):
            _send(answers, Kind.SOUND, piece[start : start + MAX_BODY_BYTES])
    _send(answers, Kind.DONE)


def _send(answers: BinaryIO, kind: Kind, body: bytes = b"") -> None:
    answers.write(ANSWER.pack(kind, len(body)) + body)
    answers.flush()


def _limit(memory_bytes: int) -> None:
    """Bind this process for good: memory, no file to be written, no core dump."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_MAX_OPEN_FILES, _MAX_OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_cpu(seconds: int) -> None:
    """Let this process use so much more of processor time; the kernel ends it after that."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(usage.ru_utime + usage.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()
