"""The Dockerfile and what it is built from, where it could part from the rest of the repository unnoticed.

hadolint and shellcheck run in `make lint-deploy`. No image is built here: whether the bases can be pulled and frpc
downloaded is proved by the first build.
"""

import re

from tests.unit.deploy import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()


def test_the_image_has_the_debian_packages_that_a_run_without_it_asks_for() -> None:
    (wanted,) = re.findall("^APT_RUN := (.*)$", MAKEFILE, re.MULTILINE)
    (installed,) = re.findall(r"apt-get install --yes --no-install-recommends (.*) \\$", DOCKERFILE, re.MULTILINE)
    assert set(wanted.split()) <= set(installed.split())


def test_every_base_is_pinned_by_digest_and_every_download_by_checksum() -> None:
    bases = re.findall(r"^ARG (?:PYTHON|NODE)=(\S+)$", DOCKERFILE, re.MULTILINE)
    assert len(bases) == 2
    assert all(re.search(r":[\w.-]+@sha256:[0-9a-f]{64}$", base) for base in bases)
    stages = set(re.findall(r" AS (\S+)$", DOCKERFILE, re.MULTILINE))
    used = set(re.findall(r"^FROM (?:--\S+ )?(\S+)", DOCKERFILE, re.MULTILINE))
    assert used <= {"${PYTHON}", "${NODE}", "scratch", "frp-${TARGETARCH}"} | stages
    downloads = [line for line in DOCKERFILE.splitlines() if line.startswith("ADD ")]
    assert downloads
    assert all("--checksum=sha256:" in line for line in downloads)


def test_python_packages_come_with_hashes_or_are_ours() -> None:
    installs = re.findall(r"/pip install (.*?)(?: \\)?$", DOCKERFILE, re.MULTILINE)
    assert len(installs) == 3
    for arguments in installs:
        assert "--require-hashes" in arguments or "--no-deps --no-build-isolation --editable ." in arguments


def test_the_lock_of_the_image_is_the_common_one_and_what_other_databases_need() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^\S+==\S+", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.lock") < pins("requirements-scale.lock")
    assert any(pin.startswith("asyncpg==") for pin in pins("requirements-scale.lock"))


def test_the_image_runs_as_a_numbered_user_who_owns_the_volume_that_appapi_mounts() -> None:
    (user,) = re.findall("^USER (.*)$", DOCKERFILE, re.MULTILINE)
    assert user == "10001:10001"
    # AppAPI's and HaRP's name for the volume of an ExApp: /nc_app_<id>_data.
    assert "--owner 10001 --group 10001 --mode 0700 /nc_app_voiceassist_data" in DOCKERFILE


def test_what_is_copied_is_let_in_by_dockerignore() -> None:
    let_in = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copied = [
        source for line in re.findall("^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE) for source in line.split()[:-1]
    ]
    assert copied
    for source in copied:
        assert (ROOT / source).exists()
        patterns = [re.escape(one).replace(r"\*", ".*") for one in let_in]
        assert any(re.match(f"{pattern}(/|$)", source) for pattern in patterns), source


def test_every_shell_script_is_linted() -> None:
    (listed,) = re.findall("^SHELL_SCRIPTS := (.*)$", MAKEFILE, re.MULTILINE)
    places = [path for folder in (".ci", "deploy") for path in (ROOT / folder).iterdir() if path.is_file()]
    scripts = {
        str(path.relative_to(ROOT)) for path in places if re.match(rb"#!\S*sh|#!\S+env \S*sh", path.read_bytes())
    }
    assert scripts == set(listed.split())
