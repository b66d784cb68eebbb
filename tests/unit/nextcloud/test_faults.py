"""HTTP answers and broken connections become errors that say what to do."""

import errno
from datetime import UTC, datetime

import pytest
from requests.structures import CaseInsensitiveDict

from backend.errors import BadInput, Conflict, NotAllowed, NotFound, RateLimited, Unavailable, VoiceAssistError
from backend.nextcloud.faults import answer_error, connection_errors, disk_errors, retry_after

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


def error(status: int, body: bytes = b"", **headers: str) -> VoiceAssistError:
    fields = CaseInsensitiveDict({name.replace("_", "-"): value for name, value in headers.items()})
    found = answer_error(status, fields, body, user="alice", now=NOW)
    assert found is not None
    return found


@pytest.mark.parametrize("status", [200, 201, 207])
def test_success_is_no_error(status: int) -> None:
    assert answer_error(status, {}, b"", user="alice", now=NOW) is None


@pytest.mark.parametrize(
    ("status", "kind", "says"),
    [
        (302, Unavailable, "final address"),
        (400, BadInput, "400"),
        (401, NotAllowed, "refused the app password of alice"),
        (403, NotAllowed, "does not let alice"),
        (404, NotFound, "no such file"),
        (405, Unavailable, "NEXTCLOUD_URL"),
        (410, NotFound, "no such file"),
        (412, Conflict, "of this name"),
        (418, Unavailable, "unexpected status"),
        (423, Unavailable, "locked"),
        (429, RateLimited, "slow down"),
        (500, Unavailable, "problem of its own"),
        (502, Unavailable, "502"),
        (507, Unavailable, "disk is full"),
    ],
)
def test_each_status_has_its_error(status: int, kind: type[VoiceAssistError], says: str) -> None:
    found = error(status)
    assert type(found) is kind
    assert says in found.message


def test_maintenance_is_told_from_other_outages() -> None:
    assert "maintenance" in error(503, X_Nextcloud_Maintenance_Mode="1").message
    assert "maintenance" in error(503, rb"<s:exception>OCA\DAV\...\ServerMaintenanceMode</s:exception>").message
    assert "maintenance" not in error(503).message


def test_a_password_where_two_factor_login_wants_an_app_password_is_told_from_a_wrong_one() -> None:
    body = rb"<s:exception>OCA\DAV\Connector\Sabre\Exception\PasswordLoginForbidden</s:exception>"
    assert "two-factor" in error(401, body).message
    assert "two-factor" not in error(401).message


def test_the_exception_of_nextcloud_is_named() -> None:
    assert (
        r"OCP\Files\StorageNotAvailableException"
        in error(500, rb"<s:exception>OCP\Files\StorageNotAvailableException</s:exception>").message
    )


def test_a_redirect_names_the_host_but_not_what_may_be_secret_in_its_path() -> None:
    message = error(301, Location="https://user:pw@login.example/?ticket=s3cret").message
    assert "https://login.example" in message
    assert "s3cret" not in message
    assert "pw" not in message


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("Thu, 01 Jan 2026 12:00:30 GMT", 30.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        ("999999", 3600.0),
        ("soon", None),
        ("-3", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_never_absurd(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


def test_retry_after_reaches_the_error() -> None:
    assert error(429, Retry_After="7").retry_after == 7.0
    assert error(503, Retry_After="120").retry_after == 120.0


def test_a_full_disk_of_ours_is_not_blamed_on_the_server() -> None:
    with pytest.raises(Unavailable, match="disk of VoiceAssist is full"), disk_errors():
        raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(PermissionError), disk_errors():
        raise PermissionError(errno.EACCES, "Permission denied")


def test_errors_of_the_house_pass_unchanged() -> None:
    with pytest.raises(NotFound, match="as it was"), connection_errors("http://cloud.example"):
        raise NotFound("as it was")
