"""Mails leave by STARTTLS to a server that proves who it is, and not at all otherwise."""

from pathlib import Path

import pytest

from backend.identity.accounts.post import Letter, SmtpPost
from tests.servers.mail import PASSWORD, Certificate, make_certificate, smtp_server

LETTER = Letter("ann@clinic.example", "Set a new password", "Over there.\n")
SENDER = "VoiceAssist <assistant@clinic.example>"


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return make_certificate(tmp_path)


def post_to(port: int) -> SmtpPost:
    return SmtpPost(f"smtp://voice%40clinic:{PASSWORD}@localhost:{port}", SENDER)


async def test_a_mail_is_handed_over_encrypted_and_says_that_no_person_wrote_it(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.cert))
    with smtp_server(certificate) as server:
        await post_to(server.port).send(LETTER)
        (mail,) = server.postbox.mails
        assert b"Auto-Submitted: auto-generated" in mail
        assert server.postbox.recipients == [["ann@clinic.example"]]


async def test_a_server_that_cannot_prove_who_it_is_gets_neither_mail_nor_password(certificate: Certificate) -> None:
    with smtp_server(certificate) as server:
        with pytest.raises(Exception, match=r"(?i)certificate.verify.failed"):
            await post_to(server.port).send(LETTER)
        assert not server.postbox.mails


async def test_a_server_without_encryption_is_refused_unless_the_address_says_so() -> None:
    with smtp_server() as server:
        with pytest.raises(Exception, match="STARTTLS"):
            await post_to(server.port).send(LETTER)
        assert not server.postbox.mails
        await SmtpPost(f"smtp+plain://voice:{PASSWORD}@localhost:{server.port}", SENDER).send(LETTER)
        assert len(server.postbox.mails) == 1
