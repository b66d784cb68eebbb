"""The built-in embedding model: prepared once for a run of the tests, opened once in each of its processes."""

import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend.search.builtin import BuiltinEmbedder

# Names the folder to the workers of pytest-xdist. Who comes first builds the model in it; two at once build the same.
_VARIABLE = "VOICEASSIST_TESTS_MODEL"


def provide(at_the_end: Callable[[Callable[[], None]], None]) -> None:
    """Make the folder, unless this is a worker, and have it removed `at_the_end`."""
    if _VARIABLE not in os.environ:
        folder = os.environ[_VARIABLE] = tempfile.mkdtemp(prefix="voiceassist-model-")
        at_the_end(lambda: shutil.rmtree(folder))


def home() -> str:
    """For `MODEL_STORAGE` of a product: the folder; outside of the tests nothing, so that it prepares its own."""
    return os.environ.get(_VARIABLE, "")


@cache
def embedder() -> "BuiltinEmbedder":
    """The real model. Its threads end with the process."""
    from backend.search.builtin import BuiltinEmbedder  # half a second, which most files of tests do without

    return BuiltinEmbedder(Path(home()))
