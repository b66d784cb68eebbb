import pytest

from backend.nextcloud.appapi import Clients
from backend.nextcloud.public import PublicAddress
from tests.servers.appapi import AppApiServer
from tests.servers.cloud import Cloud


@pytest.mark.parametrize(
    ("reached", "told", "links"),
    [
        ("http://web", "https://cloud.example.org/nextcloud", "https://cloud.example.org/nextcloud"),
        ("http://web", "http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:8080", "https://cloud.example.org", "https://cloud.example.org"),
        ("http://127.0.0.1:8080", "http://localhost", "http://127.0.0.1:8080"),
        ("http://localhost:8080/", "http://localhost", "http://localhost:8080"),
        ("https://cloud.example.org", "http://localhost", "https://cloud.example.org"),
        ("https://cloud.example.org", "", "https://cloud.example.org"),
        ("https://cloud.example.org", "cloud", "https://cloud.example.org"),
    ],
)
async def test_links_lead_to_where_browsers_have_nextcloud(reached: str, told: str, links: str) -> None:
    with AppApiServer(Cloud(("ann",))).serving() as server:
        server.public_url = told
        clients = Clients(server.appapi)
        address = PublicAddress(reached)
        await address.ask(clients.of(""))
        assert address.url == links
        server.missing.add("info")  # a version of AppAPI that does not tell
        await address.ask(clients.of(""))
        assert address.url == links
        await clients.close()
