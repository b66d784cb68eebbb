"""A Nextcloud with an administrator of its own, one of VoiceAssist alone, and users."""

from collections.abc import Iterator

import pytest

from tests.servers.appapi import AppApiServer
from tests.servers.cloud import Cloud
from tests.servers.provisioning import Record

# The account by which VoiceAssist changes users.
KEEPER, PASSWORD, APP_PASSWORD = "keeper", "the-keepers-Own-password", "keepr-appPa-sswor-d1234"
ACCOUNT = {"nextcloud_admin_user": KEEPER, "nextcloud_admin_password": PASSWORD}


@pytest.fixture
def nextcloud() -> Iterator[AppApiServer]:
    cloud = Cloud(("root", KEEPER, "ann", "ben", "ward"))
    cloud.groups |= {"admin": {"root", KEEPER}, "Doctors": {"ann"}, "Night / day": set(), "helpers": {"ward"}}
    with AppApiServer(cloud).serving() as server:
        people = server.provisioning
        people.records |= {
            KEEPER: Record(PASSWORD, "Keeper"),
            "ann": Record("ann-Pass-12345", "Ann Ärzt", "ann@clinic.example", "5 GB", "de", 1_760_000_000),
        }
        people.app_passwords[KEEPER] = APP_PASSWORD
        people.subadmins["ward"] = {"Doctors"}
        yield server
