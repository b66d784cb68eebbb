"""What preflight says of the servers that signing in from outside rests on, each as it should be and in its faults."""

from pathlib import Path

import pytest

from backend.identity.policy.opening import SHIPPED
from backend.preflight.check import Check
from backend.preflight.sign_in import sign_in
from backend.settings import Settings
from tests.servers.mail import PASSWORD, make_certificate, smtp_server
from tests.servers.oidc import CLIENT_ID, CLIENT_SECRET
from tests.servers.opa import OpaServer
from tests.servers.ports import free_port
from tests.servers.redis import running
from tests.servers.scripted_issuer import scripted_issuer


async def checks(**values: object) -> dict[str, Check]:
    return {check.name: check async for check in sign_in(Settings.model_validate({"_env_file": None, **values}))}


async def only(name: str, **values: object) -> Check:
    found = await checks(**values)
    assert set(found) == {"policy", name}
    return found[name]


async def test_without_settings_there_is_only_the_policy() -> None:
    assert {name: check.ok for name, check in (await checks()).items()} == {"policy": True}


async def test_a_policy_that_cannot_be_asked_allows_nothing_and_fails_the_whole(tmp_path: Path) -> None:
    with OpaServer(SHIPPED).serving() as opa:
        assert (await checks(opa_url=opa.url))["policy"].ok
        opa.status = 500
        broken = (await checks(opa_url=opa.url))["policy"]
        both = (await checks(opa_url=opa.url, policy_file=str(SHIPPED)))["policy"]
    away = (await checks(opa_url=opa.url))["policy"]
    wrong = tmp_path / "wrong.rego"
    wrong.write_text("package voiceassist\nallow if {")
    unreadable = (await checks(policy_file=str(wrong)))["policy"]
    for check in (broken, away, both, unreadable):
        assert (check.ok, check.optional) == (False, False)


async def test_the_issuer_is_asked_who_it_is() -> None:
    async with scripted_issuer() as issuer:
        settings = {
            "nextcloud_oidc_issuer": issuer.url,
            "nextcloud_client_id": CLIENT_ID,
            "nextcloud_client_secret": CLIENT_SECRET,
            "nextcloud_redirect_uri": "http://localhost:9031/auth/callback",
        }
        assert (await only("sign-in", **settings)).ok
        issuer.metadata = {"issuer": "https://evil.example"}
        another = await only("sign-in", **settings)
        halved = await only("sign-in", **{**settings, "nextcloud_client_id": ""})
    away = await only("sign-in", **settings)
    for check in (another, halved, away):
        assert (check.ok, check.optional) == (False, True)
    assert "NEXTCLOUD_CLIENT_ID" in halved.detail


async def test_redis_is_asked_for_its_version() -> None:
    with running() as redis:
        assert "version" in (await only("Redis", redis_url=redis.url)).detail
    away = await only("Redis", redis_url=f"redis://:secret@127.0.0.1:{free_port()}/0")
    assert not away.ok
    assert "secret" not in away.detail + away.remedy


async def test_the_mail_server_of_accounts_lets_us_in_and_no_mail_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.cert))
    with smtp_server(certificate) as server:

        async def with_password(password: str) -> Check:
            url = f"smtp://voiceassist:{password}@localhost:{server.port}"
            return await only(
                "mails of accounts",
                local_accounts=True,
                accounts_smtp_url=url,
                accounts_sender="VoiceAssist <assistant@clinic.example>",
            )

        assert (await with_password(PASSWORD)).ok
        refused = await with_password("not-this-one")
        assert not refused.ok
        assert "not-this-one" not in refused.detail + refused.remedy
        assert not server.postbox.mails
