"""The sample server for every test here, and an alarm for blocking calls."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from blockbuster import BlockBuster, blockbuster_ctx

from tests.servers.dav import demo_server, demo_source

__all__ = ["demo_server", "demo_source"]


@pytest.fixture
def blockbuster() -> Iterator[BlockBuster]:
    """Raises when a call of ours blocks the event loop."""
    with blockbuster_ctx("backend.nextcloud") as alarm:
        yield alarm


@pytest.fixture
def self_signed(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that nobody vouches for, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    out = ["-out", str(certificate), "-keyout", str(key)]
    subprocess.run([openssl, "req", "-x509", *made, *subject, *out], check=True, capture_output=True)
    return certificate, key
