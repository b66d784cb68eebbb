"""deploy/compose.yaml beyond its schema (`make lint-deploy`): secrets, pins, networks, and settings that exist."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.settings import Settings
from tests.unit.deploy import ROOT

_VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)([^}]*)\}")

# What AppAPI and HaRP give beside our own settings; the start script reads them.
_TUNNEL = {"HP_FRP_ADDRESS", "HP_FRP_PORT"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())
    return loaded


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = compose["services"]
    return found


def example() -> dict[str, str]:
    """The variables of the example file, as they stand there."""
    lines = (ROOT / "deploy/compose.env.example").read_text().splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def test_every_variable_is_in_the_example_and_every_secret_of_it_is_empty_and_demanded() -> None:
    asked = dict(_VARIABLE.findall((ROOT / "deploy/compose.yaml").read_text()))
    known = example()
    assert asked.keys() <= known.keys()
    secrets = {name for name in known if re.search("SECRET|PASSWORD|KEY", name)}
    assert len(secrets) == 6
    assert {known[name] for name in secrets} == {""}
    assert {name for name in asked if asked[name].startswith(":?")} == secrets


def test_no_secret_is_written_in(services: dict[str, Any]) -> None:
    written = [
        (name, variable)
        for name, service in services.items()
        for variable, value in service.get("environment", {}).items()
        if re.search("SECRET|PASSWORD|KEY", variable) and not _VARIABLE.fullmatch(value)
    ]
    assert written == []


def test_every_image_is_pinned_to_a_release(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert re.search(r":v?\d+\.\d+\.\d+[\w.-]*$|:\d+\.\d+-alpine$", service["image"]), (name, service["image"])


def test_every_service_has_a_health_check_of_its_own_or_of_its_image(services: dict[str, Any]) -> None:
    of_the_image = {"voiceassist", "harp"}
    assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()
    assert {name for name, service in services.items() if "healthcheck" not in service} == of_the_image


def test_only_the_web_server_is_reachable_and_from_this_machine_only(services: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert list(published) == ["web"]
    assert all(port.startswith("127.0.0.1:") for port in published["web"])


def test_voiceassist_has_no_way_to_the_internet_and_its_stores_are_met_by_nobody_else(
    compose: dict[str, Any], services: dict[str, Any]
) -> None:
    internal = {name for name, network in compose["networks"].items() if network.get("internal")}
    assert set(services["voiceassist"]["networks"]) <= internal
    assert "outside" not in internal
    on_assistant = {name for name, service in services.items() if "assistant" in service["networks"]}
    assert on_assistant == {"voiceassist", "postgres", "qdrant", "model"}
    assert {name for name, service in services.items() if "tunnel" in service["networks"]} == {"voiceassist", "harp"}


def test_voiceassist_is_given_only_settings_that_it_reads(services: dict[str, Any]) -> None:
    given = set(services["voiceassist"]["environment"])
    assert given - _TUNNEL <= {name.upper() for name in Settings.model_fields}
    start = (ROOT / "deploy/start.sh").read_text()
    assert all(name in start for name in _TUNNEL)


def test_voiceassist_runs_without_rights_on_a_file_system_that_it_cannot_write(services: dict[str, Any]) -> None:
    ours = services["voiceassist"]
    assert ours["read_only"]
    assert ours["cap_drop"] == ["ALL"]
    assert ours["security_opt"] == ["no-new-privileges:true"]


def test_every_profile_of_the_example_exists(services: dict[str, Any]) -> None:
    profiles = {profile for service in services.values() for profile in service.get("profiles", [])}
    assert set(example()["COMPOSE_PROFILES"].split(",")) == profiles


def test_the_documented_commands_fill_in_every_secret_with_another_one(tmp_path: Path) -> None:
    page = (ROOT / "docs/administration.md").read_text()
    (block,) = re.findall(r"```sh\n( +cp deploy/compose\.env\.example.*?)```", page, re.DOTALL)
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy/compose.env.example", tmp_path / "deploy")
    subprocess.run(["sh", "-euc", block], cwd=tmp_path, check=True)
    filled = dict(line.split("=", 1) for line in (tmp_path / "deploy/.env").read_text().splitlines() if "=" in line)
    secrets = [filled[name] for name, value in example().items() if not value]
    assert all(re.fullmatch("[0-9a-f]{64}", secret) for secret in secrets)
    assert len(set(secrets)) == 6
    assert (tmp_path / "deploy/.env").stat().st_mode & 0o077 == 0


def test_the_filled_in_file_stays_out_of_the_repository() -> None:
    assert "deploy/.env" in (ROOT / ".gitignore").read_text().splitlines()
