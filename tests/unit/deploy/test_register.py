"""`deploy/register` over a stand-in of occ, which keeps what it was called with.

It leaves unproved that Nextcloud takes it: registering is part of `tests/live`.
"""

import json
import subprocess
from pathlib import Path
from xml.etree.ElementTree import Element  # only for its name: the file is parsed by defusedxml

import pytest
from defusedxml.ElementTree import parse

from tests.unit.deploy import ROOT

SECRET = "a-secret-of-this-test"


class Occ:
    """A command line that records its arguments; `daemons` is what it lists."""

    def __init__(self, folder: Path) -> None:
        self._calls = folder / "calls"
        self._daemons = folder / "daemons"
        self._daemons.write_text("")
        self.program = folder / "occ"
        self.program.write_text(
            "#!/bin/sh\n"
            f'printf "%s\\0" "$@" >> {self._calls}; printf "\\n" >> {self._calls}\n'
            f'[ "$1" != app_api:daemon:list ] || cat {self._daemons}\n'
        )
        self.program.chmod(0o755)

    def list_daemon(self, name: str) -> None:
        self._daemons.write_text(f"| {name} | Manual install |\n")

    def register(self, **environment: str) -> dict[str, list[str]]:
        """Run `deploy/register`; the arguments of each occ command."""
        given = {"PATH": "/usr/bin:/bin", "OCC": str(self.program), "APP_SECRET": SECRET, **environment}
        given.setdefault("NEXTCLOUD_URL", "http://cloud.invalid")
        subprocess.run([ROOT / "deploy/register"], cwd=ROOT, env=given, check=True)
        return self.calls()

    def calls(self) -> dict[str, list[str]]:
        """What was called so far: the arguments of each occ command."""
        if not self._calls.exists():
            return {}
        calls = [line.split("\0")[:-1] for line in self._calls.read_text().splitlines()]
        return {call[0]: call[1:] for call in calls}


@pytest.fixture
def occ(tmp_path: Path) -> Occ:
    return Occ(tmp_path)


def test_a_missing_daemon_is_made_and_the_app_registered_with_what_info_xml_says(occ: Occ) -> None:
    calls = occ.register(APP_PORT="9999")
    daemon = calls["app_api:daemon:register"]
    assert daemon[0] == "manual_install"
    assert daemon[2:] == ["manual-install", "http", "127.0.0.1", "http://cloud.invalid"]
    name, of, *options = calls["app_api:app:register"]
    assert (name, of) == ("voiceassist", "manual_install")
    info = json.loads(options[options.index("--json-info") + 1])
    root: Element = parse(ROOT / "appinfo/info.xml").getroot()
    assert (info["secret"], info["port"], info["version"]) == (SECRET, 9999, root.findtext("version"))
    assert [route["url"] for route in info["routes"]] == [
        route.findtext("url") for route in root.iterfind("external-app/routes/route")
    ]


def test_a_daemon_that_is_there_is_used_as_it_is(occ: Occ) -> None:
    occ.list_daemon("manual_install")
    assert "app_api:daemon:register" not in occ.register()


def test_a_daemon_whose_name_only_begins_alike_is_not_taken_for_it(occ: Occ) -> None:
    occ.list_daemon("harp_two")
    assert "app_api:daemon:register" in occ.register(DAEMON="harp", HARP="harp:8780", HP_SHARED_KEY="key")


def test_through_harp_the_new_daemon_knows_its_tunnel_and_its_key(occ: Occ) -> None:
    calls = occ.register(DAEMON="harp", HARP="harp:8780", HP_SHARED_KEY="key", NEXTCLOUD_URL="http://web")
    name, _, *rest = calls["app_api:daemon:register"]
    assert name == "harp"
    assert rest[:4] == ["manual-install", "http", "harp:8780", "http://web"]
    assert rest[4:] == ["--harp", "--harp_frp_address", "harp:8782", "--harp_shared_key", "key"]


def test_harp_without_its_key_is_refused_before_anything_is_registered(occ: Occ) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        occ.register(DAEMON="harp", HARP="harp:8780")


def test_a_port_that_appapi_cannot_keep_is_refused_before_anything_is_registered(occ: Occ) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        occ.register(APP_PORT="32768")
    assert not occ.calls()
    assert "app_api:app:register" in occ.register(APP_PORT="32767")
