"""Mail servers on free ports of loopback: Dovecot (IMAP, and submission that passes mail on), and an SMTP server that
takes mail, refuses it or hangs up as a test wants.

Dovecot is the real one, with folders of a German clinic. The SMTP server is aiosmtpd; how large providers answer beyond
the replies of RFC 5321 is unproved.
"""

import asyncio
import contextlib
import ipaddress
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from imapclient import IMAPClient

from tests.servers.ports import free_port

PASSWORD = "correct-horse"
_START_SECONDS = 20.0


@dataclass(frozen=True)
class Certificate:
    """A certificate for localhost and 127.0.0.1 that signs itself."""

    cert: Path
    key: Path

    def client(self) -> ssl.SSLContext:
        """Trusts it and nothing else."""
        return ssl.create_default_context(cafile=str(self.cert))

    def server(self) -> ssl.SSLContext:
        """Shows it."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.cert, self.key)
        return context


def make_certificate(folder: Path, common_name: str = "mail") -> Certificate:
    """Valid for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    made = Certificate(folder / "cert.pem", folder / "key.pem")
    made.cert.write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return made


@dataclass
class Postbox:
    """What the SMTP server does with mail, and what it took. Faults may be changed between mails.

    `refused` addresses are refused with 550; `reply` answers the content, which is taken when it begins with 250;
    `hang_up` takes the mail and drops the line without an answer; `silent` takes it and never answers; `on_taken` is
    called with each mail that was taken, before the answer.
    """

    refused: set[str] = field(default_factory=set)
    reply: str = "250 taken"
    hang_up: bool = False
    silent: bool = False
    on_taken: Callable[[bytes], None] | None = None
    mails: list[bytes] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """A recipient is named."""
        if address in self.refused:
            return "550 5.1.1 No such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """The content has come."""
        assert isinstance(envelope.content, bytes)
        if self.reply.startswith("250"):
            self.mails.append(envelope.content)
            self.recipients.append(list(envelope.rcpt_tos))
            if self.on_taken:
                await asyncio.to_thread(self.on_taken, envelope.content)
        if self.hang_up:
            assert server.transport is not None
            server.transport.close()
        if self.silent:
            await asyncio.sleep(3600)
        return self.reply

    def subjects(self) -> list[str]:
        """Of what was taken."""
        return [str(message_from_bytes(one)["Subject"]) for one in self.mails]


@dataclass(frozen=True)
class SmtpServer:
    """Where it listens, and what came."""

    port: int
    postbox: Postbox


@contextmanager
def smtp_server(
    certificate: Certificate | None = None, *, size: int = 2**20, auth: bool = True
) -> Iterator[SmtpServer]:
    """An SMTP server that wants a login unless `auth` is off, and offers STARTTLS with a certificate."""

    def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == PASSWORD.encode())

    postbox = Postbox()
    more: dict[str, Any] = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": False}
    controller = Controller(
        postbox,
        hostname="127.0.0.1",
        port=free_port(),
        data_size_limit=size,
        enable_SMTPUTF8=False,
        tls_context=certificate.server() if certificate else None,
        **(more if auth else {}),
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS")  # on this machine it is fine
        controller.start()
        try:
            yield SmtpServer(controller.port, postbox)
        finally:
            controller.stop()


@dataclass(frozen=True)
class Dovecot:
    """Where it listens. Every user name is let in with `PASSWORD` and has a mailbox of its own."""

    imap: int
    imaps: int
    submission: int
    folder: Path
    certificate: Certificate

    @contextmanager
    def connected(self, user: str) -> Iterator[IMAPClient]:
        """A client of the test's own."""
        client = IMAPClient("127.0.0.1", self.imap, ssl=False, timeout=20)
        try:
            client.login(user, PASSWORD)
            yield client
        finally:
            with contextlib.suppress(Exception):
                client.logout()

    def deliver(self, user: str, *mails: bytes, folder: str = "INBOX") -> None:
        """Put mails into a folder, unread."""
        with self.connected(user) as client:
            for mail in mails:
                client.append(folder, mail)

    def end_sessions(self) -> None:
        """End every session, as a restart does."""
        command = [_program("doveadm"), "-c", str(self.folder / "dovecot.conf"), "kick", "-f", "*"]
        subprocess.run(command, check=True, capture_output=True, timeout=20)

    def count(self, user: str, folder: str) -> int:
        """Mails in a folder."""
        with self.connected(user) as client:
            return int(client.folder_status(folder, ["MESSAGES"])[b"MESSAGES"])


_CONFIG = """
protocols = imap submission
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
listen = 127.0.0.1
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
first_valid_uid = 1
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
mail_location = sdbox:~/mail
mail_plugins = quota
mail_max_userip_connections = 50
auth_failure_delay = 0
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={mail} gid={mail_group} home={folder}/home/%u
}}
plugin {{
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage={quota}
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Gesendet {{
    special_use = \\Sent
    auto = create
  }}
  mailbox Entwürfe {{
    special_use = \\Drafts
    auto = create
  }}
  mailbox Papierkorb {{
    special_use = \\Trash
    auto = create
  }}
  mailbox Ablage {{
    special_use = \\Archive
    auto = create
  }}
}}
protocol imap {{
  mail_plugins = quota imap_quota
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
service submission-login {{
  chroot =
  inet_listener submission {{
    port = {submission}
  }}
}}
submission_relay_host = 127.0.0.1
submission_relay_port = {relay}
hostname = localhost
"""


@contextmanager
def dovecot(relay_port: int = 9, quota: str = "1G") -> Iterator[Dovecot]:
    """A Dovecot that passes what is submitted on to `relay_port`; each mailbox may hold `quota`."""
    folder = Path(tempfile.mkdtemp(prefix="dovecot-", dir="/tmp"))
    folder.chmod(0o755)
    is_root = os.geteuid() == 0
    me = pwd.getpwuid(os.geteuid()).pw_name
    # Dovecot lets root own no mailbox; everybody else can only run it as themselves.
    mail_user = pwd.getpwnam("nobody") if is_root else pwd.getpwuid(os.geteuid())
    ports = [free_port() for _ in range(3)]
    (folder / "home").mkdir()
    os.chown(folder / "home", mail_user.pw_uid, mail_user.pw_gid)
    certificate = make_certificate(folder)
    config = folder / "dovecot.conf"
    config.write_text(
        _CONFIG.format(
            folder=folder,
            internal="dovecot" if is_root else me,
            group="dovecot" if is_root else _group(),
            login="dovenull" if is_root else me,
            mail=mail_user.pw_uid,
            mail_group=mail_user.pw_gid,
            password=PASSWORD,
            quota=quota,
            relay=relay_port,
            imap=ports[0],
            imaps=ports[1],
            submission=ports[2],
        )
    )
    process = subprocess.Popen(
        [_program("dovecot"), "-F", "-c", str(config)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        _await_port(ports[0], process, folder)
        _await_port(ports[2], process, folder)
        yield Dovecot(ports[0], ports[1], ports[2], folder, certificate)
    finally:
        # With a gentler signal it waits ten seconds for sessions that are still open.
        with contextlib.suppress(ProcessLookupError):  # it may have ended by itself, with a word about why
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


def _program(name: str) -> str:
    return shutil.which(name, path=f"/usr/sbin:/usr/local/sbin:{os.environ['PATH']}") or name


def _group() -> str:
    import grp

    return grp.getgrgid(os.getegid()).gr_name


def _await_port(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            log = folder / "log"
            said = process.stderr.read().decode() if process.stderr else ""
            raise RuntimeError(f"Dovecot ended: {said} {log.read_text() if log.exists() else ''}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise RuntimeError(f"nothing listens on {port}")
