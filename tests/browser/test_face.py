"""The face in headless Chromium: over the running product, and over bad lines with the mock server of js/dev.

The scenarios are JavaScript (js/tests/browser) because they drive the browser by playwright-core. What is proved here
needs Chromium and the built front end (`npm ci && npm run build` in js/).
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from json import dumps, load
from pathlib import Path

import pypdfium2
import pytest

from tests.browser.scenarios import run_scenarios
from tests.servers import model

ROOT = Path(__file__).parents[2]
HANDBOOK = ROOT / "samples" / "documents" / "Staff" / "Staff handbook 2026.pdf"
# The sentence that answers the scenario's question.
ANSWER = "Parental leave follows the law"

# The sample documents are indexed in about 20 s on an idle machine with two cores; a busy one gets several times that.
_INDEXED_WITHIN_SECONDS = 240.0


@dataclass(frozen=True, slots=True)
class Product:
    """A running VoiceAssist: its page, and the folder of documents that it indexes."""

    url: str
    documents: Path


def _summary(url: str) -> dict[str, int]:
    with urllib.request.urlopen(f"{url}api/v1/files/summary", timeout=10) as answer:
        data: dict[str, int] = load(answer)["data"]
    return data


def _wait_until_indexed(url: str) -> None:
    deadline = time.monotonic() + _INDEXED_WITHIN_SECONDS
    while time.monotonic() < deadline:
        summary = _summary(url)
        if summary["total"] > 0 and summary["indexed"] == summary["total"] and not summary["crawling"]:
            return
        time.sleep(0.5)
    pytest.fail(f"The sample documents were not indexed within {_INDEXED_WITHIN_SECONDS} s: {_summary(url)}")


def _wait_until_found(url: str, name: str, files: int) -> None:
    """Wait until a search for `name` finds that many files with it in their names."""
    deadline = time.monotonic() + _INDEXED_WITHIN_SECONDS
    body = dumps({"query": name, "limit": 10}).encode()
    while time.monotonic() < deadline:
        request = urllib.request.Request(
            f"{url}api/v1/search", body, {"Content-Type": "application/json", "X-Requested-With": "test"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            titles = {hit["title"] for hit in load(answer)["data"]["results"] if name in hit["title"]}
        if len(titles) == files:
            return
        time.sleep(0.5)
    pytest.fail(f"{name!r} was not found within {_INDEXED_WITHIN_SECONDS} s.")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The real product in a process of its own, on a free port, with all sample documents indexed."""
    storage = tmp_path_factory.mktemp("storage")
    log = storage / "log.txt"
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("NEXTCLOUD_", "LLM_", "EMBEDDING_"))
    }
    environment |= {"APP_PERSISTENT_STORAGE": str(storage), "APP_PORT": "0", "APP_HOST": "127.0.0.1"}
    environment["MODEL_STORAGE"] = model.home()
    with log.open("w") as output:
        process = subprocess.Popen(
            [Path(sys.executable).with_name("voiceassist"), "serve"],
            cwd=storage,  # not the repository: a developer's .env must not count
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        url = _address(process, log)
        _wait_until_indexed(url)
        yield Product(url, next(storage.rglob("Opening hours.txt")).parent)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """The page's address, as the product prints it when it is ready."""
    while True:
        running = process.poll() is None
        if match := re.search(r"is ready on (http://\S+)", log.read_text()):
            return f"{match[1]}/"
        assert running, f"The product did not start:\n{log.read_text()[-4000:]}"
        time.sleep(0.1)


def _page_of_answer() -> int:
    """The page of the handbook on which ANSWER stands, read without any code of the product."""
    with pypdfium2.PdfDocument(HANDBOOK) as document:
        for number in range(len(document)):
            words = " ".join(document[number].get_textpage().get_text_range().split())
            if ANSWER in words:
                return number + 1
    pytest.fail(f"{ANSWER!r} is not in {HANDBOOK.name} any more.")


@pytest.mark.timeout(800)
def test_a_person_asks_searches_and_watches_files_in_the_running_product(product: Product) -> None:
    run_scenarios(
        "product.test.mjs",
        {
            "VOICEASSIST_URL": product.url,
            "VOICEASSIST_DOCUMENTS": str(product.documents),
            "EXPECTED_PAGE": str(_page_of_answer()),
        },
    )


@pytest.mark.timeout(800)
def test_a_person_is_asked_back_chooses_by_the_keyboard_and_asks_a_follow_up(product: Product) -> None:
    kidney = product.documents / "Kidney"
    kidney.mkdir()
    for kind, treatment in (("Acute", "fluids through a vein"), ("Chronic", "an ACE inhibitor and a low-salt diet")):
        text = f"# {kind} kidney disease\n\n{kind} kidney disease is treated with {treatment}.\n"
        (kidney / f"{kind} kidney disease.md").write_text(text, encoding="utf-8")
    try:
        _wait_until_found(product.url, "kidney disease", 2)
        run_scenarios("questions.test.mjs", {"VOICEASSIST_URL": product.url}, at_least=5)
    finally:
        shutil.rmtree(kidney)


@pytest.mark.timeout(800)
def test_the_face_stays_usable_over_broken_and_held_back_lines_and_inside_nextcloud() -> None:
    run_scenarios("lines.test.mjs", {})
