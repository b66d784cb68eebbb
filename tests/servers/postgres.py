"""A real PostgreSQL for tests, on a free port, gone with everything in it afterwards."""

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.ports import free_port

_PLACES = (Path("/usr/lib/postgresql/15/bin"), Path("/usr/local/pgsql/bin"))


def binaries() -> Path | None:
    """The folder with `initdb` and `postgres`, or None where PostgreSQL's server is not installed."""
    on_path = shutil.which("initdb")
    places = (Path(on_path).resolve().parent, *_PLACES) if on_path else _PLACES
    return next((place for place in places if (place / "initdb").exists()), None)


@dataclass(frozen=True)
class PostgresServer:
    """Runs from the programs in `folder`."""

    folder: Path
    port: int
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def new_database(self) -> str:
        """The SQLAlchemy URL of an empty database."""
        name = f"tests{next(self._numbers)}"
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "tests"]
        subprocess.run([self.folder / "createdb", *where, name], check=True, capture_output=True)
        return f"postgresql+asyncpg://tests@127.0.0.1:{self.port}/{name}"


@contextmanager
def running(folder: Path) -> Iterator[PostgresServer]:
    """Start a server from the programs in `folder`."""
    # PostgreSQL refuses to run as root, and its user must be able to enter the folder.
    home = Path(tempfile.mkdtemp(prefix="voiceassist-postgres-"))
    as_user: list[str] = []
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(home, account.pw_uid, account.pw_gid)
        as_user = ["runuser", "-u", "postgres", "--"]
    port = free_port()
    data = home / "data"

    def run(*command: str | Path) -> None:
        subprocess.run([*as_user, *command], check=True, capture_output=True, cwd=home)

    try:
        run(folder / "initdb", "-D", data, "-U", "tests", "--auth=trust", "--no-sync", "--encoding=UTF8")
        options = f"-p {port} -h 127.0.0.1 -k {home} -F"
        run(folder / "pg_ctl", "-D", data, "-o", options, "-l", home / "log", "-w", "start")
        try:
            yield PostgresServer(folder, port)
        finally:
            run(folder / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home)
