"""appinfo/info.xml against the rules of those who read it.

The order of elements and the limits are the app store's (info.xsd of nextcloud/appstore, which sees the file without
`routes`, `environment-variables` and `k8s-service-roles`); what stands in `external-app` is read by AppAPI 34
(ExAppService::getAppInfo, ExAppRouteHelper, KubernetesActions) and by HaRP.
"""

import json
import re
from xml.etree.ElementTree import Element  # only for its name: the file is parsed by defusedxml

import pytest
from defusedxml.ElementTree import fromstring, parse

from backend import __version__
from backend.settings import Settings
from ex_app.forms import admin_form
from tests.unit.deploy import ROOT

# fmt: off
_ORDER = [
    "id", "name", "summary", "description", "version", "licence", "author", "namespace", "types", "documentation",
    "category", "website", "discussion", "bugs", "repository", "screenshot", "dependencies", "background-jobs",
    "repair-steps", "two-factor-providers", "commands", "settings", "activity", "external-app",
]
_CATEGORIES = {
    "ai", "customization", "dashboard", "files", "games", "integration", "monitoring", "multimedia", "office",
    "organization", "search", "security", "social", "tools", "workflow",
}
# fmt: on
_SETTINGS = {name.upper() for name in Settings.model_fields}

# What HaRP names a Deployment of the role: a DNS label (RFC 1123) of at most 63 characters.
_DEPLOYMENT = "nc-app-voiceassist-{}"


@pytest.fixture
def info() -> Element:
    root: Element = parse(ROOT / "appinfo/info.xml").getroot()
    return root


def text(element: Element, path: str) -> str:
    return element.findtext(path) or ""


def test_its_elements_stand_in_the_order_of_the_app_store_and_none_is_empty(info: Element) -> None:
    places = [_ORDER.index(element.tag) for element in info]
    assert places == sorted(places)
    for element in info.iter():
        # AppAPI reads the file by way of JSON, where an empty element is a list and becomes the text "Array".
        assert len(element) or element.attrib or (element.text or "").strip(), f"<{element.tag}> is empty"


def test_what_the_app_store_limits_is_within_its_limits(info: Element) -> None:
    assert re.fullmatch("[a-z]+[a-z0-9_]*[a-z0-9]+", text(info, "id"))
    assert len(text(info, "name")) <= 128
    assert len(text(info, "summary")) <= 128
    assert text(info, "licence") == "agpl"
    assert {element.text for element in info.iterfind("category")} <= _CATEGORIES
    for path in ("website", "bugs"):
        assert re.fullmatch("https?://.+", text(info, path))
    (nextcloud,) = info.iterfind("dependencies/nextcloud")
    assert nextcloud.attrib == {"min-version": "32", "max-version": "35"}


def test_its_version_and_its_image_are_those_of_the_program(info: Element) -> None:
    assert text(info, "version") == __version__ == text(info, "external-app/docker-install/image-tag")
    image = text(info, "external-app/docker-install/image")
    assert (text(info, "external-app/docker-install/registry"), image) == ("ghcr.io", "voiceassist/voiceassist")


def test_appapi_can_read_its_routes_and_harp_matches_them_from_the_start(info: Element) -> None:
    routes = info.findall("external-app/routes/route")
    assert routes
    for route in routes:
        assert text(route, "url").startswith("^/")
        assert re.compile(text(route, "url"))
        # AppAPI's proxy knows these and no others.
        assert set(text(route, "verb").split(",")) <= {"GET", "POST", "PUT", "DELETE"}
        assert text(route, "access_level") in {"PUBLIC", "USER", "ADMIN"}
        for name in ("headers_to_exclude", "bruteforce_protection"):
            assert isinstance(json.loads(text(route, name) or "[]"), list)


def test_an_administrator_is_offered_only_variables_that_the_program_reads(info: Element) -> None:
    offered = [text(variable, "name") for variable in info.iterfind("external-app/environment-variables/variable")]
    assert "DATABASE_URL" in offered
    assert set(offered) <= _SETTINGS


def test_what_no_form_of_nextcloud_has_and_an_administrator_is_told_to_set_can_be_set(info: Element) -> None:
    # AppAPI gives a container no other variables than these.
    offered = {text(variable, "name") for variable in info.iterfind("external-app/environment-variables/variable")}
    in_form = {field.id.upper() for field in admin_form(Settings()).fields}
    told = (ROOT / "docs/administration.md").read_text()
    section = told[told.index("## Calendars, mail and reminders") : told.index("## Sessions")]
    named = set(re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE))
    settings = {name for cell in named for name in re.findall("`([A-Z_]+)`", cell)} | {"ROLE_GROUPS", "GRANTS"}
    assert {"MAIL_IMAP_URL", "GOOGLE_CLIENT_ID", "SECRETS_KEY"} <= settings
    assert settings <= offered | in_form


def roles_at_fault(info: Element) -> list[str]:
    """What AppAPI or HaRP could not do with the roles."""
    roles = info.findall("external-app/k8s-service-roles/role")
    faults = []
    # HaRP routes by the app's id alone: AppAPI exposes the first role that says so, and refuses when there is none.
    if [text(role, "expose") for role in roles].count("true") != 1:
        faults.append("not exactly one role is exposed")
    for role in roles:
        name = text(role, "name")
        if not re.fullmatch("[a-z0-9]([a-z0-9-]*[a-z0-9])?", name) or len(_DEPLOYMENT.format(name)) > 63:
            faults.append(f"{name!r} cannot end the name of a Deployment")
        variable = role.find("env")
        if variable is not None and (variable.text or "").partition("=")[0] not in _SETTINGS:
            faults.append(f"{name!r} sets {variable.text!r}, which nothing reads")
    return faults


def test_its_kubernetes_roles_can_be_deployed_and_say_nothing_that_the_program_does_not_read(info: Element) -> None:
    assert info.findall("external-app/k8s-service-roles/role")
    assert roles_at_fault(info) == []


@pytest.mark.parametrize(
    ("role", "fault"),
    [
        ("<name>all</name>", "exposed"),
        ("<name>All_1</name><expose>true</expose>", "Deployment"),
        ("<name>all</name><env>VOICEASSIST_ROLE=all</env><expose>true</expose>", "nothing reads"),
    ],
)
def test_a_role_that_could_not_be_deployed_is_noticed(role: str, fault: str) -> None:
    wrong = f"<info><external-app><k8s-service-roles><role>{role}</role></k8s-service-roles></external-app></info>"
    assert [found for found in roles_at_fault(fromstring(wrong)) if fault in found]
