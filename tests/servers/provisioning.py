"""The provisioning API of the stand-in for a Nextcloud: users and groups over OCS, as Nextcloud 34.0.1 answers.

Made after `apps/provisioning_api/lib/Controller/{AUserData,Users,Groups}*.php` there: shapes, codes and their order,
who may see whom, and that changes ask for a password that was confirmed, which an app password and AppAPI's secret are
not. It leaves unproved: mails to new users, delegated administrators, other sources of users than Nextcloud's own
(but for `foreign`), limits on tries, and what the real one does beyond this, which `tests/live/test_directory_live.py`
asks.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from tests.servers.cloud import Cloud

Answer = tuple[int, str, bytes, dict[str, str]]

_UNKNOWN = 998


@dataclass
class Record:
    """What is known of a user beside the name."""

    password: str = ""
    display_name: str = ""
    email: str | None = None
    quota: str = "none"
    language: str = "en"
    last_login: int = 0


class No(Exception):
    """An OCSException."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message


@dataclass
class Provisioning:
    """Users and groups of a cloud. `foreign` are users whose name and password Nextcloud cannot set."""

    cloud: Cloud
    records: dict[str, Record] = field(default_factory=dict)
    app_passwords: dict[str, str] = field(default_factory=dict)  # by user
    subadmins: dict[str, set[str]] = field(default_factory=dict)  # by user: the groups that they administer
    foreign: set[str] = field(default_factory=set)

    def record(self, user: str) -> Record:
        """The record of a user of the cloud."""
        return self.records.setdefault(user, Record(display_name=user.title()))

    def signs_in(self, user: str, password: str) -> bool | None:
        """None for nobody; otherwise whether the password counts as confirmed."""
        if user not in self.cloud.homes or user in self.cloud.disabled or not password:
            return None
        if password == self.app_passwords.get(user):
            return False
        return True if password == self.record(user).password else None

    def answer(
        self, caller: str, confirmed: bool, method: str, path: str, query: dict[str, str], body: bytes
    ) -> Answer | None:
        """To a request of this user; None for what is not about users and groups. `path` is unquoted."""
        found = re.search(r"/cloud/(users|groups)(?:/([^/]+))?(?:/(.+))?$", path)
        if found is None:
            return None
        given = {**query, **(json.loads(body) if body else {})}
        try:
            if method != "GET" and not confirmed:
                raise No(403, "Password confirmation is required")
            kind, name, what = found.groups()
            return ocs(200, "OK", self._call(caller, method, kind, name, what, given))
        except No as no:
            return ocs(no.code, no.message, [])

    def _call(
        self, caller: str, method: str, kind: str, name: str | None, what: str | None, given: dict[str, Any]
    ) -> object:
        if kind == "groups":
            return self._groups(caller, name, given)
        if method == "POST" and name is None:
            return self._create(caller, given)
        if name is None or name == "details":
            return self._list(caller, name is not None, given)
        if what is None and method == "GET":
            return self._get(caller, name)
        user = self._real(name)
        if what == "groups":
            return self._member(caller, user, given.get("groupid", ""), method == "POST")
        if what in ("enable", "disable"):
            if user is None or user == caller:
                raise No(101, "")
            self._demand(caller, user)
            (self.cloud.disabled.discard if what == "enable" else self.cloud.disabled.add)(user)
            return []
        if user is None:
            raise No(_UNKNOWN, "")
        if method == "DELETE":
            if user == caller:
                raise No(101, "")
            self._demand(caller, user)
            self._forget(user)
            return []
        return self._edit(caller, user, given["key"], given["value"])

    def is_admin(self, user: str) -> bool:
        """Whether the user administers this Nextcloud."""
        return user in self.cloud.groups.get("admin", ())

    def _real(self, name: str) -> str | None:
        """Ids are found in any case."""
        return next((user for user in self.cloud.homes if user.lower() == name.lower()), None)

    def _sees(self, caller: str, user: str) -> bool:
        mine = self.subadmins.get(caller, set())
        return self.is_admin(caller) or any(user in self.cloud.groups.get(group, ()) for group in mine)

    def _demand(self, caller: str, user: str) -> None:
        if not self._sees(caller, user):
            raise No(_UNKNOWN, "")

    def _list(self, caller: str, details: bool, given: dict[str, Any]) -> object:
        if not self.is_admin(caller) and not self.subadmins.get(caller):
            raise No(403, "Logged in account must be at least a sub admin")
        words, offset = str(given.get("search", "")).lower(), int(given.get("offset", 0))
        limit = int(given.get("limit", len(self.cloud.homes)))

        def found(user: str) -> bool:
            record = self.record(user)
            return any(words in text.lower() for text in (user, record.display_name, record.email or ""))

        users = sorted((user for user in self.cloud.homes if self._sees(caller, user) and found(user)), key=str.lower)
        users = users[offset : offset + limit]
        if not details:
            return {"users": users}
        return {"users": {user: self._data(caller, user) for user in users} or []}  # PHP's empty array

    def _get(self, caller: str, name: str) -> object:
        user = self._real(name)
        if user is None:
            raise No(404, "User does not exist")
        if not self._sees(caller, user) and user != caller:
            raise No(_UNKNOWN, "")
        return self._data(caller, user)

    def _data(self, caller: str, user: str) -> dict[str, object]:
        record = self.record(user)
        quota = -3 if record.quota == "none" else int(record.quota.split()[0]) * 2**30
        storage: dict[str, object] = {"free": -3, "used": 4096, "total": -3, "relative": 0, "quota": quota}
        data: dict[str, object] = {
            "id": user,
            "firstLoginTimestamp": record.last_login,
            "lastLoginTimestamp": record.last_login,
            "lastLogin": record.last_login * 1000,
            "backend": "Database",
            "subadmin": sorted(self.subadmins.get(user, ())),
            # Who never signed in has no storage yet.
            "quota": storage if record.last_login else {"quota": "none" if quota < 0 else quota, "used": 0},
            "manager": "",
            "email": record.email,
            "additional_mail": [],
            "displayname": record.display_name,
            "display-name": record.display_name,
            "phone": "",
            "groups": sorted(group for group, members in self.cloud.groups.items() if user in members),
            "language": record.language,
            "locale": "",
            "notify_email": None,
            "backendCapabilities": {
                "setDisplayName": user not in self.foreign,
                "setPassword": user not in self.foreign,
            },
        }
        if self._sees(caller, user):
            data["enabled"] = user not in self.cloud.disabled
        if self.is_admin(caller):
            data["storageLocation"] = f"/var/www/data/{user}"
        return data

    def _create(self, caller: str, given: dict[str, Any]) -> object:
        user, password, email = given["userid"], given["password"], given["email"].strip().lower()
        if self._real(user) is not None:
            raise No(102, "User already exists")
        for group in given["groups"]:
            if group not in self.cloud.groups:
                raise No(104, f"Group {group} does not exist")
        if not given["groups"] and not self.is_admin(caller):
            raise No(106, "No group specified (required for sub-admins)")
        if not password and not email:
            raise No(108, "An email address is required, to send a password link to the user.")
        if re.search(r"[^a-zA-Z0-9 _.@\-']", user) or not user.strip():
            raise No(101, "Only the following characters are allowed in an Login:")
        self._check_password(password or "Generated-1")
        self.cloud.add_user(user)
        for group in given["groups"]:
            self.cloud.groups[group].add(user)
        self.records[user] = Record(
            password,
            given["displayName"] or user,
            email or None,
            self._quota(given["quota"] or "none"),
            given["language"] or "en",
        )
        return {"id": user}

    def _edit(self, caller: str, user: str, key: str, value: str) -> object:
        self._demand(caller, user)
        record = self.record(user)
        if key in ("displayname", "display") and user not in self.foreign:
            record.display_name = value
        elif key == "email":
            if value and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
                raise No(101, "")
            record.email = value.strip().lower() or None
        elif key == "quota":
            record.quota = self._quota(value)
        elif key == "language":
            if value not in ("en", "de", "fr"):
                raise No(101, "Invalid language")
            record.language = value
        elif key == "password":
            if user in self.foreign:
                raise No(112, "Setting the password is not supported by the users backend")
            self._check_password(value)
            record.password = value
        else:
            raise No(113, "")
        return []

    def _member(self, caller: str, user: str | None, group: str, member: bool) -> object:
        if not group.strip():
            raise No(101, "")
        if group not in self.cloud.groups:
            raise No(102, "")
        if user is None:
            raise No(103, "")
        if not self.is_admin(caller) and group not in self.subadmins.get(caller, ()):
            raise No(104, "")
        if not member and user == caller and group == "admin":
            raise No(105, "Cannot remove yourself from the admin group")
        (self.cloud.groups[group].add if member else self.cloud.groups[group].discard)(user)
        return []

    def _groups(self, caller: str, name: str | None, given: dict[str, Any]) -> object:
        words, offset = str(given.get("search", "")).lower(), int(given.get("offset", 0))
        names = sorted(group for group in self.cloud.groups if words in group.lower())
        names = names[offset : offset + int(given.get("limit", len(names)))]
        if name != "details":
            return {"groups": names}
        if not self.is_admin(caller):
            raise No(
                403, "Logged in account must be an admin, a sub admin or gotten special right to access this setting"
            )
        return {
            "groups": [
                {
                    "id": group,
                    "displayname": group,
                    "usercount": len(self.cloud.groups[group]),
                    "disabled": len(self.cloud.groups[group] & self.cloud.disabled),
                    "canAdd": True,
                    "canRemove": True,
                }
                for group in names
            ]
        }

    def _forget(self, user: str) -> None:
        self.cloud.homes.pop(user)
        self.cloud.disabled.discard(user)
        self.records.pop(user, None)
        for members in self.cloud.groups.values():
            members.discard(user)

    @staticmethod
    def _check_password(password: str) -> None:
        if len(password) < 10:
            raise No(107, "Password needs to be at least 10 characters long.")

    @staticmethod
    def _quota(value: str) -> str:
        if value not in ("none", "default") and not re.fullmatch(r"\d+ GB", value):
            raise No(101, f"Invalid quota value: {value}")
        return "none" if value == "default" else value


def ocs(code: int, message: str, data: object) -> Answer:
    """An answer of version 2, as `OC\\AppFramework\\OCS\\V2Response` makes it."""
    status = {997: 401, _UNKNOWN: 404, 996: 500, 999: 500}.get(code, code if 200 <= code <= 600 else 400)
    meta = {"status": "ok" if 200 <= code < 300 else "failure", "statuscode": code, "message": message}
    body = json.dumps({"ocs": {"meta": meta, "data": data}}).encode()
    return status, "application/json; charset=utf-8", body, {}
