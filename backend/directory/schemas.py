"""What the routes of the directory take and give. No password ever comes out."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field, SecretStr

from backend.directory.service import Person
from backend.nextcloud import directory
from backend.nextcloud.directory import DirectoryGroup, NewUser

# What Nextcloud takes (34: `IUserManager::MAX_PASSWORD_LENGTH`, `User\\Manager::validateUserId`, `IUser`).
_Password = Annotated[SecretStr, Field(min_length=1, max_length=469)]
_UserId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-zA-Z0-9 _.@'-]+$")]
_Email = Annotated[str, Field(max_length=320, pattern=r"^$|^[^@\s]+@[^@\s]+$")]
_DisplayName = Annotated[str, Field(max_length=64)]
_Quota = Annotated[str, Field(max_length=50, description='"5 GB", "none", or "default".')]
_Language = Annotated[str, Field(max_length=20, description="Nextcloud's code: de, en_GB.")]
_GroupIds = Annotated[list[Annotated[str, Field(min_length=1, max_length=255)]], Field(max_length=100)]


class QuotaView(BaseModel):
    """In bytes: `limit` is null without one, `used` null while Nextcloud has not computed it."""

    limit: int | None
    used: int | None


class IndexView(BaseModel):
    """How a user stands with the index.

    `known`: something is recorded of them. `trouble`: something was in the way of the last look at their files, and
    they are told what. `opted_out` is null for whoever is not known, and while it cannot be found out.
    """

    known: bool
    crawling: bool
    last_crawl_at: datetime | None
    trouble: bool
    opted_out: bool | None


class UserView(BaseModel):
    """A user. `enabled` is null where Nextcloud does not say; `last_login_at` for who never signed in."""

    user_id: str
    display_name: str
    email: str
    enabled: bool | None
    groups: list[str]
    language: str
    last_login_at: datetime | None
    quota: QuotaView
    index: IndexView

    @classmethod
    def of(cls, person: Person) -> Self:
        """As it is told."""
        user, health = person.user, person.health
        return cls(
            user_id=user.user_id,
            display_name=user.display_name,
            email=user.email,
            enabled=user.enabled,
            groups=list(user.groups),
            language=user.language,
            last_login_at=user.last_login_at,
            quota=QuotaView(limit=user.quota.limit, used=user.quota.used),
            index=IndexView(
                known=health.known,
                crawling=health.crawling,
                last_crawl_at=health.last_crawl_at,
                trouble=health.trouble,
                opted_out=health.opted_out,
            ),
        )


class GroupView(BaseModel):
    """A group. The numbers of its users, and of those disabled, are null where its source cannot count them."""

    group_id: str
    display_name: str
    users: int | None
    disabled: int | None

    @classmethod
    def of(cls, group: DirectoryGroup) -> Self:
        """As it is told."""
        return cls(group_id=group.group_id, display_name=group.display_name, users=group.users, disabled=group.disabled)


class Creating(BaseModel):
    """A user to make. Without a password Nextcloud mails them a link to set one."""

    user_id: _UserId
    password: _Password | None = None
    display_name: _DisplayName = ""
    email: _Email = ""
    groups: _GroupIds = []
    quota: _Quota = ""
    language: _Language = ""

    def to_user(self) -> NewUser:
        """As the service takes it."""
        return NewUser(
            self.user_id,
            self.password.get_secret_value() if self.password else "",
            self.display_name,
            self.email,
            tuple(self.groups),
            self.quota,
            self.language,
        )


class Changing(BaseModel):
    """What is to be changed of a user; what is not named stays. An empty e-mail address takes it away."""

    display_name: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    email: _Email | None = None
    quota: Annotated[_Quota, Field(min_length=1)] | None = None
    language: Annotated[_Language, Field(min_length=1)] | None = None
    password: _Password | None = None

    def to_changes(self) -> dict[directory.Field, str]:
        """As the service takes it."""
        given = {
            directory.Field.DISPLAY_NAME: self.display_name,
            directory.Field.EMAIL: self.email,
            directory.Field.QUOTA: self.quota,
            directory.Field.LANGUAGE: self.language,
            directory.Field.PASSWORD: self.password.get_secret_value() if self.password else None,
        }
        return {field: value for field, value in given.items() if value is not None}


class Deleted(BaseModel):
    """The user is gone."""

    user_id: str
