"""Read from the source: which modules may talk to other machines, and through what."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

# Libraries that open connections, and the modules that may use each. What is not about models is in the second half:
# Nextcloud, whose files these are; the vectors' own server; clients of our own API; the sample server.
CLIENTS = {
    "openai": {"backend/egress/client.py"},
    "httpx2": {
        "backend/egress/client.py",
        "backend/transport.py",  # makes no client
        "backend/identity/oidc",  # asks the issuer who signs in
        "backend/identity/policy/opa.py",  # an OPA server hears who asks for what kind of thing, and no content
    },
    "httpx": {"backend/client.py", "backend/speech/local/fetching.py"},  # our own API; models, by command
    "qdrant_client": {"backend/house.py", "backend/preflight/keeping.py", "backend/search/server.py"},
    "nc_py_api": {"backend/nextcloud", "ex_app"},
    # Calendars go to the user's own servers, as the user.
    "niquests": {"backend/nextcloud", "backend/calendar", "ex_app"},
    "requests": {"backend/nextcloud", "backend/calendar/mirror/service.py"},  # the latter only its authentication
    "caldav": {"backend/calendar"},
    "authlib": {"backend/calendar/mirror/google.py", "backend/identity/oidc"},
    # Mail goes to the servers of the account that the user set up, links to local accounts to the operator's.
    "imapclient": {"backend/mail"},
    "aiosmtplib": {"backend/mail", "backend/identity/accounts/post.py"},
    "urllib3": {"backend/nextcloud"},
    "webdav3": {"backend/nextcloud"},
    "cheroot": {"backend/nextcloud/demo"},
    "aiohttp": set(),
    "http.client": {"backend/nextcloud", "ex_app/heartbeat.py"},
    "urllib.request": set(),
    "smtplib": set(),
    "websockets": {"backend/voice/talk.py"},  # a client of our own API; openai's client uses it for itself
    "telnetlib": set(),
    "ftplib": set(),
    "socket": {
        "backend/egress/client.py",  # to addresses that the gate decided about
        "backend/reach.py",  # the one guard of servers that others name
        "backend/serving.py",
        "backend/nextcloud",
        "backend/mail",
        "backend/search",
        "backend/files",
        "ex_app/heartbeat.py",
    },
}
# Names of these libraries that make no connection: errors, types, timeouts.
PASSIVE = {
    "openai": {
        "APIConnectionError", "APIStatusError", "APITimeoutError", "AsyncStream", "AuthenticationError",
        "BadRequestError", "InternalServerError", "NotFoundError", "OpenAIError", "PermissionDeniedError",
        "RateLimitError", "Timeout",
    },
    "httpx2": {"HTTPError"},
    "httpx": {"HTTPError"},
    "urllib.request": {"getproxies", "proxy_bypass"},
    "websockets": {"InvalidStatus", "WebSocketException"},
}  # fmt: skip
# Who may have tasks done by Nextcloud: the modules that ask the gate first, and those that only hand the object on.
ASKING = {"backend/models/nextcloud.py", "backend/models/recognition.py", "backend/speech/nextcloud.py"}
TASKS = {*ASKING, "backend/models/registry.py", "backend/speech/registry.py", "backend/house.py", "ex_app/door.py"}


@cache
def modules() -> tuple[tuple[str, ast.Module], ...]:
    """Every module of the product, by its path."""
    paths = [path for folder in ("backend", "ex_app") for path in sorted((ROOT / folder).rglob("*.py"))]
    return tuple((path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))) for path in paths)


@cache
def telling(tree: ast.Module) -> tuple[ast.AST, ...]:
    """The parts of a module that can say what it uses. Walking the tree once for each library would take long."""
    return tuple(
        node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom | ast.Call | ast.Attribute)
    )


def uses(tree: ast.Module, library: str) -> set[str]:
    """What a module takes from `library`: names that it imports, attributes that it reads; "*" for unclear use."""
    found: set[str] = set()
    aliases: set[str] = set()
    for node in telling(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == library or alias.name.startswith(f"{library}."):
                    aliases.add(alias.asname or alias.name.split(".")[0])
                    found |= {"*"} if alias.asname else set()
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            if node.module == library:
                found |= {alias.name for alias in node.names}
            elif node.module.startswith(f"{library}.") and not node.module.startswith("openai.types"):
                found.add("*")
            elif "." in library and library.rpartition(".")[0] == node.module:
                found |= {"*" for alias in node.names if alias.name == library.rpartition(".")[2]}
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            arguments = [a.value for a in node.args[:1] if isinstance(a, ast.Constant)]
            if name in ("import_module", "__import__") and library in arguments:
                found.add("*")
    for node in telling(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases:
            found.add(node.attr)
    return found


@pytest.mark.parametrize("library", CLIENTS)
def test_only_named_modules_use_a_library_that_opens_connections(library: str) -> None:
    allowed = tuple(CLIENTS[library])
    passive = PASSIVE.get(library, set())
    outside = {
        name: taken
        for name, tree in modules()
        if (taken := uses(tree, library) - passive) and not name.startswith(allowed or "-")
    }
    assert outside == {}


def test_the_reading_finds_every_way_to_import() -> None:
    for source in (
        "import openai\nopenai.AsyncOpenAI()",
        "import openai as o",
        "from openai import AsyncOpenAI",
        "from openai._client import AsyncOpenAI",
        "from importlib import import_module\nimport_module('openai')",
        "async def f():\n    import openai\n    openai.OpenAI()",
    ):
        assert uses(ast.parse(source), "openai") - PASSIVE["openai"], source
    assert uses(ast.parse("from urllib import request"), "urllib.request")
    assert not uses(ast.parse("import openai\nopenai.OpenAIError"), "openai") - PASSIVE["openai"]


def test_only_the_gated_client_is_made_out_of_openais() -> None:
    """The one module that may makes one client, whose hook asks the gate; a socket is made by that client."""
    tree = dict(modules())["backend/egress/client.py"]
    made = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    assert made == ["GatedClient", "TranscriptionSocket"]
    calls = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert not any(call.endswith(("AsyncOpenAI", "OpenAI")) for call in calls)
    assert "self._gate.check" in calls


def test_only_modules_that_ask_the_gate_have_tasks_done_by_nextcloud() -> None:
    users = {name for name, tree in modules() if "Tasks" in uses(tree, "backend.nextcloud.tasks")}
    assert ASKING <= users <= TASKS
    asking = [tree for name, tree in modules() if name in ASKING]
    assert all(
        "self._gate.check" in [ast.unparse(n.func) for n in ast.walk(t) if isinstance(n, ast.Call)] for t in asking
    )


def test_a_socket_of_sound_is_opened_in_one_place_only_which_asks_the_gate() -> None:
    """Its opening does not ask by itself."""
    opened = {
        name
        for name, tree in modules()
        for n in ast.walk(tree)
        if isinstance(n, ast.Attribute) and ast.unparse(n).endswith(".realtime.connect")
    }
    assert opened == {"backend/egress/client.py"}
    client = dict(modules())["backend/egress/client.py"]
    (opening,) = [n for n in ast.walk(client) if getattr(n, "name", "") == "transcription_socket"]
    assert "self._gate.check" in [ast.unparse(n.func) for n in ast.walk(opening) if isinstance(n, ast.Call)]
